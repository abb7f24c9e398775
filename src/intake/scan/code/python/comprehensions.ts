/** What each element of a comprehension becomes. */
import type { Reader, Scope } from '../evaluation.ts'
import { elementOf, listValue } from '../origins.ts'
import { childOf, type SyntaxNode } from '../syntax.ts'
import { constantOf, deepFrom, FROM, fromValue, textValue, UNKNOWN, type Value } from '../value.ts'
import { assign } from './bindings.ts'

export function visitComprehension(run: Reader, node: SyntaxNode, scope: Scope): Value {
  const inner = scope.child(node)
  let over: Value = UNKNOWN
  for (const clause of node.children.filter(({ type }) => type === 'for_in_clause')) {
    over = run.visit(childOf(clause, 'right'), inner)
    assign(run, childOf(clause, 'left'), elementOf(over), inner)
  }
  const body = childOf(node, 'body')
  // [chr(c) for c in (104, 105)]: what each element becomes.
  const target = node.children.find(({ type }) => type === 'for_in_clause')
  const left = target === undefined ? null : childOf(target, 'left')
  if (
    over.items !== null &&
    over.items.length <= 4096 &&
    over.items.length > 0 &&
    left?.type === 'identifier' &&
    over.items.every((item) => item.text !== null)
  ) {
    const items = over.items.map((item) => {
      inner.set(run.source(left), item)
      return run.visit(body, inner)
    })
    return listValue(items)
  }
  const word = constantOf(over)
  if (word !== null && word.length <= 4096 && left?.type === 'identifier') {
    const items = Array.from(word).map((letter) => {
      inner.set(run.source(left), textValue(letter, over.from))
      return run.visit(body, inner)
    })
    return listValue(items)
  }
  for (const clause of node.children.filter(({ type }) => type === 'if_clause')) run.visit(clause, inner)
  const value =
    body?.type === 'pair'
      ? fromValue(
          deepFrom(run.visit(childOf(body, 'key'), inner)) |
            deepFrom(run.visit(childOf(body, 'value'), inner)),
        )
      : run.visit(body, inner)
  return { ...UNKNOWN, from: deepFrom(value) | (deepFrom(over) & FROM.environment) }
}
