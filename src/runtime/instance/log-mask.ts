/** What a server's words go through before they are stored or shown as logs: its secrets, and tokens known by their form. */
import { buildRedactor, type Cut } from '../../domain/redaction.ts'
import { looksSecret, MIN_SECRET_BYTES } from '../../domain/secret-declaration.ts'
import { Secret } from '../../domain/secret.ts'
import { maskTokens } from '../../domain/token-patterns.ts'
import type { LaunchSpec } from '../ports.ts'

export type LogMask = (text: string, cut?: Cut) => string

/** Plain variables with a telling name are masked here too, though not in answers to calls: there they may be meant. */
export function buildLogMask({ secrets, config }: Pick<LaunchSpec, 'secrets' | 'config'>): LogMask {
  const variables = Object.entries(config.environment)
    .filter(([name, value]) => looksSecret(name) && Buffer.byteLength(value) >= MIN_SECRET_BYTES)
    .map(([name, value]) => ({ name, value: new Secret(value) }))
  const redactor = buildRedactor([...secrets, ...variables])
  return redactor === null ? maskTokens : (text, cut) => maskTokens(redactor.text(text, cut))
}
