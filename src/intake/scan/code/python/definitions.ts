/** Functions, their parameters, classes. */
import type { Reader, Scope } from '../evaluation.ts'
import { visitAll } from '../origins.ts'
import { childOf, type SyntaxNode } from '../syntax.ts'
import { UNKNOWN, type Value } from '../value.ts'

export function parameterNames(run: Reader, node: SyntaxNode): string[] {
  return (childOf(node, 'parameters')?.children ?? [])
    .filter(({ type }) => type !== 'comment')
    .map((parameter) => {
      if (parameter.type === 'identifier') return run.source(parameter)
      const named = childOf(parameter, 'name') ?? parameter.children[0] ?? null
      return run.source(named?.type === 'list_splat_pattern' ? (named.children[0] ?? null) : named)
    })
}

export function defineFunction(run: Reader, node: SyntaxNode, scope: Scope, isTool: boolean): Value {
  const name = run.source(childOf(node, 'name'))
  for (const parameter of childOf(node, 'parameters')?.children ?? [])
    for (const part of ['type', 'value']) run.visit(childOf(parameter, part), scope)
  const fn = run.define(
    node,
    parameterNames(run, node),
    scope,
    (inner) => run.visit(childOf(node, 'body'), inner),
    isTool,
  )
  if (isTool) describe(run, node, scope)
  const value = { ...UNKNOWN, fn }
  scope.set(name, value)
  run.addMethod(name, fn)
  return value
}

export function visitDecorated(run: Reader, node: SyntaxNode, scope: Scope): Value {
  let isTool = false
  for (const child of node.children) {
    if (child.type !== 'decorator') continue
    visitAll(run, child, scope)
    isTool ||= /@[\w.]*(?:tool|call_tool|resource|prompt)\b|\.route\(|\.(?:get|post)\(/.test(
      run.source(child),
    )
  }
  const definition = childOf(node, 'definition')
  return definition?.type === 'function_definition'
    ? defineFunction(run, definition, scope, isTool)
    : run.visit(definition, scope)
}

export function visitClass(run: Reader, node: SyntaxNode, scope: Scope): Value {
  for (const base of childOf(node, 'superclasses')?.children ?? []) run.visit(base, scope)
  const inner = scope.child(node)
  inner.isClass = true
  run.visit(childOf(node, 'body'), inner)
  scope.set(run.source(childOf(node, 'name')), UNKNOWN)
  return UNKNOWN
}

/** The documentation of a tool is what models read. */
function describe(run: Reader, node: SyntaxNode, scope: Scope): void {
  const first = childOf(node, 'body')?.children.find(({ type }) => type !== 'comment')
  const text = first?.type === 'expression_statement' ? first.children[0] : undefined
  if (text?.type === 'string') run.fact('describe', '', [run.visit(text, scope)], text.start, scope)
}
