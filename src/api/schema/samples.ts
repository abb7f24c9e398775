import { z } from 'zod'
import { MOST_POINTS } from '../../domain/sample-grid.ts'
import { SAMPLE_COLUMNS } from '../../domain/sample.ts'
import { timeSchema } from './common.ts'

const MOST_SECONDS = 411 * 86_400
const NAMES = SAMPLE_COLUMNS.map(({ name }) => name)
const nameSchema = z.enum(NAMES as [(typeof NAMES)[number], ...(typeof NAMES)[number][]])
const instant = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))

export const sampleQuerySchema = z.strictObject({
  from: instant.optional().describe('RFC 3339; absent: seconds before to'),
  to: instant.optional().describe('RFC 3339; absent: now'),
  seconds: z.coerce
    .number()
    .int()
    .min(1)
    .max(MOST_SECONDS)
    .default(3600)
    .describe('Counts where from is absent'),
  step: z
    .union([z.literal('auto'), z.coerce.number().int().min(10).max(86_400)])
    .default('auto')
    .describe('Seconds, a multiple of 10; auto: the finest with at most 2,000 points'),
  columns: z
    .string()
    .max(2000)
    .optional()
    .describe('Names with commas between; absent: all. time and samples always come first'),
})

/** For `/mcp`, where a list is a list. */
export const sampleToolInput = {
  from: instant.optional().describe('RFC 3339; absent: seconds before to'),
  to: instant.optional().describe('RFC 3339; absent: now'),
  seconds: z.int().min(1).max(MOST_SECONDS).default(3600).describe('Counts where from is absent'),
  step: z
    .int()
    .min(10)
    .max(86_400)
    .optional()
    .describe('Seconds, a multiple of 10; absent: the finest with at most 2,000 points'),
  columns: z.array(nameSchema).max(NAMES.length).optional().describe('Absent: all'),
}

export const samplesSchema = z.object({
  server: z.string().nullable().describe('Null: the machine, with the servers on it together'),
  from: timeSchema,
  to: timeSchema,
  step_seconds: z.int().describe('Greater than what was asked for where less fine is kept of that time'),
  columns: z
    .array(z.enum(['time', 'samples', ...NAMES] as [string, ...string[]]))
    .describe('What stands where in a row. time: seconds since 1970; samples: looks taken, one a second'),
  rows: z
    .array(z.array(z.number().nullable()))
    .max(MOST_POINTS)
    .describe(
      'One for each step, in order; null: nothing was seen, or it cannot be measured on this machine',
    ),
})
export type SamplesJson = z.infer<typeof samplesSchema>
