import { z } from 'zod'

const keySchema = z.string().describe('For example gateway.call_timeout')

export const configReloadSchema = z.object({
  file: z.string().nullable().describe('Null: there is none, the defaults hold'),
  applied: z.array(keySchema).describe('Changed, and in force from now on'),
  needs_restart: z.array(keySchema).describe('Changed, and in force after a restart'),
  warnings: z.array(z.string()),
})
export type ConfigReloadJson = z.infer<typeof configReloadSchema>

export const configListSchema = z.object({
  items: z.array(z.object({ key: keySchema, value: z.unknown().describe('As in the file') })),
})
export type ConfigListJson = z.infer<typeof configListSchema>
