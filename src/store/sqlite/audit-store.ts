import { z } from 'zod'
import { AUDIT_CHANNELS, AUDIT_OUTCOMES, type AuditRecord } from '../../domain/audit.ts'
import { integer, jsonColumn, jsonObject } from './columns.ts'
import type { Database, Row } from './database.ts'

const row = z.object({
  seq: integer,
  ts: z.string(),
  actor: z.string(),
  via: z.enum(AUDIT_CHANNELS),
  ip: z.string().nullable(),
  action: z.string(),
  resource: z.string().nullable(),
  outcome: z.enum(AUDIT_OUTCOMES),
  request_id: z.string().nullable(),
  details: jsonColumn(jsonObject),
  prev_hash: z.string(),
  hash: z.string(),
})

const endRow = z.object({ seq: integer, hash: z.string() })

function parseRecord(raw: Row): AuditRecord {
  const { request_id, prev_hash, ...rest } = row.parse(raw)
  return { ...rest, requestId: request_id, prevHash: prev_hash }
}

/** Each part narrows; `before` and `after` are numbers of records. */
export type AuditQuery = {
  readonly before?: number
  readonly after?: number
  readonly actor?: string
  readonly action?: string
  readonly resource?: string
  readonly outcome?: AuditRecord['outcome']
  /** RFC 3339, which sorts as it is. */
  readonly since?: string
  readonly until?: string
  readonly limit: number
  readonly order: 'newest' | 'oldest'
}

const CONDITIONS = {
  before: 'seq < $before',
  after: 'seq > $after',
  actor: 'actor = $actor',
  action: 'action = $action',
  resource: 'resource = $resource',
  outcome: 'outcome = $outcome',
  since: 'ts >= $since',
  until: 'ts < $until',
} as const

export interface AuditStore {
  /** Those still in the table; what a closed segment holds is in its file. */
  list(query: AuditQuery): readonly AuditRecord[]
  /** Durable when it returns. */
  append(record: AuditRecord): void
  /** The newest record, whether it is still in the table or in a closed segment. */
  end(): { readonly seq: number; readonly hash: string } | null
}

export function createAuditStore(database: Database): AuditStore {
  return {
    list({ limit, order, ...query }) {
      const given = (Object.keys(CONDITIONS) as (keyof typeof CONDITIONS)[]).filter(
        (key) => query[key] !== undefined,
      )
      const where = given.length === 0 ? '' : `WHERE ${given.map((key) => CONDITIONS[key]).join(' AND ')}`
      const parameters = Object.fromEntries(given.map((key) => [key, query[key] ?? null]))
      const sql = `SELECT * FROM audit ${where} ORDER BY seq ${order === 'newest' ? 'DESC' : 'ASC'} LIMIT $limit`
      return database.all(sql, { ...parameters, limit }).map(parseRecord)
    },
    append(record) {
      database.run(
        `INSERT INTO audit VALUES ($seq, $ts, $actor, $via, $ip, $action, $resource, $outcome, $requestId, $details,
           $prevHash, $hash)`,
        { ...record, details: JSON.stringify(record.details) },
      )
    },
    end() {
      const found = database.get(
        `SELECT seq, hash FROM audit
           UNION ALL SELECT last_seq, last_hash FROM audit_segments ORDER BY seq DESC LIMIT 1`,
      )
      return found === null ? null : endRow.parse(found)
    },
  }
}
