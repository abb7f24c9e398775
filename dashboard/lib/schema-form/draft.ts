/**
 * What stands in a form while it is being filled in, and the exactly typed value it makes. A draft keeps text as it
 * was typed: "1e" is on its way to a number.
 */
import { describeField, type Field } from './field.ts'
import { isObject, isSame, type Json, type Schema } from './schema.ts'

export type Draft =
  /** An optional property that is not sent. */
  | { readonly is: 'absent' }
  | { readonly is: 'text'; readonly text: string }
  | { readonly is: 'flag'; readonly on: boolean }
  | { readonly is: 'choice'; readonly index: number | null }
  | { readonly is: 'fixed' }
  | { readonly is: 'fields'; readonly named: readonly Draft[]; readonly extra: readonly ExtraDraft[] }
  | { readonly is: 'items'; readonly items: readonly Draft[] }
  | { readonly is: 'option'; readonly index: number; readonly draft: Draft }
  | { readonly is: 'file'; readonly name: string; readonly base64: string }
  | { readonly is: 'raw'; readonly text: string }
export type ExtraDraft = { readonly key: string; readonly draft: Draft }

export type Problem = { readonly path: string; readonly message: string }
export type Outcome = { readonly value: Json | undefined; readonly problems: readonly Problem[] }

/** Deeper, required children become raw JSON: a schema may demand itself without an end. */
const MAX_DEPTH = 8
const MAX_ITEMS = 100

export const ABSENT: Draft = { is: 'absent' }

/** What a new form shows. */
export function startDraft(schema: Schema, root: Schema, depth = 0): Draft {
  const field = describeField(schema, root)
  if (field.preset !== undefined) return readValue(field, field.preset, root, depth)
  if (depth > MAX_DEPTH) return { is: 'raw', text: '' }
  switch (field.kind) {
    case 'text':
    case 'number':
      return { is: 'text', text: '' }
    case 'file':
      return { is: 'file', name: '', base64: '' }
    case 'flag':
      return { is: 'flag', on: false }
    case 'fixed':
      return { is: 'fixed' }
    case 'choice':
      return { is: 'choice', index: null }
    case 'raw':
      return { is: 'raw', text: '' }
    case 'object':
      return {
        is: 'fields',
        named: field.properties.map(({ schema: inner, isRequired }) =>
          startProperty(inner, isRequired, root, depth + 1),
        ),
        extra: [],
      }
    case 'list': {
      const count = Math.min(MAX_ITEMS, Math.max(field.minItems, field.first.length))
      const items = Array.from({ length: count }, (_, index) => field.first[index] ?? field.rest)
      return {
        is: 'items',
        items: items.flatMap((item) => (item === null ? [] : [startDraft(item, root, depth + 1)])),
      }
    }
    case 'union': {
      // A value that may be nothing is nothing until somebody says otherwise.
      const empty = field.options.findIndex(({ schema: option }) => isNothing(option, root))
      const index = Math.max(0, empty)
      return { is: 'option', index, draft: startDraft(field.options[index]!.schema, root, depth + 1) }
    }
  }
}

function startProperty(schema: Schema, isRequired: boolean, root: Schema, depth: number): Draft {
  if (isRequired) return startDraft(schema, root, depth)
  const field = describeField(schema, root)
  return field.preset === undefined ? ABSENT : readValue(field, field.preset, root, depth)
}

function isNothing(schema: Schema, root: Schema): boolean {
  const field = describeField(schema, root)
  return field.kind === 'fixed' && field.value === null
}

/** A value as a draft: from a default, from the history, from raw JSON. What fits no field is kept as raw JSON. */
export function draftOf(schema: Schema, value: Json, root: Schema, depth = 0): Draft {
  return readValue(describeField(schema, root), value, root, depth)
}

function readValue(field: Field, value: Json, root: Schema, depth: number): Draft {
  const raw: Draft = { is: 'raw', text: JSON.stringify(value, null, 2) }
  if (depth > MAX_DEPTH) return raw
  switch (field.kind) {
    case 'text':
      return typeof value === 'string' ? { is: 'text', text: value } : raw
    case 'number':
      return typeof value === 'number' ? { is: 'text', text: String(value) } : raw
    case 'file':
      return typeof value === 'string' ? { is: 'file', name: '', base64: value } : raw
    case 'flag':
      return typeof value === 'boolean' ? { is: 'flag', on: value } : raw
    case 'fixed':
      return isSame(field.value, value) ? { is: 'fixed' } : raw
    case 'choice': {
      const index = field.choices.findIndex((choice) => isSame(choice.value, value))
      return index === -1 ? raw : { is: 'choice', index }
    }
    case 'raw':
      return raw
    case 'object':
      return isObject(value) ? readObject(field, value, root, depth) : raw
    case 'list': {
      if (!Array.isArray(value) || value.length > MAX_ITEMS) return raw
      const items: Draft[] = []
      for (const [index, item] of (value as readonly Json[]).entries()) {
        const schema = field.first[index] ?? field.rest
        if (schema === null) return raw
        items.push(draftOf(schema, item, root, depth + 1))
      }
      return { is: 'items', items }
    }
    case 'union': {
      for (const [index, option] of field.options.entries()) {
        const draft = draftOf(option.schema, value, root, depth + 1)
        if (!hasRaw(draft) || describeField(option.schema, root).kind === 'raw')
          return { is: 'option', index, draft }
      }
      return raw
    }
  }
}

function readObject(
  field: Field & { kind: 'object' },
  value: { readonly [key: string]: Json },
  root: Schema,
  depth: number,
): Draft {
  const named = field.properties.map(({ key, schema }) =>
    Object.hasOwn(value, key) ? draftOf(schema, value[key]!, root, depth + 1) : ABSENT,
  )
  const others = Object.entries(value).filter(
    ([key]) => !field.properties.some((property) => property.key === key),
  )
  const { extra } = field
  if (others.length > 0 && extra === null) return { is: 'raw', text: JSON.stringify(value, null, 2) }
  return {
    is: 'fields',
    named,
    extra: others.map(([key, inner]) => ({ key, draft: draftOf(extra!, inner, root, depth + 1) })),
  }
}

function hasRaw(draft: Draft): boolean {
  if (draft.is === 'raw') return true
  if (draft.is === 'fields')
    return draft.named.some(hasRaw) || draft.extra.some(({ draft: inner }) => hasRaw(inner))
  if (draft.is === 'items') return draft.items.some(hasRaw)
  return draft.is === 'option' && hasRaw(draft.draft)
}

/** The value, exactly typed, and what still keeps it from being one. `undefined`: nothing is sent. */
export function valueOf(schema: Schema, draft: Draft, root: Schema, path = ''): Outcome {
  if (draft.is === 'absent') return good(undefined)
  if (draft.is === 'raw') return parseRaw(draft.text, path)
  const field = describeField(schema, root)
  switch (field.kind) {
    case 'text':
      return draft.is === 'text' ? good(draft.text) : mismatch(path)
    case 'number':
      return draft.is === 'text' ? parseNumber(draft.text, field.isInteger, path) : mismatch(path)
    case 'file':
      return draft.is === 'file' ? good(draft.base64) : mismatch(path)
    case 'flag':
      return draft.is === 'flag' ? good(draft.on) : mismatch(path)
    case 'fixed':
      return draft.is === 'fixed' ? good(field.value) : mismatch(path)
    case 'choice': {
      if (draft.is !== 'choice') return mismatch(path)
      const choice = draft.index === null ? undefined : field.choices[draft.index]
      return choice === undefined ? bad(path, 'Choose one.') : good(choice.value)
    }
    case 'union': {
      const option = draft.is === 'option' ? field.options[draft.index] : undefined
      return draft.is === 'option' && option !== undefined
        ? valueOf(option.schema, draft.draft, root, path)
        : mismatch(path)
    }
    case 'list': {
      if (draft.is !== 'items') return mismatch(path)
      const outcomes = draft.items.map((item, index) =>
        valueOf(field.first[index] ?? field.rest ?? true, item, root, `${path}/${index}`),
      )
      return {
        value: outcomes.flatMap(({ value }) => (value === undefined ? [] : [value])),
        problems: outcomes.flatMap(({ problems }) => problems),
      }
    }
    case 'object':
      return draft.is === 'fields' ? joinFields(field, draft, root, path) : mismatch(path)
    case 'raw':
      return mismatch(path)
  }
}

function joinFields(
  field: Field & { kind: 'object' },
  draft: Draft & { is: 'fields' },
  root: Schema,
  path: string,
): Outcome {
  const entries: [string, Json][] = []
  const problems: Problem[] = []
  const take = (key: string, schema: Schema, inner: Draft) => {
    const outcome = valueOf(schema, inner, root, joinPath(path, key))
    problems.push(...outcome.problems)
    if (outcome.value !== undefined) entries.push([key, outcome.value])
  }
  for (const [index, { key, schema, isRequired }] of field.properties.entries()) {
    const inner = draft.named[index] ?? ABSENT
    if (inner.is === 'absent' && isRequired)
      problems.push({ path: joinPath(path, key), message: 'Is needed.' })
    take(key, schema, inner)
  }
  for (const { key, draft: inner } of draft.extra) {
    const isDouble = entries.some(([name]) => name === key)
    if (isDouble) problems.push({ path: joinPath(path, key), message: `There is a "${key}" already.` })
    take(key, field.extra ?? true, inner)
  }
  // `fromEntries` defines own properties, whatever they are called.
  return { value: Object.fromEntries(entries), problems }
}

export function joinPath(path: string, key: string | number): string {
  return `${path}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`
}

const NUMBER = /^-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i

function parseNumber(typed: string, isInteger: boolean, path: string): Outcome {
  const text = typed.trim()
  if (text === '') return bad(path, 'Needs a number.')
  const value = Number(text)
  if (!NUMBER.test(text) || !Number.isFinite(value)) return bad(path, 'Is not a number.')
  if (isInteger && !Number.isInteger(value)) return bad(path, 'Needs a whole number.')
  // Sent as another number than was typed, without a word, it would be a wrong call.
  if (Number.isInteger(value) && !Number.isSafeInteger(value))
    return bad(path, 'Is too large to be sent exactly.')
  return good(value)
}

export function parseRaw(text: string, path: string): Outcome {
  if (text.trim() === '') return bad(path, 'Needs a JSON value.')
  try {
    return good(JSON.parse(text) as Json)
  } catch (error) {
    return bad(path, `Is not JSON: ${error instanceof Error ? error.message : 'it cannot be read'}.`)
  }
}

function good(value: Json | undefined): Outcome {
  return { value, problems: [] }
}

function bad(path: string, message: string): Outcome {
  return { value: undefined, problems: [{ path, message }] }
}

function mismatch(path: string): Outcome {
  return bad(path, 'Does not fit what the tool asks for by now; begin again.')
}
