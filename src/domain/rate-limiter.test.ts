import { describe, expect, it } from 'vitest'
import { createFakeClock } from '../../test/fakes/clock.ts'
import { createRateLimiter } from './rate-limiter.ts'

function open(perMinute: number, maxKeys?: number) {
  const clock = createFakeClock()
  const limiter = createRateLimiter(perMinute, clock, maxKeys)
  const allowed = (key: string, times: number) =>
    Array.from({ length: times }, () => limiter.take(key)).filter(({ isAllowed }) => isAllowed).length
  return { clock, limiter, allowed }
}

describe('a rate limiter', () => {
  it('lets so many through at once, then as many a minute, each asker for itself', () => {
    const { clock, allowed } = open(5)
    expect(allowed('a', 8)).toBe(5)
    expect(allowed('b', 1)).toBe(1)
    clock.advance(11_999)
    expect(allowed('a', 1)).toBe(0)
    clock.advance(1)
    expect(allowed('a', 3)).toBe(1)
    clock.advance(600_000)
    expect(allowed('a', 8)).toBe(5)
  })

  it('says what is left and how long to wait', () => {
    const { clock, limiter } = open(2)
    expect(limiter.take('a')).toEqual({ isAllowed: true, limit: 2, remaining: 1, resetSeconds: 30 })
    expect(limiter.waitSeconds('a')).toBe(0)
    expect(limiter.take('a')).toEqual({ isAllowed: true, limit: 2, remaining: 0, resetSeconds: 60 })
    expect(limiter.take('a')).toEqual({ isAllowed: false, limit: 2, remaining: 0, resetSeconds: 30 })
    clock.advance(10_000)
    expect(limiter.waitSeconds('a')).toBe(20)
    expect(limiter.waitSeconds('b')).toBe(0)
    limiter.forgive('a')
    expect(limiter.take('a').remaining).toBe(1)
  })

  it('keeps a bounded number of askers; beyond it strangers share one bucket until others are done', () => {
    const { clock, allowed } = open(2, 3)
    for (const key of ['a', 'b', 'c']) expect(allowed(key, 3)).toBe(2)
    expect(allowed('d', 1) + allowed('e', 1) + allowed('f', 1)).toBe(2)
    expect(allowed('a', 1)).toBe(0)
    clock.advance(60_000)
    expect(allowed('g', 3)).toBe(2)
    expect(allowed('h', 3)).toBe(2)
  })

  it('follows a rate that changes: what is left fits the new one', () => {
    const clock = createFakeClock()
    let rate = 10
    const limiter = createRateLimiter(() => rate, clock)
    expect(limiter.take('a').remaining).toBe(9)
    rate = 2
    expect(limiter.take('a')).toMatchObject({ isAllowed: true, limit: 2, remaining: 1 })
    expect(limiter.take('a').isAllowed).toBe(true)
    expect(limiter.take('a').isAllowed).toBe(false)
    rate = 60
    clock.advance(1_000)
    expect(limiter.take('a')).toMatchObject({ isAllowed: true, limit: 60, remaining: 0 })
  })
})
