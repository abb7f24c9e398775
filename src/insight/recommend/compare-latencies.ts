/** Did calls become slower? Two samples as histograms, compared by rank (Mann–Whitney with ties, normal approximation). */
import { readPercentiles, type LatencyHistogram } from '../../domain/latency-histogram.ts'

const LEAST_CALLS = 200
const SLOWER = 1.25
/** One-sided p < 0.01. */
const CRITICAL = 2.326

export type LatencyShift = {
  readonly isSlower: boolean
  readonly before: { readonly calls: number; readonly p95: number }
  readonly after: { readonly calls: number; readonly p95: number }
  /** Standard deviations by which the ranks afterwards are higher; 0 where there is too little to tell. */
  readonly z: number
}

/** Slower: the 95th percentile rose by a quarter, and chance alone seldom does that. */
export function compareLatencies(before: LatencyHistogram, after: LatencyHistogram): LatencyShift {
  const [first, second] = [describe(before), describe(after)]
  const isEnough = first.calls >= LEAST_CALLS && second.calls >= LEAST_CALLS
  const z = isEnough ? rankShift(before, after, first.calls, second.calls) : 0
  const isSlower = isEnough && second.p95 >= SLOWER * first.p95 && z > CRITICAL
  return { isSlower, before: first, after: second, z: Math.round(z * 100) / 100 }
}

function describe(histogram: LatencyHistogram) {
  const calls = [...histogram.values()].reduce((sum, count) => sum + count, 0)
  const [p95 = 0] = readPercentiles(histogram, [95], Number.POSITIVE_INFINITY)
  return { calls, p95: Math.round(p95 * 100) / 100 }
}

/** Equal buckets share the mean of their ranks, and make the spread smaller. */
function rankShift(before: LatencyHistogram, after: LatencyHistogram, n: number, m: number): number {
  const buckets = [...new Set([...before.keys(), ...after.keys()])].toSorted((a, b) => a - b)
  const total = n + m
  let passed = 0
  let ranks = 0
  let ties = 0
  for (const bucket of buckets) {
    const later = after.get(bucket) ?? 0
    const here = (before.get(bucket) ?? 0) + later
    ranks += later * (passed + (here + 1) / 2)
    ties += here ** 3 - here
    passed += here
  }
  const mean = (m * (total + 1)) / 2
  const variance = ((n * m) / 12) * (total + 1 - ties / (total * (total - 1)))
  return variance <= 0 ? 0 : (ranks - mean) / Math.sqrt(variance)
}
