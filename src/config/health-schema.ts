import { z } from 'zod'

/** Of servers that set none themselves; the defaults are DEFAULT_HEALTH_RULES. */
export const health = z.object({
  timeout: z
    .number()
    .min(0.1)
    .max(600)
    .default(5)
    .describe('For the answer to one probe of a server that sets none itself.'),
  failure_threshold: z
    .int()
    .min(1)
    .max(100)
    .default(3)
    .describe('Misses in a row that end a server; half of them make it unhealthy.'),
  success_threshold: z
    .int()
    .min(1)
    .max(100)
    .default(2)
    .describe('Answers in a row that make an unhealthy server healthy.'),
})
