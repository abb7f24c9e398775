import { z } from 'zod'
import { CALL_OUTCOMES } from '../../domain/call-outcome.ts'
import { timeSchema } from './common.ts'

/** For how long calls are kept at most; longer would promise what is not there. */
const MAX_SECONDS = 7 * 86_400

export const callWindowSchema = z.strictObject({
  seconds: z.coerce
    .number()
    .int()
    .min(1)
    .max(MAX_SECONDS)
    .default(3600)
    .describe('How far to look back from now'),
})

const figures = {
  calls: z.int(),
  outcomes: z
    .partialRecord(z.enum(CALL_OUTCOMES), z.int())
    .describe('Those that occurred: ok, or the kind of error'),
  latency_ms: z
    .object({ p50: z.number(), p95: z.number(), p99: z.number(), max: z.number() })
    .describe('From the arrival at the gateway to the end, whatever it was; nearest rank, 2 % off at most'),
}

export const serverCallsSchema = z.object({
  server: z.string(),
  from: timeSchema.describe('The beginning of a minute, or of an hour where it is more than a day ago'),
  to: timeSchema,
  all: z.object(figures).nullable().describe('Null where there were no calls'),
  items: z
    .array(z.object({ method: z.string(), tool: z.string().nullable(), ...figures }))
    .describe('Each tool, and each other method; the most called first, 100 at most'),
})
export type ServerCallsJson = z.infer<typeof serverCallsSchema>
