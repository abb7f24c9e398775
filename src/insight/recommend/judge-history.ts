/** How far a history can be trusted, and what the proposal would have meant in it. */
import type { Backtest, Confidence } from '../../domain/recommendation.ts'
import type { MemoryHistory } from './history.ts'

const SAMPLES_WANTED = 1_440
const KILL_DAYS = 14
const RECENT_DAYS = 3
const BACKTEST_DAYS = 14

/** Each part from 0 to 1; `value` is days · samples · (half + half·censor) · (half + half·stationary). */
export function judgeConfidence(
  { peaks, kills }: MemoryHistory,
  windowDays: number,
  samples: number,
  now: number,
): Confidence {
  const today = Math.floor(now)
  const full = peaks.filter(({ full, day }) => full && today - day <= windowDays)
  const recent = full.filter(({ day }) => today - day <= RECENT_DAYS)
  const killed = kills.filter(({ at }) => now - at <= KILL_DAYS).length
  const days = Math.min(1, full.length / windowDays)
  const measured = Math.min(1, samples / SAMPLES_WANTED)
  const censor = 1 - Math.min(1, killed / 3)
  const shift = Math.log(median(recent.map(({ mib }) => mib)) / median(full.map(({ mib }) => mib)))
  const stationary = Number.isFinite(shift) ? 1 - Math.min(1, Math.abs(shift) / Math.LN2) : 0
  const value = days * measured * (0.5 + 0.5 * censor) * (0.5 + 0.5 * stationary)
  return {
    value: round(value),
    days: round(days),
    samples: round(measured),
    censor: round(censor),
    stationary: round(stationary),
  }
}

/** Undefined: there is no day to test on, and without a test nothing is proposed. */
export function backtestMemory(
  { peaks, kills }: MemoryHistory,
  limits: { readonly currentMib: number; readonly proposedMib: number },
  now: number,
): Backtest | undefined {
  const today = Math.floor(now)
  const tested = peaks.filter(({ day }) => today - day <= BACKTEST_DAYS)
  const over = new Set(tested.filter(({ mib }) => mib > limits.proposedMib).map(({ day }) => day))
  // A kill at or above the proposal is a kill under the proposal too, although no peak shows it.
  for (const { at, limitMib } of kills) {
    if (now - at <= BACKTEST_DAYS && limitMib >= limits.proposedMib) over.add(Math.floor(at))
  }
  if (tested.length === 0) {
    // All that is known of a day with a kill is that the whole limit was used.
    const killed = new Set(
      kills.filter(({ at }) => now - at <= BACKTEST_DAYS).map(({ at }) => Math.floor(at)),
    )
    if (killed.size === 0) return undefined
    return { days: killed.size, exceeded: over.size, unusedBefore: 0, unusedAfter: null }
  }
  const highest = Math.max(...tested.map(({ mib }) => mib))
  const unused = (limit: number) => round(Math.max(0, 1 - highest / limit))
  return {
    days: tested.length,
    exceeded: over.size,
    unusedBefore: unused(limits.currentMib),
    unusedAfter: unused(limits.proposedMib),
  }
}

/** NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  if (sorted.length === 0) return Number.NaN
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
