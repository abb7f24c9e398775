/** Which keys a running platform takes up when its configuration is read again. Pure. */
import { z } from 'zod'
import { isDeepStrictEqual } from 'node:util'
import { configSchema, type PlatformConfig } from './schema.ts'

export type Reload = 'live' | 'restart'

/** What becomes of a changed configuration; keys as `gateway.call_timeout`. */
export type ReloadPlan = {
  /** What is in force from now on: the changed keys that can be taken up, and everything else as it was. */
  readonly config: PlatformConfig
  readonly applied: readonly string[]
  readonly needsRestart: readonly string[]
}

export function planReload(current: PlatformConfig, next: PlatformConfig): ReloadPlan {
  const changed = listReloadKeys().filter(
    ({ key }) => !isDeepStrictEqual(readKey(current, key), readKey(next, key)),
  )
  const keysOf = (wanted: Reload) => changed.filter(({ reload }) => reload === wanted).map(({ key }) => key)
  const applied = keysOf('live')
  const config = structuredClone(current)
  for (const key of applied) writeKey(config, key, readKey(next, key))
  return { config, applied, needsRestart: keysOf('restart') }
}

type Key = { readonly key: string; readonly reload: Reload }

/** Every key of the schema; one that says nothing needs a restart. */
export function listReloadKeys(): readonly Key[] {
  return listBelow(configSchema.shape.mcp_hosting, [], 'restart')
}

function listBelow(schema: unknown, path: readonly string[], inherited: Reload): readonly Key[] {
  let reload = inherited
  let at = schema
  while (at instanceof z.ZodType) {
    const said = z.globalRegistry.get(at)?.['reload']
    if (said === 'live' || said === 'restart') reload = said
    if (at instanceof z.ZodObject) {
      const below = reload
      return Object.entries(at.shape).flatMap(([key, inner]) => listBelow(inner, [...path, key], below))
    }
    at = (at.def as { readonly innerType?: unknown }).innerType
  }
  return [{ key: path.join('.'), reload }]
}

type Tree = Record<string, unknown>

function readKey(config: PlatformConfig, key: string): unknown {
  return key.split('.').reduce<unknown>((at, step) => (at as Tree)[step], config)
}

function writeKey(config: PlatformConfig, key: string, value: unknown): void {
  const steps = key.split('.')
  const last = steps.pop() ?? ''
  const parent = steps.reduce<unknown>((at, step) => (at as Tree)[step], config)
  ;(parent as Tree)[last] = value
}
