/** When a restart disturbs least: the hour of the day with the fewest calls, while there is still time. Pure. */
import type { MemoryStep } from './split-runs.ts'

const HOUR_MS = 3_600_000
/** So much is to be left then: a forecast is no clock. */
const LEFT_HOURS = 2
const WITHIN_HOURS = 24

/** @param hours until the limit; null: not in sight. The beginning of the hour, or now where there is no time to wait. */
export function findQuietHour(
  steps: readonly Pick<MemoryStep, 'at' | 'calls'>[],
  now: number,
  hours: number | null,
): number {
  const room = Math.min(WITHIN_HOURS, (hours ?? Infinity) - LEFT_HOURS)
  const byHour = Array.from({ length: 24 }, () => 0)
  for (const { at, calls } of steps) {
    const hour = new Date(at).getUTCHours()
    byHour[hour] = byHour[hour]! + (calls ?? 0)
  }
  let best = now
  let fewest = Infinity
  for (let begin = Math.ceil(now / HOUR_MS) * HOUR_MS; begin - now <= room * HOUR_MS; begin += HOUR_MS) {
    const calls = byHour[new Date(begin).getUTCHours()]!
    if (calls >= fewest) continue
    fewest = calls
    best = begin
  }
  return best
}
