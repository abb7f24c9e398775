/** Did a server get worse since a setting was changed? Pure. */
import { decodeLatencies, type LatencyHistogram } from '../../domain/latency-histogram.ts'
import type { Application, Recommendation } from '../../domain/recommendation.ts'
import { compareLatencies } from '../../insight/recommend/compare-latencies.ts'

const THROTTLED = 0.05

export type Since = {
  /** Limits in MiB that ends for lack of memory met. */
  readonly kills: readonly number[]
  readonly throttled: number | null
  readonly latencies: LatencyHistogram
}

/** One sentence without a full stop; null: nothing speaks against the change. */
export function judgeChange(
  { resource, direction }: Pick<Recommendation, 'resource' | 'direction'>,
  { before, after, baseline }: Application,
  { kills, throttled, latencies }: Since,
): string | null {
  if (resource !== 'memory_mb' && resource !== 'cpu_percent') return null
  const [kill] = kills
  if (resource === 'memory_mb' && kill !== undefined) {
    return `it ran out of memory at ${kill} MiB, after a change from ${before} to ${after}`
  }
  if (direction === 'raise') return null
  const usual = baseline.throttled ?? 0
  if (throttled !== null && throttled > THROTTLED && usual <= THROTTLED) {
    return `it was held back in ${percent(throttled)} of its CPU periods, ${percent(usual)} before`
  }
  const shift = compareLatencies(decodeLatencies(baseline.latencies), latencies)
  return shift.isSlower
    ? `its calls became slower: p95 ${shift.before.p95} ms in ${shift.before.calls} calls before, ${shift.after.p95} ms in ${shift.after.calls} after`
    : null
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
