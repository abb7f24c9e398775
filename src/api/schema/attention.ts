import { z } from 'zod'
import { ATTENTION_ACTIONS, ATTENTION_KINDS, URGENCIES } from '../../domain/attention.ts'
import { timeSchema } from './common.ts'

const attentionItemSchema = z.object({
  kind: z.enum(ATTENTION_KINDS),
  urgency: z.enum(URGENCIES).describe('now: somebody is not served; soon: will not be, or has to decide'),
  server: z.string().nullable().describe('null: it is about the platform'),
  text: z.string(),
  since: timeSchema.nullable(),
  action: z.enum(ATTENTION_ACTIONS),
  label: z.string().describe('What to do, for a button'),
  command: z.string().describe('The same, for a terminal'),
})
export const attentionSchema = z.object({ items: z.array(attentionItemSchema) })
export type AttentionJson = z.infer<typeof attentionSchema>
