import { z } from 'zod'
import { errorSchema, timeSchema } from './common.ts'

export const backupRequestSchema = z.strictObject({
  with_data: z.boolean().default(false).describe('With the data of the servers, as it is found'),
})

export const backupSchema = z.object({
  name: z.string(),
  path: z.string().describe('On the machine of the platform'),
  kind: z.enum(['manual', 'automatic', 'before_migration']),
  state: z.enum(['running', 'done', 'failed']),
  bytes: z.int().nullable(),
  created_at: timeSchema,
  error: errorSchema.nullable(),
})
export type BackupJson = z.output<typeof backupSchema>

export const backupListSchema = z.object({ items: z.array(backupSchema) })
export type BackupListJson = z.output<typeof backupListSchema>
