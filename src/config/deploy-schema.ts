import { z } from 'zod'

export const deploy = z.object({
  watch_seconds: z
    .number()
    .min(0)
    .max(3600)
    .default(60)
    .describe('A new version that fails within this time after it began to serve is left again; 0: never.'),
  drain_seconds: z
    .number()
    .min(0)
    .max(600)
    .default(30)
    .describe('Calls at a version that was replaced have this long to end.'),
})
