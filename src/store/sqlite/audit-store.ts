import { z } from 'zod'
import { AUDIT_CHANNELS, AUDIT_OUTCOMES, type AuditQuery, type AuditRecord } from '../../domain/audit.ts'
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

/** Records that left the table for a file, in order. */
export type AuditSegment = {
  readonly firstSeq: number
  readonly lastSeq: number
  readonly prevHash: string
  readonly lastHash: string
  readonly file: string
}

const segmentRow = z.object({
  first_seq: integer,
  last_seq: integer,
  prev_hash: z.string(),
  last_hash: z.string(),
  file: z.string(),
})

function parseSegment(raw: Row): AuditSegment {
  const { first_seq, last_seq, prev_hash, last_hash, file } = segmentRow.parse(raw)
  return { firstSeq: first_seq, lastSeq: last_seq, prevHash: prev_hash, lastHash: last_hash, file }
}

export interface AuditStore {
  /** Those still in the table; what a closed segment holds is in its file. */
  list(query: AuditQuery): readonly AuditRecord[]
  /** Durable when it returns. */
  append(record: AuditRecord): void
  listSegments(): readonly AuditSegment[]
  /** Takes the segment's records out of the table; its file is on the disk already. */
  close(segment: AuditSegment): void
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
    listSegments: () => database.all('SELECT * FROM audit_segments ORDER BY first_seq').map(parseSegment),
    close(segment) {
      database.transaction(() => {
        database.run(
          'INSERT INTO audit_segments VALUES ($firstSeq, $lastSeq, $prevHash, $lastHash, $file)',
          segment,
        )
        const { firstSeq, lastSeq } = segment
        database.run('DELETE FROM audit WHERE seq BETWEEN $firstSeq AND $lastSeq', { firstSeq, lastSeq })
      })
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
