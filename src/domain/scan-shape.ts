/** The shapes of findings and inventories where they come from outside: the scan's process, the database. */
import { z } from 'zod'
import { CONFIDENCES, LAYERS, SEVERITIES, type Finding } from './finding.ts'
import type { Inventory } from './scan-report.ts'

export const findingShape: z.ZodType<Finding> = z.object({
  ruleId: z.string(),
  layer: z.enum(LAYERS),
  severity: z.enum(SEVERITIES),
  confidence: z.enum(CONFIDENCES),
  file: z.string().nullable(),
  line: z.int().nullable(),
  reason: z.string(),
  fix: z.string(),
  cwe: z.string().nullable(),
  excerpt: z.string().nullable(),
  fingerprint: z.string(),
})

export const inventoryShape: z.ZodType<Inventory> = z.object({
  files: z.number(),
  bytes: z.number(),
  languages: z.record(z.string(), z.object({ files: z.number(), bytes: z.number() })),
  manifests: z.array(z.string()),
  nativeBinaries: z.number(),
  nestedArchives: z.number(),
  parsed: z.number(),
})
