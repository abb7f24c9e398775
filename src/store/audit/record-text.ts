/** A record as exports, segments and the API show it, and back. */
import { z } from 'zod'
import { AUDIT_CHANNELS, AUDIT_OUTCOMES, type AuditRecord } from '../../domain/audit.ts'
import { decodeJson, isJsonObject, type JsonObject } from '../../domain/json.ts'
import { renderUnhashed } from './chain.ts'

export function renderRecord(record: AuditRecord): JsonObject {
  return { ...renderUnhashed(record), hash: record.hash }
}

const schema = z.strictObject({
  seq: z.int().min(1),
  ts: z.string(),
  actor: z.string(),
  via: z.enum(AUDIT_CHANNELS),
  ip: z.string().nullable(),
  action: z.string(),
  resource: z.string().nullable(),
  outcome: z.enum(AUDIT_OUTCOMES),
  request_id: z.string().nullable(),
  details: z.custom<JsonObject>(isJsonObject),
  prev_hash: z.string(),
  hash: z.string(),
})

/** Null for a line that is no record. */
export function parseRecord(line: string): AuditRecord | null {
  const { data } = schema.safeParse(decodeJson(line))
  if (data === undefined) return null
  const { request_id, prev_hash, ...rest } = data
  return { ...rest, requestId: request_id, prevHash: prev_hash }
}
