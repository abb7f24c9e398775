import { z } from 'zod'
import { CONFIDENCES, LAYERS, SEVERITIES, VERDICTS } from '../../domain/finding.ts'
import { nameSchema, timeSchema } from './common.ts'

export const reasonSchema = z.string().trim().min(3).max(500)
export const fingerprintSchema = z.string().regex(/^[0-9a-f]{32}$/)

export const shownVerdictSchema = z.enum([...VERDICTS, 'not_scanned'])

export const countsSchema = z.object({
  critical: z.int(),
  high: z.int(),
  medium: z.int(),
  low: z.int(),
  info: z.int(),
})

export const reviewSchema = z.object({
  state: z.enum(['pending', 'approved']),
  by: z.string().nullable(),
  reason: z.string().nullable(),
  at: timeSchema.nullable(),
})
export type ReviewJson = z.infer<typeof reviewSchema>

const findingSchema = z.object({
  rule_id: z.string(),
  layer: z.enum(LAYERS),
  severity: z.enum(SEVERITIES),
  confidence: z.enum(CONFIDENCES),
  file: z.string().nullable(),
  line: z.int().nullable(),
  reason: z.string().describe('Why it matters'),
  fix: z.string().describe('What to do'),
  cwe: z.string().nullable(),
  excerpt: z.string().nullable().describe('Shortened, secrets masked'),
  fingerprint: z.string().describe('The same finding keeps it when lines move'),
  suppressed: z
    .object({ reason: z.string(), by: z.string(), until: timeSchema })
    .nullable()
    .describe('Why it does not count, if so'),
})
export type FindingJson = z.infer<typeof findingSchema>

/** SARIF 2.1.0; its own schema describes it. */
export const sarifSchema = z.looseObject({ version: z.literal('2.1.0'), runs: z.array(z.unknown()) })

export const findingListSchema = z.object({
  server: nameSchema,
  version: z.int(),
  verdict: shownVerdictSchema,
  rule_set: z.string().nullable(),
  source_hash: z.string().nullable().describe('SHA-256, hex, of the unpacked archive'),
  review: reviewSchema.nullable(),
  items: z.array(findingSchema),
})
export type FindingListJson = z.infer<typeof findingListSchema>

export const securityListSchema = z.object({
  items: z.array(
    z.object({
      server: nameSchema,
      version: z.int().describe('The newest: it may wait for approval while an earlier one serves'),
      verdict: shownVerdictSchema,
      counts: countsSchema.nullable().describe('By severity, as the scan counted them; null: not scanned'),
      review: reviewSchema.nullable(),
      drifted: z.int().describe('Definitions that the server changed without a new version'),
    }),
  ),
})
export type SecurityListJson = z.infer<typeof securityListSchema>

export const scanSchema = z.object({
  verdict: z.enum(VERDICTS),
  rule_set: z.string(),
  source_hash: z.string(),
  archive: z.object({ bytes: z.int(), sha256: z.string() }),
  inventory: z.object({
    files: z.int(),
    bytes: z.int(),
    languages: z.record(z.string(), z.object({ files: z.int(), bytes: z.int() })),
    manifests: z.array(z.string()),
    native_binaries: z.int(),
    nested_archives: z.int(),
    parsed: z.int().describe('Source files whose code was looked into'),
  }),
  counts: countsSchema,
  items: z.array(findingSchema),
  sarif: sarifSchema.nullable().describe('Only when asked for'),
})
export type ScanJson = z.infer<typeof scanSchema>

export const suppressionSchema = z.object({
  fingerprint: z.string(),
  reason: z.string(),
  created_by: z.string(),
  created_at: timeSchema,
  expires_at: timeSchema,
  expired: z.boolean(),
})
export type SuppressionJson = z.infer<typeof suppressionSchema>
export const suppressionListSchema = z.object({ items: z.array(suppressionSchema) })
export type SuppressionListJson = z.infer<typeof suppressionListSchema>
