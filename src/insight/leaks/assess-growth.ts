/** All tiers on what was measured of one server: what is worth saying, and how sure it is. Pure. */
import { blameCalls } from './blame-calls.ts'
import { confirmLeak } from './confirm-leak.ts'
import { describeExhaustion, describeGrowth, describeLeak, describePerCall } from './describe-growth.ts'
import { findQuietHour } from './find-quiet-hour.ts'
import { joinBlocks } from './floor.ts'
import { forecastExhaustion } from './forecast-exhaustion.ts'
import { judgeGrowth } from './judge-growth.ts'
import { splitRuns, type MemoryStep, type Run } from './split-runs.ts'

export type Growth = {
  /** `forecast`: two hours of it. `verdict`: two days, maybe a cache. `confirmed`: again after a restart. */
  readonly tier: 'forecast' | 'verdict' | 'confirmed'
  /** `advisory`: worth knowing, no trouble yet. */
  readonly level: 'advisory' | 'incident'
  readonly mibPerHour: number
  /** Until the limit; null where it is not in sight. */
  readonly hours: number | null
  readonly kibPerCall: number | null
  /** When a restart disturbs least, milliseconds since the epoch. */
  readonly restartAt: number
  readonly text: string
  /** When the instance began, as far as it was seen. */
  readonly since: number
}

const MIB = 1024 ** 2
const HALF_HOUR = 0.5

/** @param steps of ten minutes, in order; @param tool that nearly all calls are of. Without a limit nothing can be reached. */
export function assessGrowth(steps: readonly MemoryStep[], now: number, tool: string | null): Growth | null {
  const limit = steps.findLast(({ memoryLimit }) => memoryLimit !== null)?.memoryLimit ?? null
  const runs = splitRuns(steps)
  const current = runs.at(-1)
  if (limit === null || current === undefined) return null
  const limitMib = limit / MIB
  const leak = confirmLeak(
    runs.map((run) => joinBlocks(run, HALF_HOUR)),
    limitMib,
  )
  const trend = judgeGrowth(joinBlocks(current, HALF_HOUR), limitMib)
  const forecast = forecastExhaustion(current, limitMib)
  const mibPerHour = forecast?.slope ?? trend?.slope ?? leak?.slopes.at(-1) ?? null
  if (mibPerHour === null) return null
  const kibPerCall = blameCalls(current, current.calls)
  const hours = forecast?.hours ?? hoursLeft(current, limitMib, mibPerHour)
  const said = [
    ...(forecast === null ? [] : [describeExhaustion(forecast)]),
    ...(leak !== null ? [describeLeak(leak)] : trend === null ? [] : [describeGrowth(trend)]),
    ...(kibPerCall === null ? [] : [describePerCall(kibPerCall, tool)]),
  ]
  return {
    tier: leak !== null ? 'confirmed' : trend !== null ? 'verdict' : 'forecast',
    level: leak !== null || trend !== null || forecast?.level === 'incident' ? 'incident' : 'advisory',
    mibPerHour,
    hours,
    kibPerCall,
    restartAt: findQuietHour(steps, now, hours),
    text: said.join('; '),
    since: current.since,
  }
}

function hoursLeft({ mib }: Run, limitMib: number, mibPerHour: number): number {
  return Math.max(0, limitMib - (mib.at(-1) ?? 0)) / mibPerHour
}
