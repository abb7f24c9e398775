/** The shapes of findings and scans on their way out of the database. */
import { z } from 'zod'
import { SEVERITIES, VERDICTS } from '../../domain/finding.ts'
import type { Review, ScanReport, VersionScan } from '../../domain/scan-report.ts'
import { findingShape, inventoryShape } from '../../domain/scan-shape.ts'

export const scanReport: z.ZodType<ScanReport> = z.object({
  sourceHash: z.string(),
  ruleSet: z.string(),
  inventory: inventoryShape,
  findings: z.array(findingShape),
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
