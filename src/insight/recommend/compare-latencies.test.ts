import { describe, expect, it } from 'vitest'
import { addLatency, type LatencyHistogram } from '../../domain/latency-histogram.ts'
import { compareLatencies } from './compare-latencies.ts'

function build(values: readonly number[]): LatencyHistogram {
  const histogram: LatencyHistogram = new Map()
  for (const value of values) addLatency(histogram, value)
  return histogram
}
const spread = (calls: number, factor: number) =>
  build(Array.from({ length: calls }, (_, index) => factor * (10 + (index % 20))))

describe('compareLatencies', () => {
  it('L-9: calls that became half as slow again are seen', () => {
    expect(compareLatencies(spread(400, 1), spread(400, 1.5))).toMatchObject({
      isSlower: true,
      before: { calls: 400 },
      after: { calls: 400 },
    })
  })

  it('alike, a little slower, or faster ones are not', () => {
    for (const factor of [1, 1.1, 0.5]) {
      expect(compareLatencies(spread(400, 1), spread(400, factor)).isSlower).toBe(false)
    }
  })

  it('a few slow ones among many do not make calls slower as a whole', () => {
    const after = build([
      ...Array.from({ length: 940 }, (_, index) => 10 + (index % 20)),
      ...Array(60).fill(100),
    ])
    const shift = compareLatencies(spread(1000, 1), after)
    expect(shift.after.p95).toBeGreaterThan(1.25 * shift.before.p95)
    expect(shift.isSlower).toBe(false)
  })

  it('says nothing on less than 200 calls of each side', () => {
    expect(compareLatencies(spread(199, 1), spread(400, 3))).toMatchObject({ isSlower: false, z: 0 })
    expect(compareLatencies(spread(400, 1), spread(199, 3))).toMatchObject({ isSlower: false, z: 0 })
    expect(compareLatencies(new Map(), new Map())).toMatchObject({ isSlower: false, before: { calls: 0 } })
  })

  it('is wrong in about one of a hundred pairs from one distribution at most', () => {
    let seed = 1
    const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647
    let shifted = 0
    for (let pair = 0; pair < 300; pair++) {
      const draw = () =>
        build(Array.from({ length: 300 }, () => 10 * Math.exp(random() + random() + random())))
      if (compareLatencies(draw(), draw()).z > 2.326) shifted++
    }
    expect(shifted).toBeLessThanOrEqual(8)
  })
})
