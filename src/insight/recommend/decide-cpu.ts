/** The CPU quota that serves 99 % of a server's load, with an eighth to spare; and the number of processes. */
import { createLoadHistogram, type LoadHistogram } from './load-histogram.ts'

const SHARE = 0.99
const MARGIN = 1.125
const LEAST_MILLICORES = 100
/** A quota that held the server back says nothing of how much was wanted: it grows by half until it no longer does. */
const BOOST = 1.5
/** Of the periods of a 5-minute window: above it the window's use is what the quota allowed, not what was wanted. */
const THROTTLED = 0.05
/** Use halves in weight after so long. */
const CPU_HALF_LIFE_HOURS = 72

export type CpuWindow = {
  readonly atHours: number
  readonly millicores: number
  readonly throttledShare: number
  readonly quotaMillicores: number
}

export function createCpuHistory(): LoadHistogram {
  return createLoadHistogram(CPU_HALF_LIFE_HOURS)
}

function isThrottled(window: CpuWindow): boolean {
  return window.throttledShare > THROTTLED
}

/** A throttled window enters as the quota it will get next, never as the use that the quota clipped. */
export function countCpu(histogram: LoadHistogram, window: CpuWindow): void {
  histogram.add(window.atHours, isThrottled(window) ? BOOST * window.quotaMillicores : window.millicores)
}

export function decideCpu(
  histogram: LoadHistogram,
  last: CpuWindow | undefined,
  hostMillicores: number,
): number {
  const served = MARGIN * histogram.loadPercentile(SHARE)
  const boosted = last !== undefined && isThrottled(last) ? BOOST * last.quotaMillicores : 0
  return Math.min(hostMillicores, Math.max(LEAST_MILLICORES, Math.ceil(Math.max(served, boosted))))
}

/** Twice the most that ran at once and room for a few: a fork bomb is stopped, a busy moment is not. */
export function decideProcesses(mostSeen: number): number {
  return Math.max(32, 2 * mostSeen + 16)
}
