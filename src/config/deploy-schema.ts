import { z } from 'zod'

export const deploy = z.object({
  drain_seconds: z
    .number()
    .min(0)
    .max(600)
    .default(30)
    .describe('Calls at a version that was replaced have this long to end.'),
})
