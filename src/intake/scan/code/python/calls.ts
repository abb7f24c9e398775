/** Calls: who is called with what, reported. */
import type { Reader, Scope } from '../evaluation.ts'
import { elementOf } from '../origins.ts'
import { childOf, type SyntaxNode } from '../syntax.ts'
import { concat, deepFrom, fromValue, textValue, UNKNOWN, type Value } from '../value.ts'
import { readAttribute } from './bindings.ts'
import { model } from './call-results.ts'

export type Named = Map<string, Value>

export function visitCall(run: Reader, node: SyntaxNode, scope: Scope): Value {
  const callee = childOf(node, 'function')
  const isMethod = callee?.type === 'attribute'
  const method = isMethod ? run.source(childOf(callee, 'attribute')) : ''
  const receiver = isMethod ? run.visit(childOf(callee, 'object'), scope) : null
  const target =
    receiver === null
      ? run.visit(callee, scope)
      : readAttribute(run, receiver, method, run.source(callee), scope)
  const list = childOf(node, 'arguments')
  const args: Value[] = []
  const named: Named = new Map()
  let spread = 0
  for (const child of list?.type === 'generator_expression' ? [list] : (list?.children ?? [])) {
    if (child.type === 'comment') continue
    if (child.type === 'keyword_argument') {
      named.set(run.source(childOf(child, 'name')), run.visit(childOf(child, 'value'), scope))
    } else if (child.type === 'dictionary_splat') spread |= deepFrom(run.visit(child, scope))
    else args.push(run.visit(child, scope))
  }
  if (spread !== 0) named.set('**', fromValue(spread))
  const name = target.name ?? ''
  for (const key of ['description', 'instructions']) {
    const text = named.get(key)
    if (text !== undefined) run.fact('describe', name, [text], node.start, scope)
  }
  if (target.fn !== null) {
    run.call(target.fn, target.fn.parameters[0] === 'self' ? [UNKNOWN, ...args] : args)
    for (const [key, value] of named) run.give(target.fn, key, value)
    return { ...target.fn.result, from: target.fn.result.from }
  }
  if (/^(?:add_tool|from_function|add_resource|add_prompt)$/.test(method))
    for (const value of args) if (value.fn !== null) run.serve(value.fn)
  // Functions handed on are called by whoever gets them.
  const inTuple = named.get('args')?.items ?? args.at(-1)?.items
  for (const [index, value] of [...args, ...named.values()].entries()) {
    if (value.fn === null || value.fn.isRunning) continue
    const isEach = /map|filter/.test(name) && args[1] !== undefined
    run.call(value.fn, isEach ? [elementOf(args[1] ?? UNKNOWN)] : (inTuple ?? args.slice(index + 1)))
  }
  report(run, name, args, named, receiver, node, scope)
  return model(run, name, method, args, named, receiver, node, scope)
}

function report(
  run: Reader,
  name: string,
  args: Value[],
  named: Named,
  receiver: Value | null,
  node: SyntaxNode,
  scope: Scope,
): void {
  const isShell =
    name.startsWith('subprocess.') &&
    named.has('shell') &&
    /\bshell\s*=\s*(?:True|1)\b/.test(run.source(node))
  const [first = named.get('args') ?? UNKNOWN] = args
  if (isShell)
    run.fact(
      'shell',
      name,
      [first.items === null ? first : concat(first.items.flatMap((item) => [item, textValue(' ')]))],
      node.start,
      scope,
      named,
      receiver,
    )
  else run.report(name, args, node.start, scope, named, receiver)
}
