import { expect, it } from 'vitest'
import { createHybridClock } from './hybrid-clock.ts'

it('is the wall clock, and still rises when that stands', () => {
  const clock = createHybridClock(() => 1000, 0)
  expect([clock.next(), clock.next()]).toEqual([1_024_000, 1_024_001])
})

it('is later than whatever was seen, an hour ahead or from before a restart', () => {
  const hour = 3_600_000
  const clock = createHybridClock(() => 1000, 2_000_000)
  expect(clock.next()).toBe(2_000_001)
  expect(clock.see((1000 + hour) * 1024)).toBe(true)
  expect(clock.next()).toBe((1000 + hour) * 1024 + 1)
  clock.see(5)
  expect(clock.next()).toBe((1000 + hour) * 1024 + 2)
})

it.each([[(1000 + 86_400_000) * 1024 + 1], [-1], [0.5], [Number.MAX_VALUE], [Number.NaN]])(
  'takes no note of %d',
  (stamp) => {
    const clock = createHybridClock(() => 1000, 0)
    expect(clock.see(stamp)).toBe(false)
    expect(clock.next()).toBe(1_024_000)
  },
)
