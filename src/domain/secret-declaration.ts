/** Which secrets a server asks for, and what a secret's name and value may be: one rule for archives, requests and the vault. */
import { z } from 'zod'
import { describeRefusedValue, describeRefusedVariable, MAX_VARIABLE_BYTES } from './environment-variable.ts'

/** A variable, or the file /run/secrets/NAME. */
export const SECRET_DELIVERIES = ['environment', 'file'] as const
export type SecretDelivery = (typeof SECRET_DELIVERIES)[number]

export type SecretDeclaration = {
  readonly name: string
  readonly description: string
  /** Without it the server does not start. */
  readonly required: boolean
  readonly as: SecretDelivery
}

/** One source's word on a secret; absent means not said there. */
export type PartialSecretDeclaration = Pick<SecretDeclaration, 'name'> &
  Partial<Omit<SecretDeclaration, 'name'>>

/** Shorter values occur by chance, and what is redacted would show them. */
export const MIN_SECRET_BYTES = 6
export const MAX_SECRET_BYTES = 64 * 1024
/** Of one server. Each file takes a descriptor of its launch. */
export const MAX_SECRETS = 64

const declaration = z.union(
  [
    z.string(),
    z.strictObject({
      name: z.string(),
      description: z.string().max(2_000).optional(),
      required: z.boolean().optional(),
      as: z.enum(SECRET_DELIVERIES).optional(),
    }),
  ],
  'must be a name, or {"name", "description", "required", "as": "environment" or "file"}',
)

/** `secrets[]` of server_config.json and of requests. */
export const secretsSchema = z
  .array(declaration)
  .max(MAX_SECRETS)
  .superRefine((entries, context) => {
    const names = entries.map(nameOf)
    for (const [index, name] of names.entries()) {
      const why = names.indexOf(name) < index ? 'is there twice' : describeRefusedVariable(name)
      if (why !== null) context.addIssue({ code: 'custom', path: [index], message: `${name} ${why}` })
    }
  })

function nameOf(entry: z.infer<typeof declaration>): string {
  return typeof entry === 'string' ? entry : entry.name
}

export function readDeclarations(
  entries: z.infer<typeof secretsSchema>,
): readonly PartialSecretDeclaration[] {
  return entries.map((entry) =>
    typeof entry === 'string'
      ? { name: entry }
      : {
          name: entry.name,
          ...(entry.description === undefined ? {} : { description: entry.description }),
          ...(entry.required === undefined ? {} : { required: entry.required }),
          ...(entry.as === undefined ? {} : { as: entry.as }),
        },
  )
}

/** Earlier sources win, field by field. */
export function mergeDeclarations(
  sources: readonly (readonly PartialSecretDeclaration[])[],
): readonly SecretDeclaration[] {
  const merged = new Map<string, SecretDeclaration>()
  for (const entry of sources.toReversed().flat()) {
    const before = merged.get(entry.name) ?? { description: '', required: true, as: 'environment' }
    merged.set(entry.name, { ...before, ...entry })
  }
  return [...merged.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Required, and neither stored nor given as a plain variable. */
export function listMissing(
  declared: readonly SecretDeclaration[],
  given: ReadonlySet<string>,
): readonly string[] {
  return declared.filter(({ name, required }) => required && !given.has(name)).map(({ name }) => name)
}

/** Why no secret may have this value, or null. */
export function describeRefusedSecret(value: Uint8Array, as: SecretDelivery): string | null {
  if (value.length < MIN_SECRET_BYTES) {
    return `is shorter than ${MIN_SECRET_BYTES} bytes: it could not be told from other text when it is to be masked`
  }
  if (value.length > MAX_SECRET_BYTES) return `is longer than ${MAX_SECRET_BYTES} bytes`
  if (as === 'file') return null
  const text = decodeUtf8(value)
  if (text === null) return 'is not UTF-8 text, so it can only be a file'
  if (value.length > MAX_VARIABLE_BYTES) {
    return `is longer than ${MAX_VARIABLE_BYTES} bytes, so it can only be a file`
  }
  const why = describeRefusedValue(text)
  return why === null ? null : `${why}, so it can only be a file`
}

/** Null for bytes that are no text. */
export function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}

/** Variables that are likely to hold what only `secrets` protects: their values are masked like secrets. */
export function looksSecret(name: string): boolean {
  return /(?:^|_)(?:TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?|AUTH|APIKEY|PAT|DSN)(?:_|$)|(?:^|_)(?:API|ACCESS|PRIVATE|SIGNING|ENCRYPTION|SERVICE|AUTH|SECRET)_?KEY(?:_|$)|_KEY$/i.test(
    name,
  )
}
