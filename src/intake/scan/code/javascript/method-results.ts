/** What comes out of a method of a value that is known. */
import { joinItems, joinLists } from '../origins.ts'
import { fromCode, toUtf8 } from '../decode.ts'
import type { Reader } from '../evaluation.ts'
import {
  concat,
  constantOf,
  deepFrom,
  FROM,
  fromValue,
  has,
  HOLE,
  textValue,
  UNKNOWN,
  type Value,
} from '../value.ts'

export function callMethod(
  run: Reader,
  method: string,
  receiver: Value,
  args: readonly Value[],
  all: number,
): Value | null {
  const [first = UNKNOWN, second = UNKNOWN] = args
  const own = constantOf(receiver)
  if (method === 'toString' && own !== null) {
    const encoding = constantOf(first)
    if (encoding === 'hex' || encoding === 'base64') return fromValue(receiver.from)
    return { ...receiver, name: null, text: has(receiver, FROM.decoded) ? toUtf8(own) : own }
  }
  if (method === 'join' && receiver.items !== null) {
    const by = first.text === null ? textValue(args.length === 0 ? ',' : HOLE) : first
    return joinItems(receiver.items, by, receiver.from)
  }
  if (method === 'split' && own !== null && constantOf(first) !== null) {
    return {
      ...UNKNOWN,
      items: own
        .slice(0, 65_536)
        .split(first.text ?? '')
        .map((part) => textValue(part)),
      from: receiver.from,
    }
  }
  if (method === 'reverse' && receiver.items !== null)
    return { ...receiver, items: receiver.items.toReversed(), from: receiver.from | FROM.built }
  if (method === 'map' && receiver.items !== null && receiver.items.length <= 4096 && first.fn !== null)
    return mapItems(run, receiver, first)
  if (method === 'concat')
    return receiver.items === null
      ? concat([receiver, ...args])
      : joinLists(
          receiver.items,
          args.flatMap((arg) => arg.items ?? [arg]),
          receiver.from,
        )
  if (method === 'replace' || method === 'replaceAll') {
    if (own !== null && constantOf(first) !== null && constantOf(second) !== null)
      return textValue(own.replaceAll(first.text ?? '', second.text ?? ''), receiver.from | FROM.built)
    return { ...receiver, text: own === null ? receiver.text : HOLE, from: receiver.from | all }
  }
  if (method === 'trim' && own !== null) return { ...receiver, text: own.trim() }
  if (method === 'toLowerCase' && own !== null) return { ...receiver, text: own.toLowerCase() }
  if (/^(?:slice|substring|substr)$/.test(method) && own !== null && /^-?\d+$/.test(first.text ?? '')) {
    const end = /^-?\d+$/.test(second.text ?? '') ? Number(second.text) : undefined
    return textValue(
      method === 'substr' && end !== undefined
        ? own.slice(Number(first.text), Number(first.text) + end)
        : own.slice(Number(first.text), end),
      receiver.from,
    )
  }
  return null
}

/** [104, 105].map((c) => String.fromCharCode(c)), by the one thing that is done so. */
function mapItems(run: Reader, receiver: Value, callback: Value): Value {
  const source = run.source(callback.fn?.node ?? null)
  const items = receiver.items ?? []
  const xor = /\^\s*(0x[\da-f]+|\d+)/i.exec(source)?.[1]
  const minus = /-\s*(\d+)\s*\)/.exec(source)?.[1]
  if (/fromC(?:harCode|odePoint)/.test(source)) {
    const shift = (code: number) =>
      xor !== undefined ? code ^ Number(xor) : minus !== undefined ? code - Number(minus) : code
    const isHex = /parseInt\([^)]*16\)/.test(source)
    const letters = items.map(({ text: code }) => {
      const value = isHex ? Number.parseInt(code ?? '', 16) : Number(code)
      return textValue(Number.isNaN(value) ? HOLE : fromCode(shift(value)))
    })
    return { ...UNKNOWN, items: letters, from: receiver.from | FROM.built | FROM.decoded }
  }
  return fromValue(deepFrom(receiver) | deepFrom(callback.fn?.result ?? UNKNOWN))
}
