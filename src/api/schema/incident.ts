import { z } from 'zod'
import { EXIT_CLASSES } from '../../domain/exit-class.ts'
import { CHANGE_KINDS, INCIDENT_KINDS, INCIDENT_STATES } from '../../domain/incident.ts'
import { SEVERITIES } from '../../domain/memory.ts'
import { explanationSchema } from './explanation.ts'
import { nameSchema, pageQuerySchema, timeSchema } from './common.ts'

const changeSchema = z.object({
  kind: z.enum(CHANGE_KINDS),
  text: z.string().describe('As "version 7"; names of settings, never their values'),
  at: timeSchema,
  actor: z.string(),
  event_id: z.int(),
  suspected: z
    .boolean()
    .describe('It came within a day before the trouble, and the same was not seen before it'),
})

const share = z.number().min(0).max(1)

const entrySchema = z.object({
  id: z.string().describe('As "ev1"'),
  time: timeSchema,
  kind: z.enum(['trouble', 'relief', 'change', 'note']),
  text: z.string(),
  event_id: z.int().nullable(),
})

/** In lists. */
export const incidentSummarySchema = z.object({
  id: z.string(),
  server: z.string(),
  server_id: z.string(),
  kind: z.enum(INCIDENT_KINDS),
  class: z.enum(EXIT_CLASSES).nullable(),
  state: z.enum(INCIDENT_STATES),
  severity: z.enum(SEVERITIES),
  title: z.string().describe('One sentence'),
  occurrences: z.int(),
  opened_at: timeSchema,
  updated_at: timeSchema,
  last_at: timeSchema.describe('When it last happened'),
  resolved_at: timeSchema.nullable(),
  resolution: z.string().nullable(),
  change: changeSchema.nullable().describe('The last change before it began'),
  hint: z.string().nullable(),
})
export type IncidentSummaryJson = z.infer<typeof incidentSummarySchema>

export const incidentSchema = incidentSummarySchema.extend({
  text: z.string().describe('What happened, made from the facts below'),
  fingerprints: z.array(z.string()),
  tail: z.string().describe('The last words of the process'),
  timeline: z.array(entrySchema),
  omitted: z.int().describe('Entries that are not kept, after the first twenty'),
  remedies: z
    .array(
      z.object({
        action: z.string().describe('As "a change of memory_mb"'),
        text: z.string(),
        helped: z.int(),
        of: z.int().describe('Times that it was done in trouble of this class'),
        interval: z.tuple([share, share]).describe('Of the share that it helped, 95 %'),
        incidents: z
          .array(z.object({ id: z.string(), server: z.string(), time: timeSchema }))
          .describe('Where it helped, the latest first'),
        memory_id: z.string().nullable().describe('The runbook that tells of it'),
        node: z.string().nullable().describe('The platform that told it; null: this one'),
      }),
    )
    .describe('What helped in the same class of trouble before, the surest first'),
  explanation: explanationSchema,
})
export type IncidentJson = z.infer<typeof incidentSchema>

export const incidentListSchema = z.object({
  items: z.array(incidentSummarySchema),
  next_cursor: z.string().nullable(),
})
export type IncidentListJson = z.infer<typeof incidentListSchema>

export const incidentQuerySchema = z.strictObject({
  ...pageQuerySchema.shape,
  state: z.enum(INCIDENT_STATES).optional(),
  server: nameSchema.optional(),
})

/** A query is text. */
export const explainQuerySchema = z.strictObject({
  explain: z
    .enum(['true', 'false'])
    .default('false')
    .describe('Ask the configured model too; without one the rules’ text stands'),
})
