import { z } from 'zod'
import { CHANGES, DEFINITION_KINDS } from '../../domain/definition.ts'
import { OPERATION_STATUSES, STAGES, STAGE_STATUSES } from '../../domain/deployment.ts'
import { errorSchema, timeSchema } from './common.ts'
import { reviewSchema, shownVerdictSchema } from './finding.ts'
import { serverSchema } from './server.ts'

const stageSchema = z.object({
  stage: z.enum(STAGES),
  status: z.enum(STAGE_STATUSES),
  started_at: timeSchema.nullable(),
  ended_at: timeSchema.nullable(),
  seconds: z.number().nullable(),
  limit_seconds: z
    .number()
    .nullable()
    .describe('A stage that runs for longer is stuck; null: it is over before it is shown'),
  note: z.string().nullable(),
  log: z.string().describe('The last 64 KiB'),
})

/** A deployment; it always ends. `server_detail` is there once it has succeeded. */
export const operationSchema = z.object({
  id: z.string(),
  kind: z.literal('deploy'),
  name: z.string().describe('Of the server; empty until the archive has named it'),
  server_id: z.string().nullable(),
  version_id: z.string().nullable(),
  version: z.int().nullable(),
  verdict: shownVerdictSchema.nullable().describe('Of the scan; null while there is no version'),
  review: reviewSchema.nullable(),
  status: z.enum(OPERATION_STATUSES),
  stages: z.array(stageSchema),
  error: errorSchema.nullable(),
  changes: z
    .array(z.object({ kind: z.enum(DEFINITION_KINDS), name: z.string(), change: z.enum(CHANGES) }))
    .nullable()
    .describe('What the version says of itself otherwise than the one before; null: not compared'),
  actor: z.string(),
  created_at: timeSchema,
  ended_at: timeSchema.nullable(),
  server_detail: serverSchema.nullable(),
})
export type OperationJson = z.infer<typeof operationSchema>

/** One of a list: without its log, and without what became of its server since. */
const operationRowSchema = operationSchema
  .omit({ stages: true, verdict: true, review: true, version: true, changes: true, server_detail: true })
  .extend({
    stage: z
      .enum(STAGES)
      .nullable()
      .describe('Where it is, or where it ended early; null: it ran to its end'),
    seconds: z.number().nullable().describe('How long it took; null while it goes on'),
  })
export type OperationRowJson = z.infer<typeof operationRowSchema>

export const operationQuerySchema = z.strictObject({
  server: z.string().max(256).optional().describe('Of this server alone'),
  status: z.enum(OPERATION_STATUSES).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
})
export const operationListSchema = z.object({ items: z.array(operationRowSchema) })
export type OperationListJson = z.infer<typeof operationListSchema>
