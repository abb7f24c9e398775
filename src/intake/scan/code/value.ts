/** What is known of a value without running the program: its text as far as it is built of constants, and its origin. */
import type { SyntaxNode } from './syntax.ts'

/** Origins; a value may have several. */
export const FROM = {
  /** All variables of the environment. */
  environment: 1,
  /** One of them. */
  variable: 2,
  /** A file that holds credentials. */
  credentials: 4,
  /** base64, hex, zlib, characters by number: text that was made unreadable on purpose. */
  decoded: 8,
  network: 16,
  /** Arguments of a tool, a request, a command line. */
  argument: 32,
  /** Names of the machine, its user, its addresses. */
  machine: 64,
  file: 128,
  /** Put together of pieces that mean nothing alone. */
  built: 256,
  /** Keys, screen, clipboard. */
  watched: 512,
  /** A stream of a socket or of a process. */
  socket: 1024,
} as const

export type Fn = {
  readonly node: SyntaxNode
  readonly parameters: readonly string[]
  /** What calls in this file gave, by position. */
  readonly given: Value[]
  result: Value
  isRunning: boolean
}

export type Value = {
  /** Null: unknown. HOLE stands for each unknown part. */
  readonly text: string | null
  /** What it refers to, in full: `os.system`, `child_process.exec`, `socket.socket().recv`. */
  readonly name: string | null
  readonly from: number
  readonly items: readonly Value[] | null
  readonly fields: ReadonlyMap<string, Value> | null
  readonly fn: Fn | null
}

export const HOLE = '\uFFFC'
const MAX_TEXT = 1024 * 1024
const MAX_DEPTH = 6

export const UNKNOWN: Value = { text: null, name: null, from: 0, items: null, fields: null, fn: null }

export function textValue(text: string, from = 0): Value {
  // Longer than anybody writes: not followed, and marked as nothing that can be read.
  return text.length > MAX_TEXT ? fromValue(from | FROM.built) : { ...UNKNOWN, text, from }
}
export function nameValue(name: string, from = 0): Value {
  return { ...UNKNOWN, name, from }
}
export function fromValue(from: number): Value {
  return from === 0 ? UNKNOWN : { ...UNKNOWN, from }
}

export function has(value: Value, origin: number): boolean {
  return (value.from & origin) !== 0
}

/** With everything inside it. */
export function deepFrom(value: Value, depth = 0): number {
  let from = value.from
  if (depth > MAX_DEPTH) return from
  for (const item of value.items ?? []) from |= deepFrom(item, depth + 1)
  for (const field of value.fields?.values() ?? []) from |= deepFrom(field, depth + 1)
  return from
}

export function deepHas(value: Value, origin: number): boolean {
  return (deepFrom(value) & origin) !== 0
}

/** Known to the last character. */
export function constantOf(value: Value): string | null {
  return value.text !== null && !value.text.includes(HOLE) ? value.text : null
}

export function concat(values: readonly Value[]): Value {
  let text = ''
  let from = 0
  let isKnown = false
  for (const value of values) {
    if (value.text !== null) isKnown = true
    text += value.text ?? HOLE
    from |= deepFrom(value)
    if (text.length > MAX_TEXT) return fromValue(from | FROM.built)
  }
  return isKnown ? { ...UNKNOWN, text, from } : fromValue(from)
}

export function join(one: Value, other: Value): Value {
  if (one === UNKNOWN) return other
  return { ...other, name: other.name ?? one.name, fn: other.fn ?? one.fn, from: one.from | other.from }
}

/** What comes out of a function that nobody knows: the whole environment does not, one value of it may. */
export function passThrough(from: number): number {
  return (from & FROM.environment) === 0 ? from : (from & ~FROM.environment) | FROM.variable
}
