/** What names stand for: imports, assignments, members, the environment. */
import type { Reader, Scope } from '../evaluation.ts'
import { elementOf } from '../origins.ts'
import { TRANSFORM_METHODS } from './python-names.ts'
import { childOf, childrenOf, type SyntaxNode } from '../syntax.ts'
import {
  constantOf,
  deepFrom,
  FROM,
  fromValue,
  has,
  HOLE,
  nameValue,
  passThrough,
  textValue,
  UNKNOWN,
  type Value,
} from '../value.ts'

const BUILTINS = /^(?:__builtins__|builtins|__builtin__)(?:\.__dict__)?\.(?=\w)/

export function visitName(run: Reader, node: SyntaxNode, scope: Scope): Value {
  const name = run.source(node)
  run.sink.addIdentifier(name)
  const value = scope.find(name)
  if (value !== null) return value
  return run.named(name)
}

export function visitImport(run: Reader, node: SyntaxNode, scope: Scope): Value {
  for (const child of childrenOf(node, 'name')) {
    if (child.type === 'aliased_import') {
      scope.set(run.source(childOf(child, 'alias')), nameValue(run.source(childOf(child, 'name'))))
    } else {
      const first = run.source(child).split('.')[0] ?? ''
      scope.set(first, nameValue(first))
    }
  }
  return UNKNOWN
}

export function visitImportFrom(run: Reader, node: SyntaxNode, scope: Scope): Value {
  const module = run.source(childOf(node, 'module_name'))
  for (const child of childrenOf(node, 'name')) {
    const isAlias = child.type === 'aliased_import'
    const name = run.source(isAlias ? childOf(child, 'name') : child)
    scope.set(isAlias ? run.source(childOf(child, 'alias')) : name, run.named(`${module}.${name}`))
  }
  return UNKNOWN
}

export function assign(run: Reader, target: SyntaxNode | null, value: Value, scope: Scope): void {
  if (target === null) return
  if (target.type === 'identifier') scope.set(run.source(target), value)
  else if (target.type === 'attribute') {
    const object = run.visit(childOf(target, 'object'), scope)
    if (object.name !== null) {
      const name = `${object.name}.${run.source(childOf(target, 'attribute'))}`
      run.fact('patch', name, [value], target.start, scope)
    }
    scope.setPath(run.source(target), value)
  } else if (target.type === 'subscript') {
    const owner = childOf(target, 'value')
    const key = run.visit(childOf(target, 'subscript'), scope)
    const before = run.visit(owner, scope)
    const from = before.from | deepFrom(value) | (key.from & FROM.environment)
    if (has(before, FROM.environment) && constantOf(key) !== null)
      run.fact('patch', `env:${constantOf(key)}`, [value], target.start, scope)
    if (owner?.type === 'identifier') scope.set(run.source(owner), { ...before, from })
  } else if (/^(?:pattern_list|tuple_pattern|list_pattern|tuple|list)$/.test(target.type)) {
    target.children.forEach((child, index) =>
      assign(run, child, value.items?.[index] ?? elementOf(value), scope),
    )
  } else if (target.type === 'list_splat_pattern') assign(run, target.children[0] ?? null, value, scope)
}

export function readAttribute(
  run: Reader,
  object: Value,
  attribute: string,
  whole: string,
  scope: Scope,
): Value {
  const known = scope.findPath(whole)
  if (known !== null) return known
  const member = object.fields?.get(attribute)
  if (member !== undefined) return member
  if (object.name === null) {
    const method = run.method(attribute)
    return { ...fromValue(object.from), fn: method, name: `?.${attribute}` }
  }
  if (attribute === '__dict__' || attribute === '__call__') return object
  const value = run.named(normalise(`${object.name}.${attribute}`))
  return {
    ...value,
    from: value.from | inherit(object, attribute),
    fn: value.fn ?? (object.name === 'self' ? run.method(attribute) : null),
  }
}

function inherit(object: Value, attribute: string): number {
  return TRANSFORM_METHODS.test(attribute) ? object.from : passThrough(object.from)
}

export function normalise(name: string): string {
  return name.replace(BUILTINS, '').replace(/^posix\./, 'os.')
}

export function readVariable(word: string | null, key: Value): Value {
  if (word === null) return fromValue(has(key, FROM.environment) ? FROM.environment : FROM.variable)
  if (/^(?:HOME|USERPROFILE)$/.test(word)) return textValue('~')
  return { ...UNKNOWN, text: HOLE, from: FROM.variable, name: `env:${word}` }
}
