import type { Parameters } from './database.ts'

type Value = Parameters[string]

/**
 * An UPDATE of the fields that are present. `encoders` maps a field to its column and text form;
 * column names come from the code alone, values only as parameters.
 */
export function buildUpdate<T extends object>(
  table: string,
  key: { readonly column: string; readonly value: string },
  changes: T,
  columns: { readonly [K in keyof Required<T>]: readonly [column: string, encode?: (value: never) => Value] },
): { readonly sql: string; readonly parameters: Parameters } | null {
  const present = (Object.keys(columns) as (keyof T & string)[]).filter(
    (field) => changes[field] !== undefined,
  )
  if (present.length === 0) return null
  const parameters: Record<string, Value> = { key: key.value }
  for (const field of present) {
    const [column, encode] = columns[field]
    const value = changes[field]
    parameters[column] = encode === undefined ? (value as Value) : encode(value as never)
  }
  const assignments = present.map((field) => `${columns[field][0]} = $${columns[field][0]}`)
  return {
    sql: `UPDATE ${table} SET ${assignments.join(', ')} WHERE ${key.column} = $key`,
    parameters,
  }
}

export function encodeJson(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value)
}
