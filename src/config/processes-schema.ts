import { z } from 'zod'

export const processes = z.object({
  per_server: z
    .int()
    .min(1)
    .max(10_000)
    .default(16)
    .describe('Processes of one server beside its main one, for separate clients.'),
  total: z.int().min(1).max(100_000).default(64).describe('Such processes of all servers together.'),
  idle_stop: z
    .number()
    .positive()
    .max(86_400)
    .default(300)
    .describe('An unused one ends after this long, unless its server says otherwise.'),
})
