/** Tier A: at this rate, when is the limit reached? A forecast of two hours, and no word on why it grows. Pure. */
import { lastBlocks, type Floor } from './floor.ts'
import { findTrend, isOneStep, type Trend } from './trend.ts'

export type Exhaustion = Trend & {
  readonly level: 'advisory' | 'incident'
  /** Until the limit, if it goes on. */
  readonly hours: number
}

/** Ten minutes each. */
const BLOCKS = 12
/** Below it there is time to see more. */
const USED = 0.7
const ADVISORY_HOURS = 6
const INCIDENT_HOURS = 3
const LEVELS = [null, 'advisory', 'incident'] as const

/** @param floor of ten minutes, of this instance. Twice in a row, so that one odd block tells nothing. */
export function forecastExhaustion(floor: Floor, limitMib: number): Exhaustion | null {
  if (floor.at.length <= BLOCKS) return null
  const now = look(lastBlocks(floor, BLOCKS), limitMib)
  if (now === null) return null
  const before = look(lastBlocks(floor, BLOCKS, 1), limitMib)
  if (before === null) return null
  const level = LEVELS[Math.min(now.rank, before.rank)] ?? null
  if (level === null) return null
  const { slope, low, high, hours } = now
  return { level, slope, low, high, hours }
}

function look({ at, mib }: Floor, limitMib: number): (Trend & { hours: number; rank: number }) | null {
  const use = mib.at(-1)!
  if (use <= USED * limitMib || use <= mib[0]!) return null
  // Blocks in which nothing was seen: what lies between is not known.
  if (at.at(-1)! - at[0]! > 2 * BLOCKS * (1 / 6)) return null
  const trend = findTrend(at, mib)
  if (trend === null || trend.low <= 0 || isOneStep(mib)) return null
  const hours = Math.max(0, limitMib - use) / trend.slope
  return { ...trend, hours, rank: hours < INCIDENT_HOURS ? 2 : hours < ADVISORY_HOURS ? 1 : 0 }
}
