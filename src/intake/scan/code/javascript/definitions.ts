/** Functions, their parameters, classes. */
import type { Reader, Scope } from '../evaluation.ts'
import { visitAll } from '../origins.ts'
import { childOf, type SyntaxNode } from '../syntax.ts'
import { UNKNOWN, type Value } from '../value.ts'
import { bind } from './bindings.ts'

export const FUNCTIONS =
  /^(?:arrow_function|function_expression|function_declaration|generator_function|generator_function_declaration|method_definition|function)$/

export function visitClass(run: Reader, node: SyntaxNode, scope: Scope): Value {
  for (const child of node.children) if (child.type === 'class_heritage') visitAll(run, child, scope)
  const inner = scope.child(node)
  inner.isClass = true
  for (const member of childOf(node, 'body')?.children ?? []) {
    if (member.type === 'method_definition')
      run.addMethod(run.source(childOf(member, 'name')), functionOf(run, member, inner, false))
    else if (member.type.endsWith('field_definition')) {
      inner.setPath(
        `this.${run.source(childOf(member, 'property') ?? childOf(member, 'name'))}`,
        run.visit(childOf(member, 'value'), inner),
      )
    } else visitAll(run, member, inner)
  }
  return UNKNOWN
}

function parametersOf(node: SyntaxNode): readonly SyntaxNode[] {
  const single = childOf(node, 'parameter')
  if (single !== null) return [single]
  return (childOf(node, 'parameters')?.children ?? []).filter(({ type }) => type !== 'comment')
}

function functionOf(run: Reader, node: SyntaxNode, scope: Scope, isTool: boolean) {
  const parameters = parametersOf(node)
  const names = parameters.map((parameter) => {
    const pattern = childOf(parameter, 'pattern') ?? parameter
    return pattern.type === 'identifier' ? run.source(pattern) : `?${parameter.start}`
  })
  const fn = run.define(
    node,
    names,
    scope,
    (inner) => {
      parameters.forEach((parameter, index) => {
        const value = inner.find(names[index] ?? '') ?? UNKNOWN
        // A parameter that nobody passed is not the global of that name.
        bind(run, parameter, value, inner)
      })
      return run.visit(childOf(node, 'body'), inner)
    },
    isTool,
  )
  return fn
}

export function defineFunction(run: Reader, node: SyntaxNode, scope: Scope, isTool: boolean): Value {
  const fn = functionOf(run, node, scope, isTool)
  const value = { ...UNKNOWN, fn }
  const name = childOf(node, 'name')
  if (name !== null && node.type.endsWith('declaration')) scope.set(run.source(name), value)
  return value
}
