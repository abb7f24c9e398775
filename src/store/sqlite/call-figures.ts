import { z } from 'zod'
import type { CallFigures, ServerCalls } from '../../domain/call-figures.ts'
import { CALL_OUTCOMES } from '../../domain/call-outcome.ts'
import type { ServerId } from '../../domain/id.ts'
import { integer } from './columns.ts'
import type { Database, Row } from './database.ts'

/** Of the newest calls: a look at so many takes about 30 ms of the event loop. */
const EXAMINED = 10_000
/** Clients name tools as they like; the most called are shown. */
const SHOWN = 100

const NEWEST = `SELECT method, tool, outcome, milliseconds, started_at FROM calls
  WHERE server_id = $id AND started_at >= $time ORDER BY started_at DESC LIMIT ${EXAMINED}`
const OUTCOMES = CALL_OUTCOMES.map(
  (outcome) => `count(*) FILTER (WHERE outcome = '${outcome}') AS "${outcome}"`,
).join(', ')
/** The smallest one that so many of a hundred do not exceed. */
const percentile = (rank: number) =>
  `min(milliseconds) FILTER (WHERE place * 100 >= total * ${rank}) AS p${rank}`
const FIGURES = `count(*) AS calls, min(started_at) AS oldest, ${[50, 95, 99].map(percentile).join(', ')}, max(milliseconds) AS max, ${OUTCOMES}`

const rank = (partition: string) =>
  `WITH newest AS MATERIALIZED (${NEWEST}), ranked AS (SELECT *,
     row_number() OVER (${partition} ORDER BY milliseconds) AS place, count(*) OVER (${partition}) AS total FROM newest)`
const ALL = `${rank('')} SELECT ${FIGURES} FROM ranked`
const BY_TOOL = `${rank('PARTITION BY method, tool')} SELECT method, tool, ${FIGURES} FROM ranked
  GROUP BY method, tool ORDER BY calls DESC, method, tool LIMIT ${SHOWN}`

const outcomes = z.record(z.enum(CALL_OUTCOMES), integer)
const figures = z.object({
  calls: integer,
  oldest: integer,
  p50: z.number(),
  p95: z.number(),
  p99: z.number(),
  max: z.number(),
})
const named = z.object({ method: z.string(), tool: z.string().nullable() })

export function readCallFigures(database: Database, id: ServerId, time: number): ServerCalls {
  const row = database.get(ALL, { id, time })
  if (row === null || row['calls'] === 0) return { all: null, byTool: [], cutAt: null }
  const { calls, oldest } = figures.parse(row)
  const byTool = database
    .all(BY_TOOL, { id, time })
    .map((each) => ({ ...named.parse(each), ...parseFigures(each) }))
  return { all: parseFigures(row), byTool, cutAt: calls === EXAMINED ? oldest : null }
}

function parseFigures(row: Row): CallFigures {
  const { oldest: _, ...parsed } = figures.parse(row)
  const counted = Object.fromEntries(CALL_OUTCOMES.map((outcome) => [outcome, row[outcome]]))
  const occurred = Object.entries(outcomes.parse(counted)).filter(([, count]) => count > 0)
  return { ...parsed, outcomes: Object.fromEntries(occurred) }
}
