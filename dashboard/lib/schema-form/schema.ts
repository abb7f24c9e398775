/** A JSON Schema (2020-12) as it came from a server: nothing in it is believed before it was looked at. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
export type SchemaObject = { readonly [key: string]: Json }
export type Schema = boolean | SchemaObject

/** Beyond these a form would help nobody, and drawing it would hang the page. */
export const SCHEMA_LIMITS = {
  bytes: 256 * 1024,
  depth: 64,
  properties: 200,
  choices: 500,
  refs: 32,
} as const

export function isObject(value: Json | undefined): value is SchemaObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isSchema(value: Json | undefined): value is Schema {
  return typeof value === 'boolean' || isObject(value)
}

/** Own properties only: a schema may name a property `constructor` or `__proto__`. */
export function own(object: SchemaObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

export function textOf(object: SchemaObject, key: string): string | null {
  const value = own(object, key)
  return typeof value === 'string' ? value : null
}

export function numberOf(object: SchemaObject, key: string): number | null {
  const value = own(object, key)
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

export function listOf(object: SchemaObject, key: string): readonly Json[] | null {
  const value = own(object, key)
  return Array.isArray(value) ? value : null
}

/** Why there is no form for it at all, or null. */
export function findExcess(schema: Json): string | null {
  let left: number = SCHEMA_LIMITS.bytes
  const visit = (value: Json, depth: number): string | null => {
    if (depth > SCHEMA_LIMITS.depth) return `It is nested more than ${SCHEMA_LIMITS.depth} levels deep.`
    left -= typeof value === 'string' ? value.length + 2 : 4
    if (left < 0) return `It is larger than ${SCHEMA_LIMITS.bytes / 1024} KiB.`
    if (typeof value !== 'object' || value === null) return null
    for (const [key, inner] of Object.entries(value)) {
      left -= key.length
      const excess = visit(inner, depth + 1)
      if (excess !== null) return excess
    }
    return null
  }
  return visit(schema, 0)
}

export function isSame(a: Json, b: Json): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) &&
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((item, index) => isSame(item, b[index]!))
    )
  }
  const left = Object.entries(a)
  const right = b as SchemaObject
  return (
    left.length === Object.keys(b).length &&
    left.every(([key, value]) => Object.hasOwn(right, key) && isSame(value, right[key]!))
  )
}
