/**
 * One place of a schema as a form field. Children are described when they are drawn, never before: a schema that
 * contains itself has no end.
 */
import { merge, resolveSchema } from './resolve.ts'
import {
  isObject,
  isSame,
  isSchema,
  listOf,
  numberOf,
  own,
  SCHEMA_LIMITS,
  textOf,
  type Json,
  type Schema,
  type SchemaObject,
} from './schema.ts'

type Common = {
  readonly title: string | null
  readonly description: string | null
  /** Undefined: there is none. */
  readonly preset: Json | undefined
}

export type Property = { readonly key: string; readonly schema: Schema; readonly isRequired: boolean }
export type Option = { readonly label: string; readonly schema: Schema }
export type Choice = { readonly label: string; readonly value: Json }

export type Field = Common &
  (
    | {
        readonly kind: 'text'
        readonly format: string | null
        readonly minLength: number | null
        readonly maxLength: number | null
      }
    | { readonly kind: 'file'; readonly mediaType: string | null }
    | {
        readonly kind: 'number'
        readonly isInteger: boolean
        readonly minimum: number | null
        readonly maximum: number | null
      }
    | { readonly kind: 'flag' }
    | { readonly kind: 'fixed'; readonly value: Json }
    | { readonly kind: 'choice'; readonly choices: readonly Choice[] }
    | {
        readonly kind: 'object'
        readonly properties: readonly Property[]
        /** What entries beside the named ones are; null: there are none. */
        readonly extra: Schema | null
      }
    | {
        readonly kind: 'list'
        /** The first ones, each of its own kind. */
        readonly first: readonly Schema[]
        readonly rest: Schema | null
        readonly minItems: number
        readonly maxItems: number | null
      }
    | { readonly kind: 'union'; readonly options: readonly Option[] }
    | { readonly kind: 'raw'; readonly reason: string }
  )

export type FieldKind = Field['kind']

export function describeField(schema: Schema, root: Schema): Field {
  const resolved = resolveSchema(schema, root)
  if ('reason' in resolved)
    return {
      ...annotate(schema === true || schema === false ? {} : schema),
      kind: 'raw',
      reason: resolved.reason,
    }
  return describe(resolved.schema, root)
}

function annotate(schema: SchemaObject): Common {
  const preset = own(schema, 'default')
  return { title: textOf(schema, 'title'), description: textOf(schema, 'description'), preset }
}

function describe(schema: SchemaObject, root: Schema): Field {
  const common = annotate(schema)
  const constant = own(schema, 'const')
  if (constant !== undefined) return { ...common, kind: 'fixed', value: constant }
  const values = listOf(schema, 'enum')
  if (values !== null)
    return describeChoices(
      common,
      values.map((value) => ({ label: labelOf(value), value })),
    )
  const variants = listOf(schema, 'oneOf') ?? listOf(schema, 'anyOf')
  if (variants !== null) return describeUnion(schema, variants.filter(isSchema), root, common)
  const types = own(schema, 'type')
  if (Array.isArray(types)) {
    if (types.length === 1) return describe({ ...schema, type: types[0]! }, root)
    const { default: _preset, title: _title, description: _description, ...rest } = schema
    return {
      ...common,
      kind: 'union',
      options: types
        .slice(0, SCHEMA_LIMITS.refs)
        .map((type: Json) => ({ label: labelOf(type), schema: { ...rest, type } })),
    }
  }
  return describeType(typeof types === 'string' ? types : guessType(schema), schema, common)
}

function describeType(type: string | null, schema: SchemaObject, common: Common): Field {
  switch (type) {
    case 'string':
      return describeText(schema, common)
    case 'number':
    case 'integer':
      return {
        ...common,
        kind: 'number',
        isInteger: type === 'integer',
        minimum: numberOf(schema, 'minimum') ?? numberOf(schema, 'exclusiveMinimum'),
        maximum: numberOf(schema, 'maximum') ?? numberOf(schema, 'exclusiveMaximum'),
      }
    case 'boolean':
      return { ...common, kind: 'flag' }
    case 'null':
      return { ...common, kind: 'fixed', value: null }
    case 'object':
      return describeObject(schema, common)
    case 'array':
      return describeList(schema, common)
    case null:
      return { ...common, kind: 'raw', reason: 'Any value is allowed.' }
    default:
      return { ...common, kind: 'raw', reason: `There is no type "${type}".` }
  }
}

/** A schema that says no type, but what only one type has. */
function guessType(schema: SchemaObject): string | null {
  const has = (...keys: readonly string[]) => keys.some((key) => own(schema, key) !== undefined)
  if (has('properties', 'additionalProperties', 'patternProperties', 'required')) return 'object'
  if (has('items', 'prefixItems', 'minItems', 'maxItems')) return 'array'
  if (has('pattern', 'minLength', 'maxLength', 'format', 'contentEncoding')) return 'string'
  if (has('minimum', 'maximum', 'multipleOf', 'exclusiveMinimum', 'exclusiveMaximum')) return 'number'
  return null
}

function describeText(schema: SchemaObject, common: Common): Field {
  const format = textOf(schema, 'format')
  const isFile = textOf(schema, 'contentEncoding') === 'base64' || format === 'byte' || format === 'binary'
  if (isFile) return { ...common, kind: 'file', mediaType: textOf(schema, 'contentMediaType') }
  return {
    ...common,
    kind: 'text',
    format,
    minLength: numberOf(schema, 'minLength'),
    maxLength: numberOf(schema, 'maxLength'),
  }
}

function describeObject(schema: SchemaObject, common: Common): Field {
  const properties = own(schema, 'properties')
  const named = isObject(properties) ? Object.entries(properties) : []
  if (named.length > SCHEMA_LIMITS.properties) {
    return { ...common, kind: 'raw', reason: `It has more than ${SCHEMA_LIMITS.properties} properties.` }
  }
  const required = listOf(schema, 'required') ?? []
  const missing = required.filter(
    (key): key is string => typeof key === 'string' && !named.some(([name]) => name === key),
  )
  const all = [
    ...named,
    ...missing.slice(0, SCHEMA_LIMITS.properties).map((key) => [key, true as Json] as const),
  ]
  return {
    ...common,
    kind: 'object',
    properties: all.flatMap(([key, inner]) =>
      isSchema(inner) ? [{ key, schema: inner, isRequired: required.includes(key) }] : [],
    ),
    extra: findExtra(schema, named.length > 0),
  }
}

/** An object that only names its properties is shown closed: open ones are written as raw JSON where it matters. */
function findExtra(schema: SchemaObject, hasProperties: boolean): Schema | null {
  const patterns = own(schema, 'patternProperties')
  const byPattern = isObject(patterns) ? Object.values(patterns).filter(isSchema) : []
  const additional = own(schema, 'additionalProperties') ?? own(schema, 'unevaluatedProperties')
  if (byPattern.length > 0) return byPattern.length === 1 ? byPattern[0]! : { anyOf: byPattern }
  if (additional === false) return null
  if (isObject(additional)) return additional
  return hasProperties && additional === undefined ? null : true
}

function describeList(schema: SchemaObject, common: Common): Field {
  const prefix = (listOf(schema, 'prefixItems') ?? []).filter(isSchema)
  const items = own(schema, 'items')
  // Before 2020-12 a tuple was a list of `items`; many servers still send that.
  const old = Array.isArray(items) ? (items as readonly Json[]).filter(isSchema) : []
  const first = prefix.length > 0 ? prefix : old
  if (first.length > SCHEMA_LIMITS.properties)
    return { ...common, kind: 'raw', reason: 'It has too many items of their own kind.' }
  const maxItems = numberOf(schema, 'maxItems')
  const rest = isSchema(items)
    ? items === false
      ? null
      : items
    : own(schema, 'additionalItems') === false
      ? null
      : true
  return {
    ...common,
    kind: 'list',
    first,
    rest: maxItems !== null && maxItems <= first.length ? null : rest,
    minItems: Math.max(0, numberOf(schema, 'minItems') ?? 0),
    maxItems,
  }
}

function describeChoices(common: Common, choices: readonly Choice[]): Field {
  if (choices.length > SCHEMA_LIMITS.choices) {
    return { ...common, kind: 'raw', reason: `It has more than ${SCHEMA_LIMITS.choices} choices.` }
  }
  if (choices.length === 0) return { ...common, kind: 'raw', reason: 'No value is allowed here.' }
  const distinct = choices.filter(
    ({ value }, index) => choices.findIndex((other) => isSame(other.value, value)) === index,
  )
  const isAmbiguous = new Set(distinct.map(({ label }) => label)).size < distinct.length
  return {
    ...common,
    kind: 'choice',
    choices: isAmbiguous ? distinct.map(({ value }) => ({ label: JSON.stringify(value), value })) : distinct,
  }
}

function describeUnion(
  schema: SchemaObject,
  variants: readonly Schema[],
  root: Schema,
  common: Common,
): Field {
  const { oneOf, anyOf, default: _preset, title: _title, description: _description, ...base } = schema
  if (oneOf !== undefined && anyOf !== undefined)
    return { ...common, kind: 'raw', reason: 'It has both oneOf and anyOf.' }
  if (variants.length > SCHEMA_LIMITS.refs)
    return { ...common, kind: 'raw', reason: 'It has too many variants.' }
  const options: Option[] = []
  const choices: Choice[] = []
  for (const [index, variant] of variants.entries()) {
    const inner = resolveSchema(variant, root)
    if ('reason' in inner) {
      if (variant !== false) options.push({ label: `Variant ${index + 1}`, schema: variant })
      continue
    }
    const merged = merge(base, inner.schema)
    if (merged === null)
      return { ...common, kind: 'raw', reason: 'Its variants contradict what stands beside them.' }
    const constant = own(merged, 'const')
    if (constant !== undefined)
      choices.push({ label: textOf(merged, 'title') ?? labelOf(constant), value: constant })
    options.push({ label: nameOption(merged, index), schema: merged })
  }
  if (options.length === 0) return { ...common, kind: 'raw', reason: 'No value is allowed here.' }
  if (choices.length === options.length) return describeChoices(common, choices)
  const only = options.length === 1 ? options[0]! : null
  return only === null
    ? { ...common, kind: 'union', options }
    : describeField({ ...(only.schema as SchemaObject), ...pickAnnotations(schema) }, root)
}

function pickAnnotations(schema: SchemaObject): SchemaObject {
  return Object.fromEntries(
    ['title', 'description', 'default'].flatMap((key) => {
      const value = own(schema, key)
      return value === undefined ? [] : [[key, value]]
    }),
  )
}

/** By its title, by the constant that tells it apart, by its type, by its place. */
function nameOption(schema: SchemaObject, index: number): string {
  const title = textOf(schema, 'title')
  if (title !== null) return title
  const properties = own(schema, 'properties')
  for (const [key, inner] of isObject(properties) ? Object.entries(properties) : []) {
    const constant = isObject(inner) ? own(inner, 'const') : undefined
    if (constant !== undefined) return `${key}: ${labelOf(constant)}`
  }
  const constant = own(schema, 'const')
  if (constant !== undefined) return labelOf(constant)
  const type = own(schema, 'type')
  return typeof type === 'string' ? type : `Variant ${index + 1}`
}

export function labelOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
