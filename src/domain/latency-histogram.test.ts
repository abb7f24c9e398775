import { expect, it } from 'vitest'
import {
  addLatency,
  decodeLatencies,
  encodeLatencies,
  mergeLatencies,
  readPercentiles,
  type LatencyHistogram,
} from './latency-histogram.ts'

const build = (values: readonly number[]): LatencyHistogram => {
  const histogram: LatencyHistogram = new Map()
  for (const value of values) addLatency(histogram, value)
  return histogram
}

it('reads percentiles by nearest rank, 2 % off at most, whatever the size of the values', () => {
  for (const scale of [0.02, 1, 37, 5000]) {
    const values = Array.from({ length: 100 }, (_, at) => (at + 1) * scale)
    const read = readPercentiles(build(values), [50, 95, 99], 100 * scale)
    for (const [at, exact] of [50, 95, 99].entries()) {
      expect(Math.abs((read[at] ?? 0) / (exact * scale) - 1)).toBeLessThanOrEqual(0.02)
    }
  }
})

it('gives no percentile beyond the longest, and 0 for none', () => {
  expect(readPercentiles(build([3]), [50, 99], 3)).toEqual([expect.closeTo(3, 1), expect.closeTo(3, 1)])
  expect(readPercentiles(build([3]), [99], 2.9)).toEqual([2.9])
  expect(readPercentiles(new Map(), [50], 0)).toEqual([0])
})

it('takes what is too short or too long for its buckets', () => {
  expect([...build([0, -1, 0.01, 1e12]).keys()]).toEqual([0, 500])
})

it('adds up', () => {
  const a = build([1, 2])
  mergeLatencies(a, build([2, 9]))
  expect(a).toEqual(build([1, 2, 2, 9]))
})

it('comes back from its text, and garbage is empty', () => {
  const histogram = build([1, 1, 200])
  expect(decodeLatencies(encodeLatencies(histogram))).toEqual(histogram)
  expect(decodeLatencies('')).toEqual(new Map())
  expect(decodeLatencies('x:y,99999:1,-1:2')).toEqual(new Map())
})
