/** What names stand for: imports, patterns, assignments, members, the environment. */
import { unescape } from '../decode.ts'
import type { Reader, Scope } from '../evaluation.ts'
import { elementOf } from '../origins.ts'
import { TRANSFORM_METHODS } from '../python/python-names.ts'
import { childOf, type SyntaxNode } from '../syntax.ts'
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

export const GLOBALS = /^(?:globalThis|global|window|self|this)\.(?=\w)/

export function visitName(run: Reader, node: SyntaxNode, scope: Scope): Value {
  const name = run.source(node)
  run.sink.addIdentifier(name)
  return scope.find(name) ?? run.named(name)
}

export function stripNode(module: string): string {
  return module.replace(/^node:/, '').replace(/^fs\/promises$/, 'fs.promises')
}

export function visitImport(run: Reader, node: SyntaxNode, scope: Scope): Value {
  const module = stripNode(unescape(run.source(childOf(node, 'source')).slice(1, -1)))
  const walk = (part: SyntaxNode): void => {
    if (part.type === 'identifier') scope.set(run.source(part), nameValue(module))
    else if (part.type === 'namespace_import')
      scope.set(run.source(part.children[0] ?? null), nameValue(module))
    else if (part.type === 'import_specifier') {
      const name = run.source(childOf(part, 'name'))
      const full = name === 'default' ? module : `${module}.${name}`
      scope.set(run.source(childOf(part, 'alias') ?? childOf(part, 'name')), run.named(full))
    } else if (part.field !== 'source') for (const child of part.children) walk(child)
  }
  for (const child of node.children) walk(child)
  return UNKNOWN
}

export function bind(run: Reader, target: SyntaxNode | null, value: Value, scope: Scope): void {
  if (target === null) return
  switch (target.type) {
    case 'identifier':
    case 'shorthand_property_identifier_pattern':
      scope.set(
        run.source(target),
        target.type === 'identifier' ? value : memberOf(run, value, run.source(target), scope),
      )
      return
    case 'object_pattern':
      for (const child of target.children) {
        if (child.type === 'pair_pattern') {
          bind(
            run,
            childOf(child, 'value'),
            memberOf(run, value, keyText(run, childOf(child, 'key'), scope), scope),
            scope,
          )
        } else if (child.type === 'object_assignment_pattern') {
          bind(run, child.children[0] ?? null, value, scope)
        } else if (child.type === 'rest_pattern') bind(run, child.children[0] ?? null, value, scope)
        else bind(run, child, value, scope)
      }
      return
    case 'array_pattern':
      target.children.forEach((child, index) =>
        bind(run, child, value.items?.[index] ?? elementOf(value), scope),
      )
      return
    case 'assignment_pattern':
    case 'required_parameter':
    case 'optional_parameter':
      bind(
        run,
        childOf(target, 'left') ?? childOf(target, 'pattern') ?? target.children[0] ?? null,
        value,
        scope,
      )
      return
    default:
      if (target.type.endsWith('declaration'))
        for (const child of target.children) bind(run, childOf(child, 'name'), value, scope)
  }
}

export function assign(run: Reader, target: SyntaxNode | null, value: Value, scope: Scope): void {
  if (target === null) return
  if (target.type === 'member_expression') {
    const object = run.visit(childOf(target, 'object'), scope)
    if (object.name !== null) {
      const name = memberName(run, object.name, target).replace(/^process\.env\./, 'env:')
      run.fact('patch', name, [value], target.start, scope)
    }
    // What was there before is what the name means to everybody else.
    const isKnown = object.name !== null && run.isKnown(memberName(run, object.name, target))
    if (!isKnown) scope.setPath(run.source(target), value)
    taint(run, childOf(target, 'object'), object, deepFrom(value), scope)
  } else if (target.type === 'subscript_expression') {
    const owner = childOf(target, 'object')
    const key = run.visit(childOf(target, 'index'), scope)
    taint(run, owner, run.visit(owner, scope), deepFrom(value) | (key.from & FROM.environment), scope)
  } else if (target.type === 'identifier') {
    if (!scope.update(run.source(target), value)) scope.set(run.source(target), value)
  } else bind(run, target, value, scope)
}

function memberName(run: Reader, object: string, target: SyntaxNode): string {
  return `${object}.${run.source(childOf(target, 'property'))}`.replace(GLOBALS, '')
}

export function taint(
  run: Reader,
  owner: SyntaxNode | null,
  object: Value,
  from: number,
  scope: Scope,
): void {
  if (owner?.type === 'identifier' && from !== 0)
    scope.set(run.source(owner), { ...object, from: object.from | from })
}

export function keyText(run: Reader, key: SyntaxNode | null, scope: Scope): string {
  if (key === null) return ''
  if (key.type === 'computed_property_name')
    return constantOf(run.visit(key.children[0] ?? null, scope)) ?? '?'
  return key.type === 'string' ? unescape(run.source(key).slice(1, -1)) : run.source(key)
}

function memberOf(run: Reader, object: Value, key: string, scope: Scope): Value {
  return has(object, FROM.environment) && object.name !== null
    ? readVariable(run, key)
    : readMember(run, object, key, `?${key}`, scope)
}

export function readVariable(run: Reader, key: string): Value {
  run.sink.addVariable(key)
  if (/^(?:HOME|USERPROFILE)$/.test(key)) return textValue('~')
  return { ...UNKNOWN, text: HOLE, from: FROM.variable, name: `env:${key}` }
}

export function readMember(run: Reader, object: Value, property: string, whole: string, scope: Scope): Value {
  const known = scope.findPath(whole)
  if (known !== null) return known
  const member = object.fields?.get(property)
  if (member !== undefined) return member
  if (object.name !== null && has(object, FROM.environment)) return readVariable(run, property)
  if (property === 'length') return UNKNOWN
  if (object.name === null)
    return { ...fromValue(object.from), name: `?.${property}`, fn: run.method(property) }
  if (
    /^(?:call|apply|bind|default)$/.test(property) &&
    (object.fn !== null || run.isKnown(object.name) || property === 'default')
  )
    return object
  if (object.name === 'process.mainModule' && property === 'require') return nameValue('require')
  const name = `${object.name}.${property}`.replace(GLOBALS, '').replace(/^module\.require$/, 'require')
  const value = run.named(name)
  const inherited = TRANSFORM_METHODS.test(property) ? object.from : passThrough(object.from)
  return {
    ...value,
    from: value.from | inherited,
    fn: object.name === 'this' ? run.method(property) : null,
  }
}
