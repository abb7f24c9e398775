import { z } from 'zod'
import { ROLES } from '../../domain/role.ts'
import { timeSchema } from './common.ts'

const roleSchema = z.enum(ROLES)
/** What is wrong with a password is said by the rule itself; this only bounds what is hashed. */
const passwordSchema = z.string().max(1_024)
const userNameSchema = z.string().min(1).max(64)

export const userSchema = z.object({
  id: z.string(),
  name: z.string(),
  role: roleSchema,
  has_password: z.boolean().describe('False: signs in elsewhere'),
  created_at: timeSchema,
  created_by: z.string(),
  last_login_at: timeSchema.nullable(),
})
export type UserJson = z.infer<typeof userSchema>
export const userListSchema = z.object({ items: z.array(userSchema) })
export type UserListJson = z.infer<typeof userListSchema>

export const userRequestSchema = z.strictObject({
  name: userNameSchema,
  role: roleSchema,
  password: passwordSchema,
})
export type UserRequestJson = z.input<typeof userRequestSchema>
/** One of the two, so that half a change never stays. */
export const userPatchSchema = z
  .strictObject({ role: roleSchema.optional(), password: passwordSchema.optional() })
  .refine((patch) => (patch.role === undefined) !== (patch.password === undefined), 'needs role or password')
export type UserPatchJson = z.input<typeof userPatchSchema>
export const userRemovedSchema = z.object({ id: z.string(), name: z.string(), removed: z.literal(true) })
export type UserRemovedJson = z.infer<typeof userRemovedSchema>

const sessionSchema = z.object({
  id: z.string(),
  user: z.string(),
  current: z.boolean().describe('The one that asks'),
  ip: z.string().nullable(),
  user_agent: z.string().nullable(),
  created_at: timeSchema,
  last_used_at: timeSchema,
  expires_at: timeSchema,
})
export type SessionJson = z.infer<typeof sessionSchema>
export const sessionListSchema = z.object({ items: z.array(sessionSchema) })
export const sessionEndedSchema = z.object({ id: z.string(), ended: z.literal(true) })

export const signInSchema = z.strictObject({ name: z.string().max(256), password: passwordSchema })
export const signedInSchema = z.object({ user: userSchema, session: sessionSchema })
export type SignedInJson = z.infer<typeof signedInSchema>

export const setupStateSchema = z.object({
  claimed: z.boolean().describe('There is an administrator'),
  code: z
    .object({ expires_at: timeSchema, tries_left: z.int() })
    .nullable()
    .describe('The setup code that is valid now; null: none is'),
  issuer: z.boolean().describe('People can sign in over the configured issuer, at /auth/login'),
})
export type SetupStateJson = z.infer<typeof setupStateSchema>
export const setupClaimSchema = z.strictObject({
  code: z.string().max(64),
  name: userNameSchema,
  password: passwordSchema,
})
export const setupCodeSchema = z.object({ code: z.string(), expires_at: timeSchema })
export type SetupCodeJson = z.infer<typeof setupCodeSchema>

export const meSchema = z.object({
  id: z.string(),
  kind: z.enum(['local', 'token', 'user', 'oauth', 'platform']),
  name: z.string(),
  role: roleSchema.nullable().describe('Of a person'),
  scopes: z.array(z.string()),
})
export const passwordChangeSchema = z.strictObject({
  current_password: passwordSchema,
  password: passwordSchema,
})
