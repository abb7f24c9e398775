import type { Evaluation, Scope } from '../evaluation.ts'
import type { SyntaxNode } from '../syntax.ts'
import type { Value } from '../value.ts'

export type ShellReader = Evaluation & {
  /** Answers what it prints. */
  execute(node: SyntaxNode | null, input: Value, scope: Scope): Value
  /** What was written into a file, by its path. */
  readonly written: Map<string, number>
}
