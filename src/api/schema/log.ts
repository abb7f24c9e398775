import { z } from 'zod'
import { LOG_LINE_LEVELS } from '../../domain/log-level.ts'
import { LOG_STREAMS } from '../../domain/log-line.ts'
import { SEARCH_MODES } from '../../domain/log-search.ts'
import { timeSchema } from './common.ts'

const rangeFields = {
  stream: z.enum(LOG_STREAMS).optional(),
  level: z.enum(LOG_LINE_LEVELS).optional().describe('Guessed from the words of the line'),
  since: z.iso.datetime({ offset: true }).optional().describe('RFC 3339'),
  until: z.iso.datetime({ offset: true }).optional().describe('RFC 3339'),
}

export const logQuerySchema = z.strictObject({
  ...rangeFields,
  before: z.coerce.number().int().min(1).optional().describe('Lines before this sequence number'),
  cursor: z.coerce.number().int().min(0).optional().describe('Lines after this sequence number'),
  tail: z.coerce.number().int().min(0).max(10_000).optional().describe('The last N that match'),
  limit: z.coerce.number().int().min(1).max(10_000).optional(),
  grep: z.string().min(1).max(1_000).optional().describe('Literal, case-insensitive'),
  follow: z.enum(['true', 'false']).optional().describe('true: an NDJSON stream that goes on'),
})

/** One line; with `follow=true` each is one line of NDJSON. */
const logLineSchema = z.object({
  cursor: z.int().describe('Sequence number: rises by one a line, over restarts'),
  time: timeSchema,
  stream: z.enum(LOG_STREAMS),
  level: z.enum(LOG_LINE_LEVELS).nullable().describe('Guessed from its words; null: they say nothing of it'),
  text: z.string(),
})
export type LogLineJson = z.infer<typeof logLineSchema>

export const logListSchema = z.object({
  items: z.array(logLineSchema),
  next_cursor: z.string().nullable().describe('Pass it as cursor to read on'),
})
export type LogListJson = z.infer<typeof logListSchema>

const flagSchema = z.enum(['true', 'false']).optional()

export const logSearchQuerySchema = z.strictObject({
  ...rangeFields,
  q: z.string().min(1).max(500),
  mode: z
    .enum(SEARCH_MODES)
    .default('literal')
    .describe('glob knows * and ?; regex is RE2, linear in the line'),
  case: z.enum(['ignore', 'match']).default('ignore'),
  direction: z.enum(['older', 'newer']).default('older').describe('older begins with the newest line'),
  cursor: z.coerce.number().int().min(0).optional().describe('Lines beyond this one, in that direction'),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  count: flagSchema.describe('true: go through everything, and say how many there are'),
})

export const logSearchSchema = z.object({
  items: z.array(logLineSchema),
  count: z.int().nullable().describe('Of all in that direction; null: not counted'),
  next_cursor: z.string().nullable().describe('Pass it as cursor to go on; null: there is nothing more'),
  scanned_bytes: z.int(),
})
export type LogSearchJson = z.infer<typeof logSearchSchema>

export const logDownloadQuerySchema = z.strictObject({
  ...rangeFields,
  after: z.coerce.number().int().min(0).optional().describe('Lines after this sequence number'),
  before: z.coerce.number().int().min(1).optional().describe('Lines before this sequence number'),
  grep: z.string().min(1).max(1_000).optional().describe('Literal, case-insensitive'),
  format: z.enum(['text', 'ndjson']).default('text'),
  gz: flagSchema,
})
