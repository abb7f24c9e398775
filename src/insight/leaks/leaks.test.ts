import { describe, expect, it } from 'vitest'
import { blameCalls } from './blame-calls.ts'
import { confirmLeak } from './confirm-leak.ts'
import { describeExhaustion, describeGrowth, describeLeak, describePerCall } from './describe-growth.ts'
import { joinBlocks, type Floor } from './floor.ts'
import { forecastExhaustion } from './forecast-exhaustion.ts'
import { judgeGrowth } from './judge-growth.ts'
import { findTrend } from './trend.ts'

/** Noise that is the same each time. */
const noise = (index: number, size: number) => size * Math.sin(index * 12.9898) * Math.cos(index * 78.233)

function floorOf(count: number, hours: number, value: (time: number, index: number) => number): Floor {
  const at = Array.from({ length: count }, (_, index) => index * hours)
  return { at, mib: at.map(value) }
}
const tenMinutes = (count: number, value: (time: number, index: number) => number) =>
  floorOf(count, 1 / 6, value)
const halfHours = (count: number, value: (time: number, index: number) => number) =>
  floorOf(count, 0.5, value)

describe('findTrend', () => {
  it('is not bent by a spike', () => {
    const { at, mib } = tenMinutes(12, (time, index) => 100 + 6 * time + (index === 5 ? 80 : 0))
    const trend = findTrend(at, mib)!
    expect(trend.slope).toBeCloseTo(6)
    expect(trend.low).toBeLessThanOrEqual(6)
    expect(trend.high).toBeGreaterThanOrEqual(6)
  })

  it('says nothing of two points, and has zero in the interval of noise', () => {
    expect(findTrend([0, 1], [1, 2])).toBeNull()
    const { at, mib } = tenMinutes(12, (_, index) => 100 + noise(index, 5))
    expect(findTrend(at, mib)!.low).toBeLessThan(0)
  })
})

describe('forecastExhaustion', () => {
  const leak = (perHour: number, start: number) =>
    tenMinutes(13, (time, index) => start + perHour * time + noise(index, 0.2))

  it('warns within six hours of the limit, and makes an incident within three', () => {
    expect(forecastExhaustion(leak(5, 200), 256)).toBeNull()
    expect(forecastExhaustion(leak(10, 190), 256)?.level).toBe('advisory')
    expect(forecastExhaustion(leak(20, 180), 256)?.level).toBe('incident')
  })

  it('says what it saw, and never leak', () => {
    const found = forecastExhaustion(leak(10, 190), 256)!
    expect(describeExhaustion(found)).toMatch(
      /^grows \d+ MiB\/h \([\d.]+–[\d.]+\), reaches the limit in \d h if it continues$/,
    )
    expect(describeExhaustion({ level: 'advisory', slope: 5.1, low: 4.6, high: 5.7, hours: 7 })).toBe(
      'grows 5.1 MiB/h (4.6–5.7), reaches the limit in 7 h if it continues',
    )
  })

  it('wants it twice in a row, and more than 70 % of the limit used', () => {
    const { at, mib } = leak(20, 180)
    expect(forecastExhaustion({ at: at.slice(1), mib: mib.slice(1) }, 256)).toBeNull()
    expect(forecastExhaustion(leak(20, 100), 256)).toBeNull()
  })

  it('skips one step, and time in which nothing was seen', () => {
    const step = tenMinutes(13, (time, index) => 190 + 0.5 * time + (index > 6 ? 30 : 0))
    expect(forecastExhaustion(step, 256)).toBeNull()
    const { at, mib } = leak(20, 180)
    expect(
      forecastExhaustion({ at: at.map((time, index) => (index > 6 ? time + 9 : time)), mib }, 256),
    ).toBeNull()
  })
})

describe('judgeGrowth', () => {
  const days = (value: (time: number, index: number) => number) => halfHours(54 * 2, value)
  const day = (time: number) => 10 * Math.sin((2 * Math.PI * time) / 24)

  it('sees 1 MiB/h through the course of the day', () => {
    const found = judgeGrowth(
      days((time, index) => 100 + time + day(time) + noise(index, 1)),
      512,
    )!
    expect(found.slope).toBeGreaterThan(0.3)
    expect(describeGrowth(found)).toMatch(/ over two days: growing, may be a cache$/)
  })

  it.each([
    ['what follows the day', (time: number, index: number) => 100 + day(time) + noise(index, 2)],
    ['one step', (time: number, index: number) => (time < 30 ? 100 : 160) + noise(index, 1)],
    ['a saw', (time: number) => 100 + 5 * (time % 7)],
    ['a cache that levels off', (time: number) => 100 + 60 * (1 - Math.exp(-time / 12))],
    ['so little that nobody has to act', (time: number) => 100 + 0.05 * time],
  ])('does not see it in %s', (_, value) => {
    expect(judgeGrowth(days(value), 512)).toBeNull()
  })

  it('a cache whose ceiling lies above the limit is no way out', () => {
    const value = (time: number) => 100 + 400 * (1 - Math.exp(-time / 24))
    expect(judgeGrowth(days(value), 400)).not.toBeNull()
    expect(judgeGrowth(days(value), 1000)).toBeNull()
  })

  it('needs 53 hours', () => {
    const value = (time: number) => 100 + time
    expect(judgeGrowth(halfHours(52 * 2, value), 512)).toBeNull()
  })
})

describe('confirmLeak', () => {
  const run = (perHour: number, start = 80) =>
    halfHours(24, (time, index) => start + perHour * time + noise(index, 0.5))

  it('is growth again after a restart gave the memory back', () => {
    const found = confirmLeak([run(5), run(4)], 512)!
    expect(found.slopes).toHaveLength(2)
    expect(describeLeak({ slopes: [5, 4.1] })).toBe(
      'grew in each of 2 runs and started afresh after each restart (5.0, 4.1 MiB/h): a leak',
    )
  })

  it('is not one run, a run that did not start afresh, or one twice as fast', () => {
    expect(confirmLeak([run(5)], 512)).toBeNull()
    expect(confirmLeak([run(5), run(5, 140)], 512)).toBeNull()
    expect(confirmLeak([run(2), run(9)], 512)).toBeNull()
    expect(confirmLeak([run(5), halfHours(24, (_, index) => 80 + noise(index, 1))], 512)).toBeNull()
  })
})

describe('blameCalls', () => {
  it('says how much a call costs when nothing grows while nobody calls', () => {
    const calls = Array.from({ length: 48 }, (_, index) => (index % 12 < 3 ? 100 : 0))
    let sum = 0
    const floor = halfHours(48, (_, index) => {
      sum += calls[index]!
      return 100 + (sum * 180) / 1024 + noise(index, 0.5)
    })
    const kib = blameCalls(floor, calls)!
    expect(kib).toBeGreaterThan(170)
    expect(kib).toBeLessThan(190)
    expect(describePerCall(kib, 'search')).toBe('≈ 180 KiB per call of `search`')
  })

  it('says nothing when time explains it as well, or hardly anybody calls', () => {
    const floor = halfHours(48, (time, index) => 100 + 3 * time + noise(index, 0.5))
    const bursts = Array.from({ length: 48 }, (_, index) => (index % 12 < 3 ? 100 : 0))
    expect(blameCalls(floor, bursts)).toBeNull()
    expect(
      blameCalls(
        floor,
        bursts.map(() => 0),
      ),
    ).toBeNull()
  })
})

it('larger blocks hold the least of theirs', () => {
  const floor = tenMinutes(6, (_, index) => [5, 3, 4, 9, 8, 7][index]!)
  expect(joinBlocks(floor, 0.5)).toEqual({ at: [0, 0.5], mib: [3, 7] })
})
