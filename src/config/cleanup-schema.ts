import { z } from 'zod'

export const cleanup = z.object({
  keep_versions: z
    .int()
    .min(1)
    .max(1000)
    .default(10)
    .describe('Versions of a server that are kept beside the active one and those that something needs.'),
  failed_after_days: z
    .number()
    .positive()
    .max(3650)
    .nullable()
    .default(null)
    .describe('A server that has been failed for so long is archived; null: never.'),
  grace_days: z
    .int()
    .min(1)
    .max(3650)
    .default(30)
    .describe('An archived server can be restored for so long; then it goes for good.'),
  cache_days: z
    .int()
    .min(1)
    .max(3650)
    .default(30)
    .describe('Cached dependencies that no deployment used for so many days go.'),
})

export const disk = z.object({
  reserve_mb: z
    .int()
    .min(0)
    .max(1_000_000)
    .default(64)
    .describe('With less than this free nothing is taken in, MiB: what runs already needs the rest.'),
})
