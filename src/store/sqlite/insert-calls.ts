/** Records of calls into their table: nearly all that a call costs the database. */
import type { CallRecord } from '../../gateway/ports.ts'
import type { Database } from './database.ts'

type Row = (string | number | null)[]

/** Of one kind; what they have in common is bound once, which is most of what a row costs. */
function buildInsert(calls: number): string {
  const rows = Array.from({ length: calls }, (_, at) => {
    const own = [7, 8, 9].map((place) => `?${place + 3 * at}`)
    return `(?1, ?2, ?3, ?4, ?5, ?6, ${own.join(', ')})`
  })
  return `INSERT INTO calls
  (server_id, principal_id, method, tool, protocol_version, outcome, started_at, milliseconds, trace_id)
  VALUES ${rows.join(', ')}`
}
/** More are no faster: a statement looks for its places one by one. */
const AT_ONCE = 10
const INSERT_MANY = buildInsert(AT_ONCE)
const INSERT = buildInsert(1)

/** Within a transaction of the caller; those of one kind stand together. */
export function insertCalls(database: Database, records: readonly CallRecord[]): void {
  for (const calls of groupByKind(records)) {
    const whole = calls.length - (calls.length % AT_ONCE)
    database.runEach(INSERT_MANY, buildRows(calls.slice(0, whole), AT_ONCE))
    database.runEach(INSERT, buildRows(calls.slice(whole), 1))
  }
}

/** In the order of each kind's first one. */
function groupByKind(records: readonly CallRecord[]): readonly CallRecord[][] {
  const kinds = new Map<string, CallRecord[]>()
  /** Calls come in rows of one kind. */
  let recent: CallRecord[] = []
  for (const record of records) {
    if (recent[0] === undefined || !isOfKind(record, recent[0])) {
      const { serverId, principalId, method, tool, protocolVersion, outcome } = record
      const key = JSON.stringify([serverId, principalId, method, tool, protocolVersion, outcome])
      recent = kinds.get(key) ?? []
      kinds.set(key, recent)
    }
    recent.push(record)
  }
  return [...kinds.values()]
}

function isOfKind(one: CallRecord, other: CallRecord): boolean {
  return (
    one.serverId === other.serverId &&
    one.principalId === other.principalId &&
    one.method === other.method &&
    one.tool === other.tool &&
    one.protocolVersion === other.protocolVersion &&
    one.outcome === other.outcome
  )
}

/** The parameters of one statement after the other, for so many calls each. */
function buildRows(calls: readonly CallRecord[], each: number): readonly Row[] {
  const rows: Row[] = []
  for (let at = 0; at < calls.length; at += each) {
    const { serverId, principalId, method, tool, protocolVersion, outcome } = calls[at] as CallRecord
    const row: Row = [serverId, principalId, method, tool, protocolVersion, outcome]
    for (const call of calls.slice(at, at + each)) row.push(call.startedAt, call.milliseconds, call.traceId)
    rows.push(row)
  }
  return rows
}
