/** Whether a value is what a schema asks for. Schemas come from servers, so what could hang the page is left to the server. */
import { Validator, type Schema as CheckedSchema } from '@cfworker/json-schema'
import type { Problem } from './draft.ts'
import { isSafePattern } from './safe-pattern.ts'
import { findExcess, isObject, isSchema, own, type Json, type Schema } from './schema.ts'

export type Check = {
  readonly problems: readonly Problem[]
  /** What was not looked at here; the server decides. */
  readonly unchecked: readonly string[]
}

/** Ways through a schema; references that double at each level have millions of them. */
const MAX_WAYS = 20_000

export function checkValue(schema: Schema, value: Json): Check {
  const excess = findExcess(schema)
  if (excess !== null) return { problems: [], unchecked: [excess] }
  if (countWays(schema) > MAX_WAYS) return { problems: [], unchecked: ['Its references branch too often.'] }
  const unchecked: string[] = []
  const safe = withoutUnsafePatterns(schema, unchecked) as CheckedSchema | boolean
  try {
    const { errors } = new Validator(safe, draftOf(schema), false).validate(value)
    return { problems: pickCauses(errors), unchecked }
  } catch (error) {
    return { problems: [], unchecked: [error instanceof Error ? error.message : 'It cannot be read.'] }
  }
}

/** Older servers say so; to all others 2020-12 applies (MCP, SEP-1613). */
function draftOf(schema: Schema): '7' | '2020-12' {
  const named = isObject(schema) ? own(schema, '$schema') : null
  return typeof named === 'string' && /draft-0[467]/.test(named) ? '7' : '2020-12'
}

type OutputUnit = {
  readonly keyword: string
  readonly instanceLocation: string
  readonly keywordLocation: string
  readonly error: string
}

/** The validator tells each failure and then each place above it; only the former helps anybody. */
const ABOVE = new Set([
  'properties',
  'items',
  'prefixItems',
  'additionalProperties',
  'patternProperties',
  '$ref',
  'allOf',
  'additionalItems',
  'if',
  'then',
  'else',
])

function pickCauses(units: readonly OutputUnit[]): readonly Problem[] {
  const isInside = ({ keywordLocation }: OutputUnit) =>
    units.some(
      ({ keyword, keywordLocation: above }) =>
        VARIANTS.has(keyword) && keywordLocation.startsWith(`${above}/`),
    )
  const problems = units
    .filter((unit) => !ABOVE.has(unit.keyword) && !isInside(unit))
    .map(({ instanceLocation, error, keyword }) => ({
      path: parsePointer(instanceLocation),
      message: say(keyword, error),
    }))
  return problems.filter(
    ({ path, message }, index) =>
      problems.findIndex((other) => other.path === path && other.message === message) === index,
  )
}
const VARIANTS = new Set(['oneOf', 'anyOf', 'not', 'contains'])

/** `#/a%20b` as the pointer that drafts use. */
function parsePointer(location: string): string {
  return location
    .slice(1)
    .split('/')
    .map((step) => {
      try {
        return decodeURIComponent(step)
      } catch {
        return step
      }
    })
    .join('/')
}

function say(keyword: string, error: string): string {
  if (keyword === 'anyOf') return 'Fits none of the variants.'
  if (keyword === 'oneOf') return 'Has to fit exactly one of the variants.'
  return error
}

/** In which each keyword holds a schema, a list of schemas, or schemas by name. */
const ONE = [
  'items',
  'additionalProperties',
  'not',
  'if',
  'then',
  'else',
  'contains',
  'propertyNames',
  'unevaluatedItems',
  'unevaluatedProperties',
  'additionalItems',
]
const MANY = ['allOf', 'anyOf', 'oneOf', 'prefixItems', 'items']
const NAMED = ['properties', 'patternProperties', 'dependentSchemas']

function childrenOf(schema: { readonly [key: string]: Json }): readonly Schema[] {
  const one = ONE.map((key) => own(schema, key)).filter(isSchema)
  const many = MANY.flatMap((key) => {
    const list = own(schema, key)
    return Array.isArray(list) ? (list as readonly Json[]).filter(isSchema) : []
  })
  const named = NAMED.flatMap((key) => {
    const map = own(schema, key)
    return isObject(map) ? Object.values(map).filter(isSchema) : []
  })
  return [...one, ...many, ...named]
}

/** Counted once for each place: a schema inside itself goes only as deep as the value does. */
function countWays(root: Schema): number {
  const known = new Map<object, number>()
  const count = (schema: Schema): number => {
    if (!isObject(schema)) return 1
    const before = known.get(schema)
    if (before !== undefined) return before
    known.set(schema, 1)
    const ref = own(schema, '$ref')
    const target = typeof ref === 'string' && ref.startsWith('#') ? lookUp(ref, root) : null
    let ways = 1 + (target === null ? 0 : count(target))
    for (const child of childrenOf(schema)) ways = Math.min(ways + count(child), MAX_WAYS + 1)
    known.set(schema, ways)
    return ways
  }
  return count(root)
}

function lookUp(ref: string, root: Schema): Schema | null {
  let at: Json = root
  for (const step of ref
    .slice(1)
    .split('/')
    .filter((part) => part !== '')) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~')
    if (typeof at !== 'object' || at === null) return null
    at = (at as { readonly [key: string]: Json })[key] ?? null
  }
  return isSchema(at) ? at : null
}

function withoutUnsafePatterns(value: Json, unchecked: string[]): Json {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item: Json) => withoutUnsafePatterns(item, unchecked))
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => {
      if (key === 'pattern' && typeof inner === 'string' && !isSafePattern(inner)) {
        unchecked.push(`The pattern ${inner.slice(0, 100)}`)
        return []
      }
      if (key === 'patternProperties' && isObject(inner)) {
        const safe = Object.entries(inner).filter(([pattern]) => isSafePattern(pattern))
        if (safe.length < Object.keys(inner).length) unchecked.push('Some patterns of names.')
        return [[key, withoutUnsafePatterns(Object.fromEntries(safe), unchecked)]]
      }
      return [[key, withoutUnsafePatterns(inner, unchecked)]]
    }),
  )
}
