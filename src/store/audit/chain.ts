/** The chain: each record's hash covers the hash before it, so that no record changes, leaves or moves unnoticed. */
import { createHash } from 'node:crypto'
import type { AuditRecord } from '../../domain/audit.ts'
import { renderCanonicalJson } from '../../domain/canonical-json.ts'
import type { JsonObject } from '../../domain/json.ts'

/** Where a chain stands: its newest record. */
export type ChainEnd = { readonly seq: number; readonly hash: string }

/** Before the first record. */
export const CHAIN_START: ChainEnd = { seq: 0, hash: '0'.repeat(64) }

/** SHA-256 over the canonical JSON of the record as it is given out, without `hash` itself. */
export function hashRecord(record: Omit<AuditRecord, 'hash'>): string {
  return createHash('sha256')
    .update(renderCanonicalJson(renderUnhashed(record)))
    .digest('hex')
}

export function renderUnhashed(record: Omit<AuditRecord, 'hash'>): JsonObject {
  const { seq, ts, actor, via, ip, action, resource, outcome, details } = record
  const { requestId: request_id, prevHash: prev_hash } = record
  return { seq, ts, actor, via, ip, action, resource, outcome, request_id, details, prev_hash }
}
