import { z } from 'zod'
import { isGrant } from '../../domain/principal.ts'
import { timeSchema } from './common.ts'

const grantSchema = z
  .string()
  .max(256)
  .refine(isGrant, 'is not a scope')
  .describe('A scope, or mcp:call:{server} or mcp:call:{server}:{tool}')

const tokenSchema = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(z.string()),
  created_at: timeSchema,
  created_by: z.string(),
  expires_at: timeSchema.nullable(),
  last_used_at: timeSchema.nullable(),
})
export type TokenJson = z.infer<typeof tokenSchema>
export const tokenListSchema = z.object({ items: z.array(tokenSchema) })
export type TokenListJson = z.infer<typeof tokenListSchema>

export const tokenRequestSchema = z.strictObject({
  name: z.string().trim().min(1).max(100),
  scopes: z.array(grantSchema).min(1).max(50),
  /** Absent: 90 days. Null: it does not expire. */
  expires_in_days: z.number().positive().max(3_650).nullable().optional(),
})
export type TokenRequestJson = z.input<typeof tokenRequestSchema>

/** `token` is shown here and never again. */
export const tokenCreatedSchema = tokenSchema.extend({ token: z.string() })
export type TokenCreatedJson = z.infer<typeof tokenCreatedSchema>
export const tokenRevokedSchema = z.object({ id: z.string(), revoked: z.literal(true) })
export type TokenRevokedJson = z.infer<typeof tokenRevokedSchema>
