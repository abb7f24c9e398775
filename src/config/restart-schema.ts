import { z } from 'zod'

export const restart = z.object({
  raise_memory: z
    .boolean()
    .default(true)
    .describe('A server that ran out of memory is started with more, three times a day at most.'),
  max_memory_mb: z
    .int()
    .min(48)
    .max(1_048_576)
    .default(2048)
    .describe('No server is given more than this by itself, MiB.'),
})
