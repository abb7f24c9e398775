/** Tier B: does its memory grow from day to day, whatever the day does to it? Pure. */
import { fitLine, fitSaturation, isBetter } from './fit-curve.ts'
import { lastBlocks, type Floor } from './floor.ts'
import { findTrend, isOneStep, median, type Trend } from './trend.ts'

/** Half an hour each. */
const HOUR = 2
const DAY = 24 * HOUR
const TWO_DAYS = 2 * DAY
/** Hours in a row that have to say so. */
const IN_A_ROW = 6
const LEAST_MIB = 3
const LEAST_OF_LIMIT = 0.02
const NEAR_LIMIT = 0.9

/** What is so small that nobody has to act. */
export const leastRise = (limitMib: number) => Math.max(LEAST_OF_LIMIT * limitMib, LEAST_MIB)

/** @param floor of half an hour, of this instance: 53 hours at least */
export function judgeGrowth(floor: Floor, limitMib: number): Trend | null {
  const latest = look(floor, limitMib, 0)
  if (latest === null) return null
  for (let hours = 1; hours < IN_A_ROW; hours++) {
    if (look(floor, limitMib, hours * HOUR) === null) return null
  }
  return latest
}

function look(floor: Floor, limitMib: number, before: number): Trend | null {
  const { at, mib } = lastBlocks(floor, TWO_DAYS, before)
  // Every half hour: with blocks missing, a day ago is another hour of the day.
  if (at.length < TWO_DAYS || at.at(-1)! - at[0]! > 48) return null
  const days = mib.slice(DAY).map((value, index) => value - mib[index]!)
  const sorted = days.toSorted((a, b) => a - b)
  if (median(sorted) < leastRise(limitMib) || sorted[Math.floor(0.1 * sorted.length)]! <= 0) return null
  if (isOneStep(mib)) return null
  const trend = findTrend(at, mib)
  if (trend === null || trend.low <= 0 || mayLevelOff({ at, mib }, limitMib)) return null
  return trend
}

/** It approaches a ceiling that the limit has room for. */
export function mayLevelOff({ at, mib }: Floor, limitMib: number): boolean {
  const x = at.map((time) => time - at[0]!)
  const curve = fitSaturation(x, mib)
  return isBetter(curve, fitLine(x, mib), mib.length, [3, 2]) && curve.ceiling < NEAR_LIMIT * limitMib
}
