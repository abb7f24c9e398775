import type { z } from 'zod'
import type { Hosting } from '../hosting/hosting.ts'
import { parseLogRange } from './parse-log-range.ts'
import { renderLogLine } from './render-log.ts'
import type { LogSearchJson, logSearchQuerySchema } from './schema/log.ts'

/** One answer to a search, for the route and the tool. */
export async function searchLogs(
  hosting: Hosting,
  name: string,
  query: z.output<typeof logSearchQuerySchema>,
  signal: AbortSignal,
): Promise<LogSearchJson> {
  const { lines, seen, isComplete, scannedBytes } = await hosting.searchLogs(
    name,
    {
      ...parseLogRange(query),
      text: query.q,
      mode: query.mode,
      isCaseSensitive: query.case === 'match',
      direction: query.direction,
      from: query.cursor ?? null,
      limit: query.limit,
      counts: query.count === 'true',
    },
    signal,
  )
  return {
    items: lines.map(renderLogLine),
    count: query.count === 'true' ? seen : null,
    next_cursor: isComplete ? null : (lines.at(-1)?.seq.toString() ?? null),
    scanned_bytes: scannedBytes,
  }
}
