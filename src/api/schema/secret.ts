import { z } from 'zod'
import { MAX_SECRET_BYTES, MAX_SECRETS, SECRET_DELIVERIES } from '../../domain/secret-declaration.ts'
import { timeSchema } from './common.ts'

const delivery = z.enum(SECRET_DELIVERIES).describe('environment: a variable; file: /run/secrets/NAME')

/** What may be told of a secret: never its value, nor a character of it. */
const secretSchema = z.object({
  name: z.string(),
  as: delivery,
  description: z.string(),
  required: z.boolean().describe('The server does not start without it'),
  set: z.boolean(),
  version: z.int().nullable().describe('Rises each time it is set'),
  fingerprint: z
    .string()
    .nullable()
    .describe('The same for the same value; made with a key, so that no value can be guessed by it'),
  in_use: z.boolean().describe('The instance that was started last got this version'),
  created_at: timeSchema.nullable(),
  created_by: z.string().nullable(),
})
export type SecretJson = z.infer<typeof secretSchema>

export const secretListSchema = z.object({
  items: z.array(secretSchema),
  restart_required: z.boolean().describe('A running instance holds other values'),
})
export type SecretListJson = z.infer<typeof secretListSchema>

/** Exactly one of the two values. */
export const secretRequestSchema = z
  .strictObject({
    name: z.string().max(128),
    value: z.string().max(MAX_SECRET_BYTES).optional(),
    value_base64: z
      .string()
      .max(Math.ceil(MAX_SECRET_BYTES / 3) * 4)
      .regex(/^[A-Za-z0-9+/]*={0,2}$/, 'must be base64')
      .optional()
      .describe('For what is no text'),
    as: delivery.optional().describe('Absent: as the version declares it, else environment'),
  })
  .refine(
    ({ value, value_base64 }) => (value === undefined) !== (value_base64 === undefined),
    'needs value or value_base64, and not both',
  )
export type SecretRequestJson = z.infer<typeof secretRequestSchema>

/** The part `secrets` of an upload. */
export const secretRequestsSchema = z.array(secretRequestSchema).max(MAX_SECRETS)

export const secretChangedSchema = secretListSchema.extend({
  started: z.boolean().describe('The server was only waiting for this secret, and starts'),
})
export type SecretChangedJson = z.infer<typeof secretChangedSchema>

export const keyRotatedSchema = z.object({
  key_id: z.string(),
  secrets: z.int().describe('How many are under the new key now'),
})
export type KeyRotatedJson = z.infer<typeof keyRotatedSchema>
