/** Literals, operators, subscripts, objects. */
import { hidesLetters, unescape } from '../decode.ts'
import type { Reader, Scope } from '../evaluation.ts'
import { either, joinText } from '../origins.ts'
import { childOf, type SyntaxNode } from '../syntax.ts'
import {
  concat,
  constantOf,
  deepFrom,
  FROM,
  fromValue,
  has,
  passThrough,
  textValue,
  UNKNOWN,
  type Value,
} from '../value.ts'
import { keyText, readMember, readVariable } from './bindings.ts'
import { defineFunction } from './definitions.ts'

export function visitString(run: Reader, node: SyntaxNode): Value {
  const raw = run.source(node)
  const value = unescape(raw.slice(1, -1))
  run.string(node, value, raw)
  return textValue(value, hidesLetters(raw) ? FROM.built : 0)
}

export function visitTemplate(run: Reader, node: SyntaxNode, scope: Scope): Value {
  const parts: Value[] = []
  let at = node.start + 1
  for (const child of node.children) {
    if (child.type !== 'template_substitution') continue
    parts.push(
      textValue(unescape(run.text.slice(at, child.start))),
      run.visit(child.children[0] ?? null, scope),
    )
    at = child.end
  }
  parts.push(textValue(unescape(run.text.slice(at, node.end - 1))))
  const value = concat(parts)
  run.string(node, value.text ?? '', run.source(node))
  return value
}

export function visitSubscript(run: Reader, node: SyntaxNode, scope: Scope): Value {
  const object = run.visit(childOf(node, 'object'), scope)
  const index = childOf(node, 'index')
  const key = run.visit(index, scope)
  const word = constantOf(key)
  if (has(object, FROM.environment)) {
    if (word !== null && object.name !== null) return readVariable(run, word)
    return fromValue(has(key, FROM.environment) || object.name === null ? object.from : FROM.variable)
  }
  if (word !== null && object.items !== null && /^\d+$/.test(word))
    return object.items[Number(word)] ?? UNKNOWN
  if (word !== null && object.fields !== null) return object.fields.get(word) ?? fromValue(deepFrom(object))
  const own = constantOf(object)
  if (own !== null && word !== null && /^\d+$/.test(word))
    return textValue(own[Number(word)] ?? '', FROM.built)
  if (object.name !== null && word !== null) {
    run.fact('lookup', object.name, [key], index?.start ?? 0, scope)
    return readMember(run, object, word, `${object.name}.${word}`, scope)
  }
  if (word !== null) return readMember(run, object, word, `?${word}`, scope)
  if (object.name !== null) run.fact('lookup', object.name, [key], index?.start ?? 0, scope)
  return fromValue(passThrough(deepFrom(object)))
}

export function visitBinary(run: Reader, node: SyntaxNode, scope: Scope): Value {
  const left = run.visit(childOf(node, 'left'), scope)
  const right = run.visit(childOf(node, 'right'), scope)
  const operator = run.source(childOf(node, 'operator'))
  if (operator === '||' || operator === '??' || operator === '&&') return either(left, right)
  const isNumber = (value: Value) => value.text !== null && /^(?:0x[\da-f]+|\d+)$/i.test(value.text)
  if (isNumber(left) && isNumber(right)) {
    const [one, other] = [Number(left.text), Number(right.text)]
    const result = {
      '+': one + other,
      '-': one - other,
      '^': one ^ other,
      '*': one * other,
      '%': one % other,
      '&': one & other,
      '|': one | other,
    }[operator]
    return result === undefined ? UNKNOWN : textValue(String(result))
  }
  if (operator !== '+') return fromValue(operator === '^' ? left.from | right.from | FROM.decoded : 0)
  return joinText(left, right)
}

export function visitObject(run: Reader, node: SyntaxNode, scope: Scope): Value {
  const fields = new Map<string, Value>()
  let from = 0
  for (const child of node.children) {
    if (child.type === 'pair')
      fields.set(keyText(run, childOf(child, 'key'), scope), run.visit(childOf(child, 'value'), scope))
    else if (child.type === 'shorthand_property_identifier')
      fields.set(run.source(child), run.visit(child, scope))
    else if (child.type === 'method_definition') {
      const fn = defineFunction(run, child, scope, false)
      fields.set(run.source(childOf(child, 'name')), fn)
    } else from |= deepFrom(run.visit(child, scope))
  }
  const text = fields.get('description') ?? fields.get('instructions')
  // One of the list of tools, or what a server says of itself.
  if (text !== undefined && (fields.has('inputSchema') || fields.has('instructions') || fields.has('type')))
    run.fact('describe', '', [text], node.start, scope)
  return { ...UNKNOWN, fields, from }
}
