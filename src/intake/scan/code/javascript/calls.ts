/** Calls: who is called with what, reported. */
import type { Reader, Scope } from '../evaluation.ts'
import { decoded, elementOf, originOfCommand, originOfFile } from '../origins.ts'
import { childOf, type SyntaxNode } from '../syntax.ts'
import { concat, deepFrom, FROM, fromValue, textValue, UNKNOWN, type Value } from '../value.ts'
import { GLOBALS, readMember } from './bindings.ts'
import { model } from './call-results.ts'
import { defineFunction, FUNCTIONS } from './definitions.ts'

const TOOL_REGISTRATION = /^(?:tool|registerTool|addTool|setRequestHandler)$/

export function visitCall(run: Reader, node: SyntaxNode, scope: Scope): Value {
  const callee = unwrap(childOf(node, 'function') ?? childOf(node, 'constructor'))
  const isMember = callee?.type === 'member_expression'
  const method = isMember ? run.source(childOf(callee, 'property')) : ''
  const receiver = isMember ? run.visit(childOf(callee, 'object'), scope) : null
  const target =
    receiver === null
      ? run.visit(callee, scope)
      : readMember(run, receiver, method, run.source(callee), scope)
  const name = (callee?.type === 'import' ? 'import' : (target.name ?? '')).replace(GLOBALS, '')
  const isTool =
    TOOL_REGISTRATION.test(name.slice(name.lastIndexOf('.') + 1)) || TOOL_REGISTRATION.test(method)
  const list = childOf(node, 'arguments')
  const nodes =
    list?.type === 'template_string'
      ? [list]
      : (list?.children ?? []).filter(({ type }) => type !== 'comment')
  const args = nodes.map((child) =>
    isTool && FUNCTIONS.test(child.type) ? defineFunction(run, child, scope, true) : run.visit(child, scope),
  )
  if (isTool || method === 'describe') offer(run, name, args, isTool, node, scope)
  if (target.fn !== null) {
    run.call(target.fn, args)
    return target.fn.result
  }
  if (receiver !== null && receiver.fn !== null && /^(?:call|apply)$/.test(method)) {
    run.call(receiver.fn, args.slice(1))
    return receiver.fn.result
  }
  callBack(run, method, name, receiver, args)
  report(run, name, method, args, node, scope, receiver)
  return model(run, name, method, args, receiver, node, scope)
}

/** What a tool says of itself, and what it is made of. */
function offer(
  run: Reader,
  name: string,
  args: readonly Value[],
  isTool: boolean,
  node: SyntaxNode,
  scope: Scope,
): void {
  for (const [index, value] of args.entries()) {
    const text = value.fields?.get('description') ?? (isTool && index === 0 ? null : value)
    if (text !== null) run.fact('describe', name, [text], node.start, scope)
    if (!isTool) continue
    for (const each of [value, value.fields?.get('execute'), value.fields?.get('handler')])
      if (each !== undefined && each.fn !== null) run.serve(each.fn)
  }
}

function unwrap(node: SyntaxNode | null): SyntaxNode | null {
  if (node?.type !== 'parenthesized_expression') return node
  const inner = node.children.at(-1) ?? null
  // (0, eval)(…)
  return inner?.type === 'sequence_expression' ? (inner.children.at(-1) ?? null) : inner
}

/** What a function gets that is handed on: the data of what it is handed to. */
function callBack(
  run: Reader,
  method: string,
  name: string,
  receiver: Value | null,
  args: readonly Value[],
): void {
  const source = run.sourceOf(`${name}()`)
  const from = (receiver?.from ?? 0) | source
  for (const value of args) {
    if (value.fn === null || value.fn.isRunning) continue
    const isReader = /(?:^|\.)(?:readFile|exec|execFile|readdir|lookup)$/.test(method === '' ? name : method)
    const given =
      receiver?.items?.[0] !== undefined && /^(?:map|forEach|filter|some|reduce|flatMap)$/.test(method)
        ? elementOf(receiver)
        : fromValue(from)
    const path = isReader ? originOfFile(args[0] ?? UNKNOWN) | originOfCommand(args.slice(0, 2)) : 0
    const later = /^(?:setTimeout|setInterval|setImmediate|process\.nextTick)$/.test(name)
      ? args.slice(name.startsWith('set') && !name.endsWith('ate') ? 2 : 1)
      : [given]
    run.call(value.fn, isReader ? [UNKNOWN, fromValue(from | path)] : later)
  }
}

function report(
  run: Reader,
  name: string,
  method: string,
  args: readonly Value[],
  node: SyntaxNode,
  scope: Scope,
  receiver: Value | null,
): void {
  const [first = UNKNOWN] = args
  if (/^(?:setTimeout|setInterval)$/.test(name) && first.text !== null)
    return run.fact('eval', name, args, node.start, scope)
  if (/^(?:Function|AsyncFunction|GeneratorFunction)$|constructor$/.test(name)) {
    const code = args.at(-1)
    if (code !== undefined && code.text === null && code.from === 0) return
    return run.fact('eval', name, [code ?? UNKNOWN], node.start, scope)
  }
  if (
    /^child_process\.(?:spawn|spawnSync|execFile|execFileSync)$/.test(name) &&
    args.some((arg) => arg.fields?.has('shell') === true && !/shell:\s*false/.test(run.source(node)))
  ) {
    return run.fact(
      'shell',
      name,
      [concat([first, textValue(' '), ...(args[1]?.items ?? []).flatMap((item) => [item, textValue(' ')])])],
      node.start,
      scope,
    )
  }
  const inline = /^data:(?:text|application)\/javascript[^,]*?(;base64)?,([\s\S]*)$/.exec(first.text ?? '')
  if (name === 'import' && inline !== null) {
    const body = textValue(inline[2] ?? '', first.from)
    const code =
      inline[1] === undefined ? decoded(body, 'url', first.from) : decoded(body, 'base64', first.from)
    return run.fact('eval', name, [code], node.start, scope)
  }
  if (
    name === 'import' &&
    (first.text?.startsWith('data:') === true || (deepFrom(first) & (FROM.decoded | FROM.network)) !== 0)
  ) {
    run.fact('eval', name, args, node.start, scope)
  }
  if (/(?:^|\.)Worker$/.test(name) && args[1]?.fields?.has('eval') === true)
    return run.fact('eval', name, args, node.start, scope)
  if (name === 'require' || name === 'import' || /(?:^|\.)createRequire\(\)$/.test(name))
    return run.fact('lookup', 'require', args, node.start, scope)
  const shown = name.startsWith('?.') && method !== '' ? name : name
  run.report(shown, args, node.start, scope, new Map(), receiver)
}
