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
