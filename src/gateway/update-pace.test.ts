import { describe, expect, it } from 'vitest'
import { createFakeClock } from '../../test/fakes/clock.ts'
import { createUpdatePace } from './update-pace.ts'

function setUp() {
  const clock = createFakeClock()
  const told: [string, unknown][] = []
  const tell = createUpdatePace(clock, 50, (uri, params) => void told.push([uri, params]))
  return { clock, told, tell }
}

describe('a server that tells of updated resources', () => {
  it('is heard at once, and of what follows on its heels the last word on each', () => {
    const { clock, told, tell } = setUp()
    for (let at = 1; at <= 1000; at++) tell('a:/x', { uri: 'a:/x', at })
    expect(told).toEqual([['a:/x', { uri: 'a:/x', at: 1 }]])
    clock.advance(50)
    expect(told.slice(1)).toEqual([['a:/x', { uri: 'a:/x', at: 1000 }]])
    clock.advance(1000)
    tell('a:/x', { uri: 'a:/x' })
    expect(told).toHaveLength(3)
  })

  it('tells of many one after the other, and of no more than can wait', () => {
    const { clock, told, tell } = setUp()
    for (let at = 0; at < 5000; at++) tell(`a:/${at}`, { uri: `a:/${at}` })
    expect(told).toHaveLength(64)
    clock.advance(50)
    expect(told).toHaveLength(128)
    clock.advance(5000)
    expect(told).toHaveLength(1064)
    expect(told.at(-1)?.[0]).toBe('a:/4999')
  })

  it('is cut to the URI where it says too much', () => {
    const { told, tell } = setUp()
    tell('a:/x', { uri: 'a:/x', more: 'x'.repeat(20_000) })
    tell(`a:/${'x'.repeat(9000)}`, {})
    expect(told).toEqual([['a:/x', { uri: 'a:/x' }]])
  })
})
