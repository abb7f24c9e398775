import { z } from 'zod'
import { AUDIT_CHANNELS, AUDIT_OUTCOMES, type AuditRecord, type AuditVerdict } from '../../domain/audit.ts'
import { pageQuerySchema, timeSchema } from './common.ts'

const exactText = z.string().max(256).optional()

export const auditQuerySchema = pageQuerySchema
  .extend({
    actor: exactText.describe('For example token:tok_…, user:usr_…, local'),
    action: exactText.describe('For example server.stop'),
    resource: exactText.describe('For example server:weather'),
    outcome: z.enum(AUDIT_OUTCOMES).optional(),
    since: timeSchema.optional(),
    until: timeSchema.optional(),
  })
  .strict()

export const auditRecordSchema = z.object({
  seq: z.int().describe('From 1, without a gap'),
  ts: timeSchema,
  actor: z.string(),
  via: z.enum(AUDIT_CHANNELS),
  ip: z.string().nullable(),
  action: z.string(),
  resource: z.string().nullable(),
  outcome: z.enum(AUDIT_OUTCOMES),
  request_id: z.string().nullable(),
  details: z.record(z.string(), z.unknown()),
  prev_hash: z.string(),
  hash: z.string().describe('SHA-256 over the canonical JSON (RFC 8785) of the rest'),
})
export type AuditRecordJson = z.output<typeof auditRecordSchema>

export const auditListSchema = z.object({
  items: z.array(auditRecordSchema),
  next_cursor: z.string().nullable(),
})
export type AuditListJson = z.output<typeof auditListSchema>

export const auditVerdictSchema = z.object({
  ok: z.boolean(),
  problem: z
    .object({ seq: z.int(), reason: z.string() })
    .nullable()
    .describe('The first record that is not as it was written'),
  records: z.int(),
  first_seq: z.int().describe('The first that is kept: those before were removed for their age'),
  checkpoints: z.int(),
  seq: z.int().describe('The newest record that is as it was written'),
  hash: z.string(),
  key_id: z.string().nullable().describe('Whose signatures were checked'),
})
export type AuditVerdictJson = z.output<typeof auditVerdictSchema>

export function renderAuditRecord(record: AuditRecord): AuditRecordJson {
  const { requestId, prevHash, hash, details, ...rest } = record
  return { ...rest, details: { ...details }, request_id: requestId, prev_hash: prevHash, hash }
}

export function renderAuditVerdict({ keyId, firstSeq, ...rest }: AuditVerdict): AuditVerdictJson {
  return { ok: rest.problem === null, ...rest, first_seq: firstSeq, key_id: keyId }
}
