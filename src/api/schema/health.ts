import { z } from 'zod'
import { PROBES } from '../../domain/health.ts'
import { HEALTHS } from '../../domain/server-state.ts'
import { nameSchema, timeSchema } from './common.ts'

const evidenceSchema = z.object({
  at: timeSchema,
  how: z.enum(PROBES).describe('call: any answer to a caller'),
  passed: z.boolean(),
  ms: z.number().nullable().describe('How long the answer took'),
  detail: z.string().nullable().describe('Why it did not pass, in one sentence'),
})

/** Of the main process: has it started, does it live, do calls go to it. */
export const probesSchema = z.object({
  startup: z.object({
    status: z.enum(['none', 'pending', 'passed', 'failed']).describe('Of its latest start'),
    evidence: evidenceSchema.nullable(),
  }),
  liveness: z.object({
    status: z.enum(HEALTHS),
    misses: z.int().describe('In a row: two make it unhealthy, three end it'),
    passes: z.int().describe('In a row: two make an unhealthy one healthy again'),
    evidence: evidenceSchema.nullable(),
  }),
  readiness: z.object({
    ready: z.boolean().describe('Calls go to it; otherwise they wait, or are told why not'),
    since: timeSchema,
    reason: z.string().nullable().describe('Why not, in one sentence'),
  }),
})

export const healthSchema = probesSchema.extend({
  server: nameSchema,
  health: z.enum(HEALTHS),
  history: z
    .array(evidenceSchema.extend({ health: z.enum(HEALTHS).describe('After it') }))
    .describe('The latest last, 90 at most, since the platform started'),
})
export type HealthJson = z.infer<typeof healthSchema>
