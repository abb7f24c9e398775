import { z } from 'zod'

/** As the hosted server describes them, unchanged. */
export const resourceListSchema = z.object({
  resources: z.array(z.looseObject({ uri: z.string() })),
  templates: z.array(z.looseObject({ uriTemplate: z.string() })).describe('Addresses of many (RFC 6570)'),
})
export type ResourceListJson = z.infer<typeof resourceListSchema>

export const uriSchema = z.string().min(1).max(8192)
export const contentsSchema = z.looseObject({
  contents: z.array(z.looseObject({})).describe('As the server gave them: text, or base64 in `blob`'),
})
export type ContentsJson = z.infer<typeof contentsSchema>

export const promptListSchema = z.object({ items: z.array(z.looseObject({ name: z.string() })) })
export type PromptListJson = z.infer<typeof promptListSchema>

export const promptNameSchema = z.string().min(1).max(256)
export const promptArgumentsSchema = z.record(z.string().max(256), z.string().max(65_536)).default({})
export const messagesSchema = z.looseObject({ messages: z.array(z.looseObject({})) })
export type MessagesJson = z.infer<typeof messagesSchema>
