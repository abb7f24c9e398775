import {
  isObject,
  isSame,
  isSchema,
  listOf,
  own,
  SCHEMA_LIMITS,
  type Json,
  type Schema,
  type SchemaObject,
} from './schema.ts'

/** What a place in a schema asks for, all of it in one object; or why that cannot be said. */
export type Resolved = { readonly schema: SchemaObject } | { readonly reason: string }

/** Follows local references and folds `allOf` in. */
export function resolveSchema(schema: Schema, root: Schema): Resolved {
  return fold({ root, left: MAX_STEPS }, schema, [])
}

/** References that double at each level would take for ever. */
const MAX_STEPS = 500
type Walk = { readonly root: Schema; left: number }

function fold(walk: Walk, schema: Schema, seen: readonly string[]): Resolved {
  walk.left -= 1
  if (walk.left < 0) return { reason: 'It combines too many schemas.' }
  if (schema === true) return { schema: {} }
  if (schema === false) return { reason: 'No value is allowed here.' }
  if (own(schema, '$dynamicRef') !== undefined) return { reason: 'It uses a dynamic reference.' }
  const { $ref: _ref, allOf: _allOf, ...rest } = schema
  let result: SchemaObject = rest
  const ref = own(schema, '$ref')
  if (ref !== undefined) {
    if (typeof ref !== 'string') return { reason: 'A reference in it is not text.' }
    if (seen.includes(ref)) return { reason: `The reference ${ref} leads back to itself.` }
    if (seen.length >= SCHEMA_LIMITS.refs) return { reason: 'Its references lead too far.' }
    const target = findTarget(ref, walk.root)
    if (target === null) return { reason: `The reference ${ref} leads nowhere in this schema.` }
    const inner = fold(walk, target, [...seen, ref])
    if ('reason' in inner) return inner
    // What stands beside a reference is closer to its use: its title and default win.
    const merged = merge(inner.schema, rest)
    if (merged === null) return { reason: `What stands beside the reference ${ref} contradicts it.` }
    result = merged
  }
  for (const part of (listOf(schema, 'allOf') ?? []).filter(isSchema)) {
    const inner = fold(walk, part, seen)
    if ('reason' in inner) return inner
    const merged = merge(result, inner.schema)
    if (merged === null) return { reason: 'It combines schemas that a form cannot show together.' }
    result = merged
  }
  return { schema: result }
}

/** `#`, `#/pointer`, `#anchor`; never another document. */
function findTarget(ref: string, root: Schema): Schema | null {
  if (ref === '#') return root
  if (!ref.startsWith('#')) return null
  if (!ref.startsWith('#/')) return findAnchor(ref.slice(1), root)
  let at: Json = root
  for (const step of ref.slice(2).split('/')) {
    const key = decode(step).replaceAll('~1', '/').replaceAll('~0', '~')
    if (Array.isArray(at)) at = (at as readonly Json[])[Number(key)] ?? null
    else if (isObject(at)) at = own(at, key) ?? null
    else return null
  }
  return isSchema(at) ? at : null
}

function decode(step: string): string {
  try {
    return decodeURIComponent(step)
  } catch {
    return step
  }
}

function findAnchor(name: string, at: Json): Schema | null {
  if (typeof at !== 'object' || at === null) return null
  if (isObject(at) && own(at, '$anchor') === name) return at
  for (const inner of Object.values(at)) {
    const found = findAnchor(name, inner)
    if (found !== null) return found
  }
  return null
}

/** What both ask for; null where that is more than these rules know. `extra` says the more exact word. */
export function merge(base: SchemaObject, extra: SchemaObject): SchemaObject | null {
  const result: Record<string, Json> = { ...base }
  for (const [key, value] of Object.entries(extra)) {
    const before = own(result, key)
    if (before === undefined || isSame(before, value) || ANNOTATIONS.has(key)) result[key] = value
    else if (key === 'properties' && isObject(before) && isObject(value)) {
      const properties = mergeProperties(before, value)
      if (properties === null) return null
      result[key] = properties
    } else if (key === 'required' && Array.isArray(before) && Array.isArray(value)) {
      result[key] = [...new Set([...before, ...value])]
    } else if (key === 'type') {
      const types = intersect(before, value)
      if (types === null) return null
      result[key] = types
    } else if (key === 'enum' && Array.isArray(before) && Array.isArray(value)) {
      result[key] = before.filter((one: Json) => value.some((other: Json) => isSame(one, other)))
    } else if (typeof before === 'number' && typeof value === 'number' && BOUNDS.has(key)) {
      result[key] =
        key.startsWith('max') || key === 'exclusiveMaximum'
          ? Math.min(before, value)
          : Math.max(before, value)
    } else if (!HELD_BY_VALIDATION.has(key)) return null
  }
  return result
}

const ANNOTATIONS = new Set([
  'title',
  'description',
  'default',
  'examples',
  '$comment',
  '$schema',
  '$id',
  'deprecated',
  '$defs',
  'definitions',
])
const BOUNDS = new Set(
  'minimum maximum exclusiveMinimum exclusiveMaximum minLength maxLength minItems maxItems minProperties maxProperties'.split(
    ' ',
  ),
)
/** They shape no field; the whole value is checked against the whole schema before it is sent. */
const HELD_BY_VALIDATION = new Set(
  'pattern multipleOf uniqueItems additionalProperties unevaluatedProperties unevaluatedItems not if then else contains minContains maxContains dependentRequired dependentSchemas propertyNames'.split(
    ' ',
  ),
)

function mergeProperties(before: SchemaObject, after: SchemaObject): SchemaObject | null {
  const result: Record<string, Json> = { ...before }
  for (const [name, value] of Object.entries(after)) {
    const known = own(result, name)
    result[name] =
      known === undefined || isSame(known, value) || known === true ? value : { allOf: [known, value] }
  }
  return result
}

function intersect(a: Json, b: Json): Json | null {
  const left = Array.isArray(a) ? a : [a]
  const right = Array.isArray(b) ? b : [b]
  const both = left.flatMap((type: Json) =>
    right.includes(type) ? [type] : type === 'number' && right.includes('integer') ? ['integer'] : [],
  )
  const widened =
    right.includes('number') && left.includes('integer') && !both.includes('integer')
      ? ['integer', ...both]
      : both
  if (widened.length === 0) return null
  return widened.length === 1 ? widened[0]! : widened
}
