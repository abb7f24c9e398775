/** What comes out of a method of a value that is known. */
import { toUtf8 } from '../decode.ts'
import type { Reader, Scope } from '../evaluation.ts'
import { joinItems, joinLists, joinPath, originOfFile } from '../origins.ts'
import { childOf, type SyntaxNode } from '../syntax.ts'
import { concat, constantOf, FROM, fromValue, has, HOLE, textValue, UNKNOWN, type Value } from '../value.ts'
import { readVariable } from './bindings.ts'
import { formatText } from './expressions.ts'

export function callMethod(
  run: Reader,
  method: string,
  receiver: Value,
  args: Value[],
  all: number,
  node: SyntaxNode,
  scope: Scope,
): Value | null {
  const [first = UNKNOWN, second = UNKNOWN] = args
  const own = constantOf(receiver)
  const isFile = receiver.name === '<file>'
  if (isFile && /^(?:write|writelines)$/.test(method)) {
    run.fact('write', 'open().write', [receiver.items?.[0] ?? UNKNOWN, first], node.start, scope)
    return UNKNOWN
  }
  if (isFile) return fromValue(receiver.from)
  if (/^(?:read_text|read_bytes)$/.test(method) && receiver.text !== null)
    return openFile(run, receiver, 'r', node, scope)
  if (method === 'open' && receiver.text !== null)
    return openFile(run, receiver, first.text ?? 'r', node, scope)
  if (/^(?:write_text|write_bytes)$/.test(method)) {
    run.fact('write', 'Path.write_text', [receiver, first], node.start, scope)
    return UNKNOWN
  }
  if (/^(?:expanduser|resolve|absolute|as_posix|__str__)$/.test(method) && receiver.text !== null)
    return receiver
  if (/^(?:glob|rglob|iterdir)$/.test(method) && receiver.text !== null) {
    return {
      ...UNKNOWN,
      items: [concat([receiver, textValue('/'), first.text === null ? textValue(HOLE) : first])],
      from: receiver.from,
    }
  }
  if (method === 'joinpath') return joinPath([receiver, ...args])
  if (method === 'join' && receiver.text !== null) {
    const items =
      first.items ??
      (constantOf(first) === null ? null : Array.from(first.text ?? '').map((letter) => textValue(letter)))
    if (items === null) return fromValue(all)
    return joinItems(items, receiver, first.from)
  }
  if (method === 'format' && receiver.text !== null) return formatText(receiver, args)
  if (method === 'get' && has(receiver, FROM.environment)) return readVariable(constantOf(first), first)
  if (method === 'decode' && own !== null) return { ...receiver, text: toUtf8(own) }
  if (method === 'encode' && own !== null) return receiver
  if (method === 'replace' && own !== null && constantOf(first) !== null && constantOf(second) !== null) {
    return textValue(own.replaceAll(first.text ?? '', second.text ?? ''), receiver.from | FROM.built)
  }
  if (/^(?:strip|lstrip|rstrip)$/.test(method) && own !== null && args.length === 0)
    return { ...receiver, text: own.trim() }
  if (method === 'lower' && own !== null) return { ...receiver, text: own.toLowerCase() }
  if (method === 'upper' && own !== null) return { ...receiver, text: own.toUpperCase() }
  if (method === 'split' && own !== null) {
    const by = constantOf(first)
    return { ...UNKNOWN, items: own.split(by ?? /\s+/).map((part) => textValue(part)), from: receiver.from }
  }
  if (
    /^(?:append|extend|add|update|add_header|add_unredirected_header|set_content|set_payload|attach)$/.test(
      method,
    )
  ) {
    const owner = childOf(childOf(node, 'function') ?? node, 'object')
    if (owner?.type === 'identifier')
      scope.set(run.source(owner), {
        ...receiver,
        items:
          receiver.items === null || method !== 'append'
            ? receiver.items
            : joinLists(receiver.items, [first], 0).items,
        from: receiver.from | all,
      })
    return UNKNOWN
  }
  return null
}

export function openFile(run: Reader, path: Value, mode: string, node: SyntaxNode, scope: Scope): Value {
  const isRead = !/[wax+]/.test(mode)
  if (isRead) run.fact('read', 'open', [path], node.start, scope)
  return { ...UNKNOWN, name: '<file>', items: [path], from: isRead ? originOfFile(path) : 0 }
}
