import { z } from 'zod'

const prometheus = z.object({
  public: z
    .boolean()
    .default(false)
    .describe('True: GET /metrics needs no token; the names of servers and tools are in it.'),
})

export const telemetry = z.object({ prometheus: prometheus.prefault({}) })
