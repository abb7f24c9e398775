import { z } from 'zod'
import { CHANGES, DEFINITION_KINDS, PIN_MODES } from '../../domain/definition.ts'
import { CONFIDENCES, SEVERITIES } from '../../domain/finding.ts'
import { nameSchema, timeSchema } from './common.ts'

const subject = {
  kind: z.enum(DEFINITION_KINDS),
  name: z.string().describe('As the server names it; of a resource template: its URI template'),
}

const changeSchema = z.object({
  ...subject,
  change: z.enum(CHANGES),
  fields: z
    .array(z.object({ field: z.string(), before: z.unknown(), after: z.unknown() }))
    .describe('What differs; null where one side has none'),
})

const lintSchema = z.object({
  rule_id: z.string(),
  severity: z.enum(SEVERITIES),
  confidence: z.enum(CONFIDENCES),
  reason: z.string(),
  fix: z.string(),
  excerpt: z.string().nullable(),
})

export const driftHashSchema = z.string().regex(/^[0-9a-f]{32}$/, 'is not a drift_hash')

/** What the active version is held to, and what it says otherwise by now. */
export const pinsSchema = z.object({
  server: nameSchema,
  version: z.int(),
  pin: z.enum(PIN_MODES),
  pinned_at: timeSchema.nullable().describe('Null: nothing of this version was seen yet'),
  pinned_by: z.string().nullable(),
  definitions: z.array(
    z.object({ ...subject, hash: z.string().describe('SHA-256, hex, of its canonical JSON (RFC 8785)') }),
  ),
  drift_hash: driftHashSchema.nullable().describe('To accept exactly this drift; null: there is none'),
  drift: z.array(
    changeSchema.extend({
      withheld: z.boolean().describe('Clients do not get it until it is accepted'),
      seen_at: timeSchema,
      findings: z.array(lintSchema).describe('What the linter says of the new text'),
    }),
  ),
  since: z
    .object({ version: z.int(), changes: z.array(changeSchema) })
    .nullable()
    .describe('Against the version before this one; null where there is none that was seen'),
})
export type PinsJson = z.infer<typeof pinsSchema>
