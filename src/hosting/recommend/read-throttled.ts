import type { ServerId } from '../../domain/id.ts'
import type { HostingContext } from '../context.ts'

const STEP_SECONDS = 60

/** Share of CPU periods in which a server was held back; null where nobody counts them, or none passed. */
export async function readThrottled(
  { samples }: Pick<HostingContext, 'samples'>,
  serverId: ServerId,
  from: number,
  to: number,
): Promise<number | null> {
  const rows = await samples.range(serverId, from, to, STEP_SECONDS)
  const periods = rows.reduce((sum, row) => sum + (row.periods ?? 0), 0)
  const throttled = rows.reduce((sum, row) => sum + (row.throttledPeriods ?? 0), 0)
  return periods === 0 ? null : Math.round((throttled / periods) * 10_000) / 10_000
}
