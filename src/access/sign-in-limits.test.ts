import { describe, expect, it } from 'vitest'
import { createFakeClock } from '../../test/fakes/clock.ts'
import { createSignInLimits } from './sign-in-limits.ts'

const IP = '192.0.2.1'

function open() {
  const clock = createFakeClock()
  const limits = createSignInLimits({ perAccount: 5, perAddress: 20 }, clock)
  /** Seconds to wait; null when the try was let through, and failed. */
  const guess = (name: string, ip = IP): number | null => {
    try {
      limits.enter(name, ip)
    } catch (error) {
      return (error as { details: { retry_after_seconds: number } }).details.retry_after_seconds
    }
    limits.fail(name, ip)
    return null
  }
  return { clock, limits, guess }
}

describe('guessing passwords', () => {
  it('goes five times, then ever more slowly', () => {
    const { clock, guess } = open()
    expect([1, 2, 3, 4, 5].map(() => guess('ada'))).toEqual([null, null, null, null, null])
    const waits: (number | null)[] = []
    for (let n = 0; n < 8; n++) {
      const wait = guess('ada') ?? 0
      waits.push(wait)
      clock.advance(wait * 1000)
      expect(guess('ada')).toBeNull()
    }
    expect(waits).toEqual([15, 30, 60, 120, 240, 480, 900, 900])
  })

  it('is bounded for one account however many addresses guess, and for one address however many names', () => {
    const { guess } = open()
    const many = Array.from({ length: 10 }, (_, n) => guess('ada', `192.0.2.${n}`))
    expect(many.filter((wait) => wait === null)).toHaveLength(5)
    const names = Array.from({ length: 30 }, (_, n) => guess(`user${n}`, '203.0.113.1'))
    expect(names.filter((wait) => wait === null)).toHaveLength(20)
    expect(guess('somebody', '203.0.113.2')).toBeNull()
  })

  it('starts anew after a right password', () => {
    const { limits, guess } = open()
    for (let n = 0; n < 4; n++) guess('ada')
    limits.enter('ada', IP)
    limits.succeed('ada', IP)
    expect([1, 2, 3, 4].map(() => guess('Ada'))).toEqual([null, null, null, null])
  })
})
