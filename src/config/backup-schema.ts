import { z } from 'zod'

export const backup = z.object({
  interval_hours: z
    .number()
    .min(0)
    .max(8760)
    .default(24)
    .describe(
      'Time between two automatic backups of the records (database, manifests, audit log); 0: none is made.',
    ),
  keep: z.int().min(1).max(1000).default(7).describe('Automatic backups that are kept.'),
})
