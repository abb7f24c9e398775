/** Tier C: it grew, a restart gave the memory back, and it grew again as fast: that is a leak. Pure. */
import { lastBlocks, type Floor } from './floor.ts'
import { leastRise, mayLevelOff } from './judge-growth.ts'
import { findTrend, isOneStep } from './trend.ts'

export type Leak = {
  /** MiB an hour of the instances that grew, the latest last. */
  readonly slopes: readonly number[]
}

/** Half an hour each: six hours tell a slope, two days are enough. */
const LEAST_BLOCKS = 12
const MOST_BLOCKS = 96
const ALIKE = 2

/** @param instances floors of half an hour, oldest first, one for each instance */
export function confirmLeak(instances: readonly Floor[], limitMib: number): Leak | null {
  const slopes: number[] = []
  let earlier: Floor | null = null
  for (const floor of instances) {
    const slope = findGrowth(floor, limitMib)
    const isAlike =
      slope !== null && (slopes.length === 0 || areAlike(slope, slopes.at(-1)!)) && wasReset(earlier, floor)
    if (isAlike) slopes.push(slope)
    else slopes.splice(0, slopes.length, ...(slope === null ? [] : [slope]))
    earlier = floor
  }
  return slopes.length >= 2 ? { slopes } : null
}

function findGrowth(floor: Floor, limitMib: number): number | null {
  const { at, mib } = lastBlocks(floor, MOST_BLOCKS)
  if (mib.length < LEAST_BLOCKS) return null
  const trend = findTrend(at, mib)
  if (trend === null || trend.low <= 0) return null
  const rise = trend.slope * (at.at(-1)! - at[0]!)
  if (rise < leastRise(limitMib) || isOneStep(mib) || mayLevelOff({ at, mib }, limitMib)) return null
  return trend.slope
}

/** The restart gave back at least half of what had been gained. */
function wasReset(before: Floor | null, after: Floor): boolean {
  if (before === null) return true
  const [first = 0] = before.mib
  const last = before.mib.at(-1) ?? 0
  const [again = Infinity] = after.mib
  return again <= last - (last - first) / 2
}

function areAlike(a: number, b: number): boolean {
  return Math.max(a, b) <= ALIKE * Math.min(a, b)
}
