/**
 * The settings of a server as one flat list of fields, and what somebody changed of them. Edits lie over whatever the
 * platform says: that somebody else changed another field meanwhile takes nothing away. Pure.
 */
import type { ServerJson } from '../../../src/api/schema/server.ts'
import { isObject, type Json, type SchemaObject } from '../../lib/schema-form/schema.ts'

/** By field, with a dot before what is inside another: `resource_limits.memory_mb`, `environment.CITY`. */
export type Settings = Readonly<Record<string, Json>>
/** Null goes back to what the version says, and takes a variable away. */
export type Edits = Settings

export const VARIABLE = 'environment.'

/** Those that need no new process; the platform looks them up whenever it needs them. */
const AT_ONCE: ReadonlySet<string> = new Set(['description', 'tags', 'pin', 'disabled_tools', 'expires_at'])
/** Taken over by what runs where it fits: less memory than a process uses would end it. */
const AT_ONCE_IF_IT_FITS: ReadonlySet<string> = new Set([
  'resource_limits.memory_mb',
  'resource_limits.cpu_percent',
])
/** Who operates a server may not loosen what contains it. */
const DEPLOYERS: ReadonlySet<string> = new Set(['allowed_network', 'egress', 'pin', 'instances'])

export function decideWhen(field: string): 'atOnce' | 'ifItFits' | 'nextStart' {
  if (AT_ONCE.has(field)) return 'atOnce'
  return AT_ONCE_IF_IT_FITS.has(field) ? 'ifItFits' : 'nextStart'
}

export function needsDeployer(field: string): boolean {
  return DEPLOYERS.has(field)
}

export function readSettings({ description, tags, settings }: ServerJson): Settings {
  const { environment: _names, secrets: _secrets, secrets_pending: _pending, ...rest } = settings
  return flatten({ description, tags, ...rest })
}

function flatten(nested: Readonly<Record<string, Json>>): Settings {
  return Object.fromEntries(
    Object.entries(nested).flatMap(([field, value]) =>
      isObject(value)
        ? Object.entries(value).map(([inner, each]): [string, Json] => [`${field}.${inner}`, each])
        : [[field, value] as [string, Json]],
    ),
  )
}

/** As the platform takes it, and as the JSON view shows it. */
export function nest(settings: Settings): SchemaObject {
  const nested: Record<string, Json> = {}
  for (const [field, value] of Object.entries(settings)) {
    const [outer = '', ...inner] = field.split('.')
    if (inner.length === 0) nested[outer] = value
    else nested[outer] = { ...(nested[outer] as SchemaObject | undefined), [inner.join('.')]: value }
  }
  return nested
}

/** Without what is as it was. */
export function edit(base: Settings, edits: Edits, field: string, value: Json): Edits {
  const { [field]: _before, ...rest } = edits
  return isSame(base[field], value) ? rest : { ...rest, [field]: value }
}

export function isSame(one: Json | undefined, other: Json | undefined): boolean {
  return JSON.stringify(one ?? null) === JSON.stringify(other ?? null)
}

/** The text of the JSON view as edits; what it leaves out stays as it is. Throws SyntaxError with one sentence. */
export function parseDocument(base: Settings, edits: Edits, text: string): Edits {
  const document = JSON.parse(text) as Json
  if (!isObject(document)) throw new SyntaxError('It must be one object: { … }.')
  const given = flatten(document)
  const unknown = Object.keys(given).find((field) => base[field] === undefined)
  if (unknown !== undefined) throw new SyntaxError(`${JSON.stringify(unknown)} is no setting.`)
  const variables = Object.entries(edits).filter(([field]) => field.startsWith(VARIABLE))
  const changed = Object.entries(given).filter(([field, value]) => !isSame(base[field], value))
  return Object.fromEntries([...variables, ...changed])
}

/** What somebody else changed, seen from the settings that the edits were made on. */
export function listForeign(base: Settings, theirs: Settings): readonly string[] {
  return Object.keys(theirs).filter((field) => !isSame(base[field], theirs[field]))
}

/** For a person; a list is its items. */
export function showValue(value: Json | undefined): string {
  if (value === undefined || value === null || value === '') return '–'
  if (Array.isArray(value)) return value.length === 0 ? '–' : value.join(', ')
  return typeof value === 'string' ? value : JSON.stringify(value)
}
