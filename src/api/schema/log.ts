import { z } from 'zod'
import { LOG_STREAMS } from '../../domain/log-line.ts'
import { timeSchema } from './common.ts'

export const logQuerySchema = z.strictObject({
  cursor: z.coerce.number().int().min(0).optional().describe('Lines after this sequence number'),
  tail: z.coerce.number().int().min(0).max(10_000).optional().describe('The last N that match'),
  limit: z.coerce.number().int().min(1).max(10_000).optional(),
  stream: z.enum(LOG_STREAMS).optional(),
  since: z.iso.datetime({ offset: true }).optional().describe('RFC 3339'),
  grep: z.string().min(1).max(1_000).optional().describe('Literal, case-insensitive'),
  follow: z.enum(['true', 'false']).optional().describe('true: an NDJSON stream that goes on'),
})

/** One line; with `follow=true` each is one line of NDJSON. */
const logLineSchema = z.object({
  cursor: z.int().describe('Sequence number: rises by one a line, over restarts'),
  time: timeSchema,
  stream: z.enum(LOG_STREAMS),
  text: z.string(),
})
export type LogLineJson = z.infer<typeof logLineSchema>

export const logListSchema = z.object({
  items: z.array(logLineSchema),
  next_cursor: z.string().nullable().describe('Pass it as cursor to read on'),
})
export type LogListJson = z.infer<typeof logListSchema>
