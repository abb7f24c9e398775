/** Tier D: does it grow with the calls rather than with the time? Then a call is what costs. Pure. */
import { fitLine, isBetter } from './fit-curve.ts'
import type { Floor } from './floor.ts'

const LEAST_BLOCKS = 12
const LEAST_CALLS = 20

/** KiB a call; null when time explains the growth as well. @param calls in each block of the floor */
export function blameCalls({ at, mib }: Floor, calls: readonly number[]): number | null {
  if (mib.length < LEAST_BLOCKS) return null
  let sum = 0
  const soFar = calls.slice(0, mib.length).map((count) => (sum += count))
  if (sum < LEAST_CALLS) return null
  const byCalls = fitLine(soFar, mib)
  if (byCalls.b <= 0 || !isBetter(byCalls, fitLine(at, mib), mib.length)) return null
  return byCalls.b * 1024
}
