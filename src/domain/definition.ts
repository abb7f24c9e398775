/**
 * What a server tells models about itself: its tools, prompts, resource templates and instructions. A definition is
 * the part of each that is pinned; what a server changes there without a new version is drift.
 */
import { createHash } from 'node:crypto'
import { renderCanonicalJson } from './canonical-json.ts'
import type { Json, JsonObject } from './json.ts'

export const DEFINITION_KINDS = ['tool', 'prompt', 'resource_template', 'instructions'] as const
export type DefinitionKind = (typeof DEFINITION_KINDS)[number]

/** What becomes of drift: `off` looks at nothing, `warn` tells, `block` tells and keeps it from clients. */
export const PIN_MODES = ['off', 'warn', 'block'] as const
export type PinMode = (typeof PIN_MODES)[number]

/** The name of the one definition that has none of its own. */
const INSTRUCTIONS = 'instructions'

/** All that clients and models read; `_meta` and `execution` are not shown to models. */
const PINNED: Readonly<Record<DefinitionKind, readonly string[]>> = {
  tool: ['name', 'title', 'description', 'inputSchema', 'outputSchema', 'annotations', 'icons'],
  prompt: ['name', 'title', 'description', 'arguments', 'icons'],
  resource_template: ['uriTemplate', 'name', 'title', 'description', 'mimeType', 'annotations', 'icons'],
  instructions: ['text'],
}

export type Definition = {
  readonly kind: DefinitionKind
  readonly name: string
  /** The pinned members that are there. */
  readonly content: JsonObject
}

/** Tells definitions of one server apart, for example `tool:add`. */
export function keyOf({ kind, name }: Pick<Definition, 'kind' | 'name'>): string {
  return `${kind}:${name}`
}

/** One item of a list, as the server gave it. A nameless one gets an empty name: it is held to something too. */
export function buildDefinition(kind: Exclude<DefinitionKind, 'instructions'>, item: JsonObject): Definition {
  const name = item[kind === 'resource_template' ? 'uriTemplate' : 'name']
  return { kind, name: typeof name === 'string' ? name : '', content: pick(item, PINNED[kind]) }
}

/** Of `initialize`'s answer; null where a server gives none. */
export function buildInstructions(initializeResult: JsonObject): Definition | null {
  const text = initializeResult['instructions']
  if (typeof text !== 'string' || text === '') return null
  return { kind: 'instructions', name: INSTRUCTIONS, content: { text } }
}

/** SHA-256, hex, of the canonical JSON (RFC 8785) of its content. */
export function hashDefinition({ content }: Definition): string {
  return createHash('sha256').update(renderComparable(content)).digest('hex')
}

/**
 * Of all that drifted, 128 bits in hex: whoever accepts says with it what they were shown. Null where nothing drifted.
 */
export function hashDrift(drift: readonly DefinitionChange[]): string | null {
  if (drift.length === 0) return null
  const lines = drift.map(({ kind, name, change, after }) =>
    JSON.stringify([kind, name, change, after && hashDefinition(after)]),
  )
  return createHash('sha256').update(lines.sort().join('\n')).digest('hex').slice(0, 32)
}

/** A stranger may write what has no canonical form (half a surrogate pair, 1e400): then its own order counts. */
function renderComparable(value: Json): string {
  try {
    return renderCanonicalJson(value)
  } catch (error) {
    if (error instanceof TypeError) return `not canonical ${JSON.stringify(value)}`
    throw error
  }
}

export const CHANGES = ['added', 'removed', 'changed'] as const

/** One definition before and after, for a person to judge. */
export type DefinitionChange = {
  readonly kind: DefinitionKind
  readonly name: string
  readonly change: (typeof CHANGES)[number]
  readonly before: Definition | null
  readonly after: Definition | null
}

export type FieldChange = { readonly field: string; readonly before: Json; readonly after: Json }

/** In the order of their keys. Of two definitions with one key the first counts, as it does for clients. */
export function compareDefinitions(
  before: readonly Definition[],
  after: readonly Definition[],
): readonly DefinitionChange[] {
  const old = indexDefinitions(before)
  const now = indexDefinitions(after)
  const keys = [...new Set([...old.keys(), ...now.keys()])].sort()
  return keys.flatMap((key) => buildChange(old.get(key) ?? null, now.get(key) ?? null) ?? [])
}

export function indexDefinitions(definitions: readonly Definition[]): ReadonlyMap<string, Definition> {
  const index = new Map<string, Definition>()
  for (const definition of definitions) {
    if (!index.has(keyOf(definition))) index.set(keyOf(definition), definition)
  }
  return index
}

/** Null when both are the same. */
export function buildChange(before: Definition | null, after: Definition | null): DefinitionChange | null {
  const { kind, name } = after ?? before ?? {}
  if (kind === undefined || name === undefined) return null
  if (before === null) return { kind, name, change: 'added', before, after }
  if (after === null) return { kind, name, change: 'removed', before, after }
  return hashDefinition(before) === hashDefinition(after)
    ? null
    : { kind, name, change: 'changed', before, after }
}

/** Member by member; null where one side has none. */
export function listFieldChanges({ kind, before, after }: DefinitionChange): readonly FieldChange[] {
  return PINNED[kind].flatMap((field) => {
    const [old, now] = [before?.content[field] ?? null, after?.content[field] ?? null]
    return renderComparable(old) === renderComparable(now) ? [] : [{ field, before: old, after: now }]
  })
}

/** One line for a log: `tool add: description changed`. */
export function describeChange(change: DefinitionChange): string {
  const what = `${change.kind.replace('_', ' ')} ${change.name.slice(0, 64)}`
  if (change.change !== 'changed') return `${what}: ${change.change}`
  return `${what}: ${listFieldChanges(change)
    .map(({ field }) => field)
    .join(', ')} changed`
}

function pick(item: JsonObject, fields: readonly string[]): JsonObject {
  const kept = fields.flatMap((field) => {
    const value = item[field]
    return value === undefined ? [] : [[field, value] as const]
  })
  return Object.fromEntries(kept)
}
