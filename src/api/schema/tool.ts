import { z } from 'zod'

/** As the hosted server describes it, unchanged. */
const toolSchema = z.looseObject({ name: z.string() })
export const toolListSchema = z.object({ items: z.array(toolSchema) })
export type ToolListJson = z.infer<typeof toolListSchema>

export const callSchema = z.strictObject({
  tool: z.string().min(1).max(256),
  arguments: z.record(z.string(), z.json()).default({}),
})
/** The tool's result as the server gave it: `content`, `structuredContent?`, `isError?`. */
export const callResultSchema = z.looseObject({})
export type CallResultJson = z.infer<typeof callResultSchema>

export const toolStateSchema = z.object({
  name: z.string(),
  enabled: z.boolean(),
  approved: z.boolean().describe('It says what was accepted'),
  change: z.enum(['added', 'changed', 'removed']).nullable().describe('Against what was accepted'),
  hidden: z.boolean().describe('Clients neither see nor call it'),
  definition: z.looseObject({}).describe('As it was seen last: words of a stranger'),
})
export const toolStateListSchema = z.object({ items: z.array(toolStateSchema) })
export type ToolStateListJson = z.infer<typeof toolStateListSchema>
export type ToolStateJson = z.infer<typeof toolStateSchema>
