import { z } from 'zod'
import { CLEANUP_KINDS } from '../../hosting/cleanup/cleanup-item.ts'
import { timeSchema } from './common.ts'

const itemSchema = z.object({
  kind: z.enum(CLEANUP_KINDS),
  what: z.string(),
  why: z.string().describe('One sentence'),
  bytes: z.int().describe('Expected to come free'),
  at: timeSchema.nullable().describe('Last used or written'),
})

const noticeSchema = z
  .string()
  .nullable()
  .describe('Why what goes by its age stays for now: the clock was set')

export const cleanupListSchema = z.object({
  items: z.array(itemSchema),
  bytes: z.int().describe('Expected to come free in all'),
  notice: noticeSchema,
})
export type CleanupListJson = z.infer<typeof cleanupListSchema>

export const cleanupDoneSchema = z.object({
  items: z.array(
    itemSchema.extend({
      freed_bytes: z.int().describe('Measured'),
      error: z
        .object({ code: z.string(), message: z.string(), hint: z.string() })
        .nullable()
        .describe('Why it is still there'),
    }),
  ),
  bytes: z.int(),
  freed_bytes: z.int().describe('Measured'),
  notice: noticeSchema,
})
export type CleanupDoneJson = z.infer<typeof cleanupDoneSchema>
