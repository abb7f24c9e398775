import { describe, expect, it } from 'vitest'
import { createFakeClock } from '../../test/fakes/clock.ts'
import { createReplay, type ReplayLimits } from './replay.ts'

const LIMITS: ReplayLimits = {
  maxReplayEvents: 4,
  maxReplayBytes: 100,
  maxReplayBytesInAll: 200,
  replayMs: 10_000,
}

function setUp(limits: Partial<ReplayLimits> = {}) {
  const clock = createFakeClock()
  return { clock, replay: createReplay({ ...LIMITS, ...limits }, clock) }
}

describe('R107: what streams said', () => {
  it('is kept for each stream by itself, beyond the event that the client names', () => {
    const ring = setUp().replay.createRing('p')
    ring.add(2, 1, 'a')
    ring.add(3, 1, 'x')
    ring.add(2, 2, 'b')
    expect(ring.after(2, 0)).toEqual({ texts: ['a', 'b'], latest: 2 })
    expect(ring.after(2, 1)).toEqual({ texts: ['b'], latest: 2 })
    expect(ring.after(2, 9)).toEqual({ texts: [], latest: 2 })
    expect(ring.after(3, 0)).toEqual({ texts: ['x'], latest: 1 })
    expect(ring.after(5, 0)).toBeNull()
  })

  it('is bounded in events: the oldest go first', () => {
    const ring = setUp().replay.createRing('p')
    for (let n = 1; n <= 6; n++) ring.add(2, n, String(n))
    expect(ring.after(2, 0)).toEqual({ texts: ['3', '4', '5', '6'], latest: 6 })
  })

  it('is bounded in bytes, two for each character', () => {
    const { replay } = setUp()
    const ring = replay.createRing('p')
    for (let n = 1; n <= 3; n++) ring.add(2, n, String(n).repeat(20))
    expect(ring.after(2, 0)?.texts).toEqual(['2'.repeat(20), '3'.repeat(20)])
    expect(replay.size()).toBe(80)
    ring.add(2, 4, 'x'.repeat(51))
    expect(ring.after(2, 0)).toBeNull()
    expect(replay.size()).toBe(0)
  })

  it('is bounded in age, whether anybody asks or not', () => {
    const { replay, clock } = setUp()
    const ring = replay.createRing('p')
    ring.add(2, 1, 'old')
    clock.advance(6000)
    ring.add(2, 2, 'new')
    clock.advance(6000)
    expect(ring.after(2, 0)?.texts).toEqual(['new'])
    clock.advance(120_000)
    expect(replay.size()).toBe(0)
  })

  it('is bounded for all together: who holds most loses first, and others nothing', () => {
    const { replay } = setUp({ maxReplayEvents: 100 })
    const modest = replay.createRing('modest')
    modest.add(2, 1, 'm'.repeat(20))
    const greedy = Array.from({ length: 8 }, () => replay.createRing('greedy'))
    for (const ring of greedy) for (let n = 1; n <= 2; n++) ring.add(2, n, 'g'.repeat(10))
    expect(modest.after(2, 0)?.texts).toHaveLength(1)
    expect(replay.size('modest')).toBe(40)
    expect(replay.size()).toBeLessThanOrEqual(200)
    expect(greedy.at(-1)?.after(2, 0)?.latest).toBe(2)
  })

  it('goes with its session', () => {
    const { replay } = setUp()
    const ring = replay.createRing('p')
    ring.add(2, 1, 'a')
    ring.clear()
    expect(ring.after(2, 0)).toBeNull()
    expect(replay.size()).toBe(0)
    expect(replay.size('p')).toBe(0)
  })
})
