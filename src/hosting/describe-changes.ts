/** What a change of settings did, for the audit log: values before and after, but never one that may be a secret. Pure. */
import type { Json, JsonObject } from '../domain/json.ts'
import type { ResourceLimits, ServerConfig } from '../domain/server.ts'
import { renderInstances } from '../domain/server-traits.ts'

export type SettingChange = {
  /** As outside: `resource_limits.memory_mb`, `environment.API_KEY`. */
  readonly field: string
} & (
  | { readonly before: Json; readonly after: Json }
  /** Variables may hold anything: only that there is another one is told. */
  | { readonly change: 'set' | 'changed' | 'removed' }
)

const LIMITS: Readonly<Record<keyof ResourceLimits, string>> = {
  memoryMb: 'memory_mb',
  cpuPercent: 'cpu_percent',
  maxProcesses: 'max_processes',
  diskMb: 'disk_mb',
}
/** Longer texts and lists are told by their beginning. */
const MAX_TEXT = 200
const MAX_ITEMS = 20

/** @param outward the fields to compare, and how each is called outside; `environment` and `limits` by their entries */
export function describeChanges(
  before: ServerConfig,
  after: ServerConfig,
  outward: readonly (readonly [keyof ServerConfig, string])[],
): readonly SettingChange[] {
  return outward.flatMap(([field, name]): readonly SettingChange[] => {
    if (field === 'environment') return describeVariables(before.environment, after.environment, name)
    if (field === 'limits') {
      return (Object.keys(LIMITS) as (keyof ResourceLimits)[]).flatMap((limit) =>
        compare(`${name}.${LIMITS[limit]}`, before.limits[limit], after.limits[limit]),
      )
    }
    if (field === 'instances') {
      return compare(name, renderInstances(before.instances), renderInstances(after.instances))
    }
    return compare(name, toJson(before[field]), toJson(after[field]))
  })
}

/** For the details of an audit record. */
export function renderChanges(changes: readonly SettingChange[]): JsonObject {
  return { changes: changes.map((change) => ({ ...change })) }
}

function describeVariables(
  before: ServerConfig['environment'],
  after: ServerConfig['environment'],
  name: string,
): readonly SettingChange[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()
  return names.flatMap((key): readonly SettingChange[] => {
    if (before[key] === after[key]) return []
    const change = before[key] === undefined ? 'set' : after[key] === undefined ? 'removed' : 'changed'
    return [{ field: `${name}.${key}`, change }]
  })
}

function compare(field: string, before: Json, after: Json): readonly SettingChange[] {
  return JSON.stringify(before) === JSON.stringify(after)
    ? []
    : [{ field, before: shorten(before), after: shorten(after) }]
}

function toJson(value: unknown): Json {
  return value === undefined ? null : (JSON.parse(JSON.stringify(value)) as Json)
}

function shorten(value: Json): Json {
  if (typeof value === 'string') return value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}…` : value
  if (!Array.isArray(value)) return value
  const list = value as readonly Json[]
  const shown = list.slice(0, MAX_ITEMS).map(shorten)
  return list.length > MAX_ITEMS ? [...shown, `… and ${list.length - MAX_ITEMS} more`] : shown
}
