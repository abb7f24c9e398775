import { z } from 'zod'
import { CHANGES, DEFINITION_KINDS } from '../../domain/definition.ts'

export const comparisonQuerySchema = z.strictObject({
  from: z.coerce.number().int().min(1).describe('Number of a version'),
  to: z.coerce.number().int().min(1),
})

export const comparisonSchema = z.object({
  from: z.int(),
  to: z.int(),
  files: z
    .object({ added: z.array(z.string()), removed: z.array(z.string()), changed: z.array(z.string()) })
    .describe('Without what an installer fetched; at most 500 of each'),
  file_changes: z.int(),
  dependencies: z
    .array(z.object({ name: z.string(), before: z.string().nullable(), after: z.string().nullable() }))
    .describe('What an installer fetched, by name and version; null: not there; at most 500'),
  dependency_changes: z.int(),
  settings: z
    .array(z.object({ field: z.string(), before: z.json(), after: z.json() }))
    .describe('Of the configuration and the command; values of the environment are not shown'),
  definitions: z
    .array(z.object({ kind: z.enum(DEFINITION_KINDS), name: z.string(), change: z.enum(CHANGES) }))
    .nullable()
    .describe('What they say of themselves; null: one of them was never seen to say anything'),
})
export type ComparisonJson = z.infer<typeof comparisonSchema>
