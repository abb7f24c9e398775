/** Literals, operators, subscripts. */
import { hidesLetters, unescape } from '../decode.ts'
import type { Reader, Scope } from '../evaluation.ts'
import { joinLists, joinText, originsOf } from '../origins.ts'
import { childOf, type SyntaxNode } from '../syntax.ts'
import {
  concat,
  constantOf,
  deepFrom,
  FROM,
  fromValue,
  has,
  HOLE,
  passThrough,
  textValue,
  UNKNOWN,
  type Value,
} from '../value.ts'
import { normalise, readVariable } from './bindings.ts'
import type { Named } from './calls.ts'

export function visitString(run: Reader, node: SyntaxNode, scope: Scope): Value {
  const parts = node.children.map((child): Value => {
    if (child.type === 'interpolation') return run.visit(child.children[0] ?? null, scope)
    if (child.type === 'string_content') return textValue(unescape(run.source(child)))
    return textValue('')
  })
  const raw = run.source(node)
  const isRaw = /^[a-z]*r/i.test(raw)
  const value =
    isRaw && !parts.some(({ from }) => from !== 0) && !/^[a-z]*f/i.test(raw)
      ? textValue(raw.replace(/^[a-z]*(?:"""|'''|["'])/i, '').replace(/(?:"""|'''|["'])$/, ''))
      : concat(parts.length === 0 ? [textValue('')] : parts)
  run.string(node, value.text ?? '', raw)
  return !isRaw && hidesLetters(raw) ? { ...value, from: value.from | FROM.built } : value
}

export function visitSubscript(run: Reader, node: SyntaxNode, scope: Scope): Value {
  const object = run.visit(childOf(node, 'value'), scope)
  const subscript = childOf(node, 'subscript')
  if (subscript?.type === 'slice') return sliceOf(object, run.source(subscript))
  const key = run.visit(subscript, scope)
  const word = constantOf(key)
  if (has(object, FROM.environment)) return readVariable(word, key)
  if (word !== null && object.items !== null && /^\d+$/.test(word))
    return object.items[Number(word)] ?? fromValue(object.from)
  if (word !== null && object.fields?.has(word) === true) return object.fields.get(word) ?? UNKNOWN
  if (
    object.name !== null &&
    word !== null &&
    /^(?:sys\.modules|(?:globals|locals|vars)\(\)|__builtins__|builtins|\w+(?:\.\w+)*\.__dict__)$/.test(
      object.name,
    )
  ) {
    const name = /^(?:sys\.modules|(?:globals|locals|vars)\(\))$/.test(object.name)
      ? word
      : `${object.name}.${word}`
    lookup(run, subscript, object.name, key, scope)
    return run.named(normalise(name))
  }
  if (object.name !== null && word !== null && object.items === null && !object.name.startsWith('?')) {
    const viaDict = run.named(normalise(`${object.name}.${word}`))
    if (viaDict.from !== 0 || run.isKnown(viaDict.name ?? '')) {
      lookup(run, subscript, object.name, key, scope)
      return viaDict
    }
  }
  return fromValue(passThrough(deepFrom(object)))
}

function sliceOf(object: Value, slice: string): Value {
  const text = constantOf(object)
  const parts = slice.split(':').map((part) => part.trim())
  if (text !== null && parts.length === 3 && parts[2] === '-1' && parts[0] === '' && parts[1] === '') {
    return textValue(Array.from(text).toReversed().join(''), object.from | FROM.built)
  }
  if (text !== null && parts.every((part) => /^-?\d*$/.test(part)) && parts.length < 3) {
    return textValue(
      text.slice(
        parts[0] === '' ? 0 : Number(parts[0]),
        parts[1] === '' || parts[1] === undefined ? undefined : Number(parts[1]),
      ),
      object.from,
    )
  }
  if (
    text !== null &&
    parts.length === 3 &&
    /^\d+$/.test(parts[2] ?? '') &&
    parts[0] === '' &&
    parts[1] === ''
  ) {
    return textValue(
      Array.from(text)
        .filter((_, index) => index % Number(parts[2]) === 0)
        .join(''),
      object.from | FROM.built,
    )
  }
  return fromValue(object.from)
}

export function visitDictionary(run: Reader, node: SyntaxNode, scope: Scope): Value {
  const fields: Named = new Map()
  let from = 0
  for (const child of node.children) {
    if (child.type === 'pair') {
      const key = constantOf(run.visit(childOf(child, 'key'), scope))
      fields.set(key ?? `?${fields.size}`, run.visit(childOf(child, 'value'), scope))
    } else from |= deepFrom(run.visit(child, scope))
  }
  return { ...UNKNOWN, fields, from }
}

export function visitBinary(run: Reader, node: SyntaxNode, scope: Scope): Value {
  const left = run.visit(childOf(node, 'left'), scope)
  const right = run.visit(childOf(node, 'right'), scope)
  const operator = run.source(childOf(node, 'operator'))
  if (operator === '+') return add(left, right)
  if (operator === '/' && (left.text !== null || left.name?.startsWith('pathlib.Path') === true)) {
    return concat([left.text === null ? textValue(HOLE) : left, textValue('/'), right])
  }
  if (operator === '%' && left.text !== null) return formatText(left, right.items ?? [right])
  if (operator === '*' && left.text !== null && /^\d{1,4}$/.test(right.text ?? '')) {
    return textValue(left.text.repeat(Math.min(Number(right.text), 1000)), left.from)
  }
  const [one, other] = [left.text, right.text].map((text) =>
    text !== null && /^-?\d+$/.test(text) ? Number(text) : null,
  )
  if (typeof one === 'number' && typeof other === 'number') {
    const result = {
      '-': one - other,
      '^': one ^ other,
      '//': Math.floor(one / other),
      '%': one % other,
      '&': one & other,
      '|': one | other,
      '>>': one >> other,
      '<<': one << other,
    }[operator]
    if (result !== undefined) return textValue(String(result), FROM.built)
  }
  return fromValue(deepFrom(left) | deepFrom(right))
}

function add(left: Value, right: Value): Value {
  if (left.items !== null && right.items !== null)
    return joinLists(left.items, right.items, left.from | right.from)
  const isNumber = (value: Value) => value.text !== null && /^-?\d+$/.test(value.text) && value.from === 0
  if (isNumber(left) && isNumber(right)) return textValue(String(Number(left.text) + Number(right.text)))
  return joinText(left, right)
}

export function formatText(template: Value, values: readonly Value[]): Value {
  let index = 0
  const parts: Value[] = []
  for (const piece of (template.text ?? '').split(/(%[sdr]|\{[^{}]*\})/)) {
    if (/^(?:%[sdr]|\{[^{}]*\})$/.test(piece)) {
      const asked = /^\{(\d+)/.exec(piece)?.[1]
      const value = values[asked === undefined ? index++ : Number(asked)]
      parts.push(value ?? textValue(HOLE))
    } else parts.push(textValue(piece))
  }
  const value = concat(parts)
  return {
    ...value,
    from: value.from | template.from | originsOf(values),
  }
}

export function lookup(run: Reader, node: SyntaxNode | null, of: string, key: Value, scope: Scope): void {
  run.fact('lookup', of, [key], node?.start ?? 0, scope)
}
