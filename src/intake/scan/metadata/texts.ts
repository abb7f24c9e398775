/** Every text of a definition that a model or its user may read, with its place. Pure and bounded. */
import type { Definition } from '../../../domain/definition.ts'
import { isJsonObject, type Json } from '../../../domain/json.ts'

export type Place = {
  /** For example `tool add, inputSchema.properties.a.description`. */
  readonly file: string
  readonly text: string
  /** A name, whose words are joined by underscores or capitals. */
  readonly isName: boolean
}

/** Schemas beyond this are refused: what reads them would be busy with nothing else. */
export const MAX_NODES = 10_000
/** Of one definition; a longer one is read to here, and that is told. */
const MAX_TEXT = 64 * 1024
const MAX_DEPTH = 64

export type Walk = {
  readonly places: readonly Place[]
  readonly nodes: number
  readonly isDeep: boolean
  /** There is more text than was taken. */
  readonly isCut: boolean
  readonly outerReferences: readonly string[]
}

export function walkDefinition({ kind, name, content }: Definition): Walk {
  const title = `${kind.replace('_', ' ')} ${name.slice(0, 64)}`
  const places: Place[] = []
  const outerReferences: string[] = []
  let nodes = 0
  let isDeep = false
  let left = MAX_TEXT
  const add = (place: Place) => {
    places.push({ ...place, text: place.text.slice(0, left) })
    left = Math.max(0, left - place.text.length)
  }
  const visit = (value: Json, path: readonly string[]) => {
    nodes++
    if (nodes > MAX_NODES) return
    if (path.length > MAX_DEPTH) {
      isDeep = true
      return
    }
    const file = path.length === 0 ? title : `${title}, ${path.join('.').slice(0, 128)}`
    if (typeof value === 'string') {
      const last = path.at(-1) ?? ''
      add({ file, text: value, isName: last === 'name' || last === 'uriTemplate' })
      if (last === '$ref' && !value.startsWith('#')) outerReferences.push(value.slice(0, 200))
    } else if (Array.isArray(value)) {
      for (const [at, item] of value.entries()) visit(item as Json, [...path, String(at)])
    } else if (isJsonObject(value)) {
      for (const [key, member] of Object.entries(value)) {
        if (path.length > 0 && !SCHEMA_WORDS.has(key)) add({ file, text: key, isName: true })
        visit(member, [...path, key.slice(0, 64)])
      }
    }
  }
  visit(content, [])
  return { places, nodes, isDeep, isCut: left === 0, outerReferences }
}

/** Keys that the schema's author did not choose. */
const SCHEMA_WORDS: ReadonlySet<string> = new Set([
  'type',
  'properties',
  'required',
  'description',
  'title',
  'items',
  'enum',
  'default',
  'format',
  'additionalProperties',
  '$schema',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'readOnlyHint',
  'destructiveHint',
  'idempotentHint',
  'openWorldHint',
  'anyOf',
  'oneOf',
  'allOf',
  'not',
  '$ref',
  '$defs',
  'definitions',
  'const',
  'examples',
  'pattern',
  'src',
  'mimeType',
  'sizes',
  'name',
])
