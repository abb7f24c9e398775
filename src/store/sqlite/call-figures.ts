/** The figures of calls, by minutes and, when they are older than a day, by hours. */
import { z } from 'zod'
import type { CallFigures, CallStep, ServerCalls } from '../../domain/call-figures.ts'
import { CALL_OUTCOMES, type CallOutcome } from '../../domain/call-outcome.ts'
import type { ServerId } from '../../domain/id.ts'
import {
  addLatency,
  decodeLatencies,
  encodeLatencies,
  mergeLatencies,
  readPercentiles,
  type LatencyHistogram,
} from '../../domain/latency-histogram.ts'
import { decodeJson, isJsonObject } from '../../domain/json.ts'
import type { CallRecord } from '../../gateway/ports.ts'
import { integer, serverId } from './columns.ts'
import type { Database } from './database.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000
/** Clients name tools as they like: of one server and step so many are told apart, the others are counted as one. */
const MOST_NAMES = 100
const OTHERS = 'other'

const FIND = `SELECT outcomes, latencies, max_ms FROM call_figures
  WHERE server_id = $id AND step = $step AND began_at = $began AND method = $method AND tool = $tool`
const COUNT = `SELECT count(*) AS names FROM call_figures
  WHERE server_id = $id AND step = $step AND began_at = $began AND tool <> '${OTHERS}'`
const PUT = `INSERT OR REPLACE INTO call_figures
  (server_id, step, began_at, method, tool, outcomes, latencies, max_ms)
  VALUES ($id, $step, $began, $method, $tool, $outcomes, $latencies, $max)`

type Outcomes = Partial<Record<CallOutcome, number>>
type Gathered = { readonly outcomes: Outcomes; readonly latencies: LatencyHistogram; max: number }
type Place = {
  readonly id: ServerId
  readonly step: number
  readonly began: number
  readonly method: string
  readonly tool: string
}

const outcomesSchema = z.partialRecord(z.enum(CALL_OUTCOMES), integer)
const row = z.object({ outcomes: z.string(), latencies: z.string(), max_ms: z.number() })
const named = row.extend({ method: z.string(), tool: z.string() })
const placed = named.extend({ server_id: serverId, began_at: integer })
const counted = z.object({ server_id: serverId, outcomes: z.string() })

function parse(raw: unknown): Gathered {
  const { outcomes, latencies, max_ms } = row.parse(raw)
  return { outcomes: parseOutcomes(outcomes), latencies: decodeLatencies(latencies), max: max_ms }
}

function parseOutcomes(text: string): Outcomes {
  return outcomesSchema.parse(decodeJson(text) ?? {})
}

function merge(into: Gathered, other: Gathered): void {
  for (const outcome of CALL_OUTCOMES) {
    const more = other.outcomes[outcome]
    if (more !== undefined) into.outcomes[outcome] = (into.outcomes[outcome] ?? 0) + more
  }
  mergeLatencies(into.latencies, other.latencies)
  into.max = Math.max(into.max, other.max)
}

const nothing = (): Gathered => ({ outcomes: {}, latencies: new Map(), max: 0 })

/** Within a transaction of the caller. */
export function addCallFigures(database: Database, records: readonly CallRecord[]): void {
  const gathered = new Map<string, { readonly place: Place; readonly figures: Gathered }>()
  /** Calls come in rows of one kind. */
  let recent: { readonly place: Place; readonly figures: Gathered } | undefined
  for (const { serverId: id, startedAt, method, tool, outcome, milliseconds } of records) {
    const began = startedAt - (startedAt % MINUTE_MS)
    if (recent === undefined || !isAt(recent.place, id, began, method, tool ?? '')) {
      const key = `${id} ${began} ${method} ${tool ?? ''}`
      const place = { id, step: MINUTE_MS, began, method, tool: tool ?? '' }
      recent = gathered.get(key) ?? { place, figures: nothing() }
      gathered.set(key, recent)
    }
    const { figures } = recent
    figures.outcomes[outcome] = (figures.outcomes[outcome] ?? 0) + 1
    addLatency(figures.latencies, milliseconds)
    figures.max = Math.max(figures.max, milliseconds)
  }
  for (const { place, figures } of gathered.values()) put(database, place, figures)
}

function isAt(place: Place, id: ServerId, began: number, method: string, tool: string): boolean {
  return place.id === id && place.began === began && place.method === method && place.tool === tool
}

function put(database: Database, place: Place, figures: Gathered): void {
  const { id, step, began } = place
  const known = database.get(FIND, place)
  if (known === null && place.tool !== OTHERS) {
    const names = database.get(COUNT, { id, step, began })?.['names']
    if (Number(names) >= MOST_NAMES) return put(database, { ...place, tool: OTHERS }, figures)
  }
  const sum = known === null ? nothing() : parse(known)
  merge(sum, figures)
  database.run(PUT, {
    ...place,
    outcomes: JSON.stringify(sum.outcomes),
    latencies: encodeLatencies(sum.latencies),
    max: sum.max,
  })
}

/** Minutes that are older than a day become hours. */
export function compactCallFigures(database: Database, now: number): void {
  const before = now - DAY_MS - (now % HOUR_MS)
  database.transaction(() => {
    const old = database.all('SELECT * FROM call_figures WHERE step = $step AND began_at < $before', {
      step: MINUTE_MS,
      before,
    })
    for (const raw of old) {
      const { server_id, began_at, method, tool } = placed.parse(raw)
      const began = began_at - (began_at % HOUR_MS)
      put(database, { id: server_id, step: HOUR_MS, began, method, tool }, parse(raw))
    }
    database.run('DELETE FROM call_figures WHERE step = $step AND began_at < $before', {
      step: MINUTE_MS,
      before,
    })
  })
}

export function removeCallFigures(database: Database, time: number): void {
  database.run(`DELETE FROM call_figures WHERE step = ${MINUTE_MS} AND began_at < $time`, { time })
  database.run(`DELETE FROM call_figures WHERE step = ${HOUR_MS} AND began_at < $time`, { time })
}

/** Whole steps: the one in which `time` lies counts, and `from` is its beginning. */
export function readCallFigures(database: Database, id: ServerId, time: number): ServerCalls {
  const all = nothing()
  let from = time - (time % MINUTE_MS)
  const byTool = new Map<string, Gathered & { readonly method: string; readonly tool: string | null }>()
  for (const step of [HOUR_MS, MINUTE_MS]) {
    const rows = database.all(
      `SELECT method, tool, outcomes, latencies, max_ms FROM call_figures
         WHERE server_id = $id AND step = $step AND began_at >= $since`,
      { id, step, since: time - (time % step) },
    )
    if (step === HOUR_MS && rows.length > 0) from = time - (time % HOUR_MS)
    for (const raw of rows) {
      const { method, tool } = named.parse(raw)
      const figures = parse(raw)
      const key = `${method} ${tool}`
      const known = byTool.get(key) ?? { ...nothing(), method, tool: tool === '' ? null : tool }
      byTool.set(key, known)
      merge(known, figures)
      merge(all, figures)
    }
  }
  const items = [...byTool.values()].map(({ method, tool, ...figures }) => ({
    method,
    tool,
    ...render(figures),
  }))
  const byCalls = items.toSorted(
    (a, b) => b.calls - a.calls || compare(a.method, b.method) || compare(a.tool ?? '', b.tool ?? ''),
  )
  return { from, all: byTool.size === 0 ? null : render(all), byTool: byCalls.slice(0, MOST_NAMES) }
}

/** Hours that lie in it as a whole, and minutes that begin in it. */
export function readLatencies(database: Database, id: ServerId, from: number, to: number): LatencyHistogram {
  const sum: LatencyHistogram = new Map()
  for (const step of [HOUR_MS, MINUTE_MS]) {
    const rows = database.all(
      `SELECT latencies FROM call_figures
         WHERE server_id = $id AND step = $step AND began_at >= $from AND began_at + $step <= $to`,
      { id, step, from, to },
    )
    for (const raw of rows) mergeLatencies(sum, decodeLatencies(z.string().parse(raw['latencies'])))
  }
  return sum
}

/**
 * Of one server, cheap enough for a thousand in a second: the database makes one text of all steps, since a row each
 * costs more than what is in it.
 */
export function readCallSteps(database: Database, id: ServerId, time: number): readonly CallStep[] {
  return [HOUR_MS, MINUTE_MS].flatMap((step) => {
    const found = database.get(
      `SELECT group_concat('[' || began_at || ',' || outcomes || ']') AS steps FROM call_figures
         WHERE server_id = $id AND step = $step AND began_at >= $since`,
      { id, step, since: time - (time % step) },
    )
    const text = z
      .string()
      .nullable()
      .parse(found?.['steps'] ?? null)
    const steps = text === null ? [] : decodeJson(`[${text}]`)
    if (!Array.isArray(steps)) throw new Error('call_figures: outcomes that are not JSON')
    return steps.map((entry) => parseCallStep(entry, step))
  })
}

/** By hand: a schema takes ten times as long, and there are 168 of each server. */
function parseCallStep(entry: unknown, step: number): CallStep {
  const [at, outcomes]: readonly unknown[] = Array.isArray(entry) ? entry : []
  if (typeof at !== 'number' || !isJsonObject(outcomes)) throw new Error('call_figures: no outcomes')
  let calls = 0
  for (const count of Object.values(outcomes)) {
    if (!Number.isSafeInteger(count)) throw new Error('call_figures: an outcome is no count')
    calls += Number(count)
  }
  const { timeout = 0, refused = 0 } = outcomes
  return { at, step, calls, timeouts: Number(timeout), refused: Number(refused) }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

export function countCalls(
  database: Database,
  time: number,
): readonly { readonly serverId: ServerId; readonly calls: number; readonly failed: number }[] {
  const sums = new Map<ServerId, { calls: number; failed: number }>()
  for (const step of [HOUR_MS, MINUTE_MS]) {
    const rows = database.all(
      'SELECT server_id, outcomes FROM call_figures WHERE step = $step AND began_at >= $since',
      { step, since: time - (time % step) },
    )
    for (const raw of rows) {
      const { server_id, outcomes } = counted.parse(raw)
      const parsed = parseOutcomes(outcomes)
      const sum = sums.get(server_id) ?? { calls: 0, failed: 0 }
      sums.set(server_id, sum)
      const calls = total(parsed)
      sum.calls += calls
      sum.failed += calls - (parsed.ok ?? 0)
    }
  }
  return [...sums].map(([id, sum]) => ({ serverId: id, ...sum }))
}

function total(outcomes: Outcomes): number {
  return Object.values(outcomes).reduce((sum, count) => sum + count, 0)
}

function render({ outcomes, latencies, max }: Gathered): CallFigures {
  const [p50 = 0, p95 = 0, p99 = 0] = readPercentiles(latencies, [50, 95, 99], max)
  return { calls: total(outcomes), outcomes, p50, p95, p99, max }
}
