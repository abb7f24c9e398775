/** The shapes of findings and scans on their way out of the database. */
import { z } from 'zod'
import { CONFIDENCES, LAYERS, SEVERITIES, VERDICTS, type Finding } from '../../domain/finding.ts'
import type { Review, ScanReport, VersionScan } from '../../domain/scan-report.ts'

export const finding: z.ZodType<Finding> = z.object({
  ruleId: z.string(),
  layer: z.enum(LAYERS),
  severity: z.enum(SEVERITIES),
  confidence: z.enum(CONFIDENCES),
  file: z.string().nullable(),
  line: z.number().nullable(),
  reason: z.string(),
  fix: z.string(),
  cwe: z.string().nullable(),
  excerpt: z.string().nullable(),
  fingerprint: z.string(),
})

export const scanReport: z.ZodType<ScanReport> = z.object({
  sourceHash: z.string(),
  ruleSet: z.string(),
  inventory: z.object({
    files: z.number(),
    bytes: z.number(),
    languages: z.record(z.string(), z.object({ files: z.number(), bytes: z.number() })),
    manifests: z.array(z.string()),
    nativeBinaries: z.number(),
    nestedArchives: z.number(),
    parsed: z.number(),
  }),
  findings: z.array(finding),
})

export const versionScan: z.ZodType<VersionScan> = z.object({
  verdict: z.enum(VERDICTS),
  sourceHash: z.string(),
  ruleSet: z.string(),
  counts: z.record(z.enum(SEVERITIES), z.number()),
})

export const review: z.ZodType<Review> = z.discriminatedUnion('state', [
  z.object({ state: z.literal('pending') }),
  z.object({ state: z.literal('approved'), by: z.string(), reason: z.string(), at: z.number() }),
])
