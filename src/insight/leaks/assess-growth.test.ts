import { describe, expect, it } from 'vitest'
import { assessGrowth } from './assess-growth.ts'
import { findQuietHour } from './find-quiet-hour.ts'
import type { MemoryStep } from './split-runs.ts'

const MIB = 1024 ** 2
const HOUR = 3_600_000
const T0 = Date.UTC(2026, 0, 1)

/** @param value MiB by hours since the last start */
function measure(
  hours: number,
  value: (sinceStart: number, hour: number) => number,
  starts: readonly number[] = [0],
  calls: (hour: number) => number = () => 0,
): MemoryStep[] {
  return Array.from({ length: hours * 6 }, (_, index) => {
    const hour = index / 6
    const last = starts.filter((start) => start <= hour).at(-1) ?? 0
    return {
      at: T0 + hour * HOUR,
      memoryMin: (value(hour - last, hour) + 0.3 * Math.sin(index * 12.9898)) * MIB,
      memoryLimit: 512 * MIB,
      starts: starts.includes(hour) ? 1 : 0,
      calls: calls(hour),
    }
  })
}

describe('assessGrowth', () => {
  it('is null of a server that is as it was, and without a limit', () => {
    expect(
      assessGrowth(
        measure(60, () => 100),
        T0 + 60 * HOUR,
        null,
      ),
    ).toBeNull()
    const unlimited = measure(60, (since) => 100 + since).map((step) => ({ ...step, memoryLimit: null }))
    expect(assessGrowth(unlimited, T0 + 60 * HOUR, null)).toBeNull()
  })

  it('a forecast alone is no incident until it is near', () => {
    const found = assessGrowth(
      measure(4, (since) => 300 + 30 * since),
      T0 + 4 * HOUR,
      null,
    )!
    expect(found).toMatchObject({ tier: 'forecast', level: 'advisory' })
    expect(found.text).not.toContain('leak')
    expect(
      assessGrowth(
        measure(4, (since) => 300 + 38 * since),
        T0 + 4 * HOUR,
        null,
      )?.level,
    ).toBe('incident')
  })

  it('growth over two days may be a cache, and grown again after a restart it is a leak', () => {
    expect(
      assessGrowth(
        measure(60, (since) => 100 + since),
        T0 + 60 * HOUR,
        null,
      ),
    ).toMatchObject({
      tier: 'verdict',
      level: 'incident',
    })
    const again = measure(60, (since) => 100 + 4 * since, [0, 30])
    const found = assessGrowth(again, T0 + 60 * HOUR, null)!
    expect(found.tier).toBe('confirmed')
    expect(found.text).toMatch(/: a leak$/)
    expect(found.since).toBe(T0 + 30 * HOUR)
  })

  it('names what a call costs', () => {
    const busy = (hour: number) => (Math.floor(hour) % 6 === 0 ? 100 : 0)
    const grown = (hour: number) => {
      const blocks = Math.floor(hour / 6) * 6 + Math.min(6, Math.floor((hour % 6) * 6))
      return 100 + blocks * 100 * 0.1
    }
    const found = assessGrowth(
      measure(60, (_, hour) => grown(hour), [0], busy),
      T0 + 60 * HOUR,
      'search',
    )!
    expect(found.text).toMatch(/; ≈ \d+ KiB per call of `search`$/)
  })
})

describe('findQuietHour', () => {
  const steps = measure(
    48,
    () => 1,
    [0],
    (hour) => (Math.floor(hour) % 24 === 3 ? 0 : 50),
  )

  it('is the hour with the fewest calls of the next day', () => {
    expect(new Date(findQuietHour(steps, T0 + 48 * HOUR, null)).getUTCHours()).toBe(3)
  })

  it('is earlier where the limit is nearer, and now where it is near', () => {
    const now = T0 + 48 * HOUR + 10 * 60_000
    expect(findQuietHour(steps, now, 4)).toBe(T0 + 49 * HOUR)
    expect(findQuietHour(steps, now, 1.5)).toBe(now)
  })
})
