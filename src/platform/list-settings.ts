/** The configuration in force, key by key. Secrets are in files of their own, which it only names. Pure. */
import type { PlatformConfig } from '../config/schema.ts'
import { isJsonObject, type Json } from '../domain/json.ts'

export type Setting = { readonly key: string; readonly value: Json }

/** @param mask takes out what somebody may have written into an address or a command */
export function listSettings(config: PlatformConfig, mask: (text: string) => string): readonly Setting[] {
  const below = (value: Json, path: readonly string[]): readonly Setting[] =>
    isJsonObject(value) && Object.keys(value).length > 0
      ? Object.entries(value).flatMap(([key, inner]) => below(inner, [...path, key]))
      : [{ key: path.join('.'), value: maskIn(value, mask) }]
  return below(JSON.parse(JSON.stringify(config)) as Json, [])
}

function maskIn(value: Json, mask: (text: string) => string): Json {
  if (typeof value === 'string') return mask(value)
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => maskIn(item, mask))
  if (!isJsonObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, maskIn(inner, mask)]))
}
