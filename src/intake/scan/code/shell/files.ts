/** Redirections, and what was written where. */
import type { Scope } from '../evaluation.ts'
import { originOfFile } from '../origins.ts'
import { childOf, type SyntaxNode } from '../syntax.ts'
import { deepFrom, fromValue, UNKNOWN, type Value } from '../value.ts'
import type { ShellReader } from './shell-reader.ts'
import { read } from './words.ts'

export function fromFile(run: ShellReader, path: Value, node: SyntaxNode, scope: Scope): Value {
  if (path.text === null || path.text.startsWith('-')) return UNKNOWN
  run.fact('read', 'sh:<', [path], node.start, scope)
  return fromValue(originOfFile(path) | path.from | (run.written.get(path.text) ?? 0))
}

export function write(run: ShellReader, redirect: SyntaxNode, output: Value, scope: Scope): void {
  const source = run.source(redirect)
  if (source.startsWith('<') && !source.startsWith('<>')) return
  const path = read(run, childOf(redirect, 'destination'), scope)
  if (/^&?\d+$/.test(path.text ?? '')) return
  if (path.text !== null) run.written.set(path.text, (run.written.get(path.text) ?? 0) | deepFrom(output))
  run.fact('write', source.includes('>>') ? 'sh:>>' : 'sh:>', [path, output], redirect.start, scope)
}
