/** What every language does with values: join, choose, decode, and add up where they come from. */
import { decodeText, type Encoding } from './decode.ts'
import type { Reader, Scope } from './evaluation.ts'
import { CREDENTIAL_COMMAND, CREDENTIAL_PATH, PERSISTENCE_PATH } from './paths.ts'
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

/** Lists longer than anybody writes are not followed: one that is doubled forty times fits no memory. */
const MAX_ITEMS = 4096

export function listValue(items: readonly Value[]): Value {
  return { ...UNKNOWN, items, from: items.reduce((from, item) => from | item.from, 0) }
}

export function joinLists(one: readonly Value[], other: readonly Value[], origin: number): Value {
  if (one.length + other.length > MAX_ITEMS) return fromValue(origin | originsOf(one) | originsOf(other))
  return { ...UNKNOWN, items: [...one, ...other], from: origin }
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
  const isTelling = ({ text }: Value) => CREDENTIAL_PATH.test(text ?? '') || PERSISTENCE_PATH.test(text ?? '')
  const chosen = value.items?.find(isTelling) ?? value.items?.[0]
  if (chosen === undefined) return fromValue(deepFrom(value))
  const isOne = value.items?.length === 1 || isTelling(chosen)
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

/** A file's content, by its path. */
export function originOfFile(path: Value): number {
  const text = path.text ?? ''
  return (
    FROM.file |
    (CREDENTIAL_PATH.test(text) ? FROM.credentials : 0) |
    (/\/proc\/\S*environ$/.test(text) ? FROM.environment : 0)
  )
}

const LISTS_VARIABLES =
  /^\s*(?:\/usr\/bin\/|\/bin\/)?(?:env|printenv|set|export\s+-p|(?:cat|head|strings)\s+\/proc\/\S*environ)\s*(?:$|[|;&>])/
const SHOWS_FILES = /^\s*(?:\/usr\/bin\/|\/bin\/)?(?:cat|head|tail|base64|strings|tar|zip)\s/

/** What a program prints, by its command line. */
export function originOfCommand(words: readonly Value[]): number {
  const line = words
    .flatMap((word) => word.items ?? (word.fields === null ? [word] : []))
    .map(({ text }) => text ?? HOLE)
    .join(' ')
  if (LISTS_VARIABLES.test(line)) return FROM.environment
  if (CREDENTIAL_COMMAND.test(line)) return FROM.credentials
  return SHOWS_FILES.test(line) && line.split(/\s+/).some((word) => CREDENTIAL_PATH.test(word))
    ? FROM.credentials
    : 0
}
