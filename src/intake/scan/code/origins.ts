/** What every language does with values: join, choose, decode, and add up where they come from. */
import { decodeText, type Encoding } from './decode.ts'
import type { Reader, Scope } from './evaluation.ts'
import { CREDENTIAL_PATH } from './paths.ts'
import type { SyntaxNode } from './syntax.ts'
import {
  concat,
  constantOf,
  deepFrom,
  fromValue,
  FROM,
  HOLE,
  textValue,
  UNKNOWN,
  type Value,
} from './value.ts'

/** With everything inside them. */
export function originsOf(values: Iterable<Value>): number {
  let from = 0
  for (const value of values) from |= deepFrom(value)
  return from
}

export function visitAll(run: Reader, node: SyntaxNode, scope: Scope): number {
  let from = 0
  for (const child of node.children) from |= deepFrom(run.visit(child, scope))
  return from
}

/** The last of its parts is what it is worth. */
export function visitLast(run: Reader, node: SyntaxNode, scope: Scope): Value {
  let value = UNKNOWN
  // A string that stands alone is documentation.
  if (node.type === 'expression_statement' && node.children[0]?.type === 'string') return UNKNOWN
  for (const child of node.children) if (child.type !== 'comment') value = run.visit(child, scope)
  return value
}

export function listValue(items: readonly Value[]): Value {
  return { ...UNKNOWN, items, from: items.reduce((from, item) => from | item.from, 0) }
}

export function either(one: Value, other: Value): Value {
  return {
    ...other,
    text: one.text ?? other.text,
    name: one.name ?? other.name,
    from: one.from | other.from,
  }
}

export function elementOf(value: Value): Value {
  // Of a list of paths the telling one.
  const chosen = value.items?.find(({ text: path }) => CREDENTIAL_PATH.test(path ?? '')) ?? value.items?.[0]
  if (chosen === undefined) return fromValue(deepFrom(value))
  const isOne = value.items?.length === 1 || CREDENTIAL_PATH.test(chosen.text ?? '')
  return { ...chosen, text: isOne ? chosen.text : null, from: deepFrom(value) }
}

export function joinText(left: Value, right: Value): Value {
  const value = concat([left, right])
  // Letters split in the middle of a word: 'sys' + 'tem'.
  const isSplit = /\w$/.test(constantOf(left) ?? '') && /^\w/.test(constantOf(right) ?? '')
  return isSplit ? { ...value, from: value.from | FROM.built } : value
}

export function joinPath(parts: readonly Value[]): Value {
  const value = concat(
    parts.flatMap((part, index) => {
      const known = part.text === null ? textValue(HOLE) : part
      return index === 0 ? [known] : [textValue('/'), known]
    }),
  )
  return { ...value, from: parts.reduce((from, part) => from | part.from, 0) }
}

/** ','.join(items) */
export function joinItems(items: readonly Value[], by: Value, origin: number): Value {
  const value = concat(items.flatMap((item, index) => (index === 0 ? [item] : [by, item])))
  return {
    ...value,
    from: value.from | origin | (by.text === '' && items.length > 1 ? FROM.built : 0),
  }
}

export function decoded(value: Value, encoding: Encoding, all: number): Value {
  const text = constantOf(value)
  const from = all | FROM.decoded
  const plain = text === null ? null : decodeText(text, encoding)
  return plain === null ? fromValue(from) : textValue(plain, from)
}
