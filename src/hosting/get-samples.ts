import { decideGrid, type SampleGrid } from '../domain/sample-grid.ts'
import { HOST_SERIES, type SampleRow } from '../domain/sample.ts'
import type { HostingContext } from './context.ts'
import { findServer } from './server-view.ts'

export type SampleQuery = {
  /** Milliseconds since the epoch; null: now, and `seconds` before `to`. */
  readonly from: number | null
  readonly to: number | null
  readonly seconds: number
  /** Seconds; null: chosen by the range. */
  readonly step: number | null
}

export type SampleRange = SampleGrid & { readonly rows: readonly SampleRow[] }

/**
 * What was measured of a server over time, or of the machine with all servers on it.
 * Throws AppError `server_not_found`, `invalid_request`.
 */
export async function getSamples(
  context: HostingContext,
  name: string | null,
  query: SampleQuery,
): Promise<SampleRange> {
  const id = name === null ? HOST_SERIES : (await findServer(context, name)).id
  const now = context.clock.now()
  const to = query.to ?? now
  const grid = decideGrid({ from: query.from ?? to - query.seconds * 1000, to, step: query.step }, now)
  return { ...grid, rows: await context.samples.range(id, grid.from, grid.to, grid.step) }
}
