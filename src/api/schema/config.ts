import { z } from 'zod'

const keySchema = z.string().describe('For example gateway.call_timeout')

export const configReloadSchema = z.object({
  file: z.string().nullable().describe('Null: there is none, the defaults hold'),
  applied: z.array(keySchema).describe('Changed, and in force from now on'),
  needs_restart: z.array(keySchema).describe('Changed, and in force after a restart'),
  warnings: z.array(z.string()),
})
export type ConfigReloadJson = z.infer<typeof configReloadSchema>
