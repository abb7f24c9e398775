/** What a source file does, in words that are the same for every language: the rules read nothing else. */
import type { Language } from '../scanned-file.ts'
import type { Value } from './value.ts'

export type Role =
  /** args[0] is code of the same language. */
  | 'eval'
  /** args[0] is a shell's command line. */
  | 'shell'
  /** args are program and arguments. */
  | 'spawn'
  /** args are all that may leave: address, body, headers. */
  | 'send'
  /** args[0] is the path, args[1] what is written. */
  | 'write'
  | 'read'
  | 'delete'
  /** args[0] is bytes that become objects. */
  | 'load'
  /** args[0] is a name that is looked up while it runs. */
  | 'lookup'
  /** args[0] is what a tool gives back to whoever calls it. */
  | 'answer'
  /** args[0] is text that models read: what a tool says of itself. */
  | 'describe'
  /** args[0] is put in the place of what `name` names. */
  | 'patch'
  | 'call'

export type Fact = {
  readonly role: Role
  /** In full, for example `subprocess.Popen`; `sh:curl` for a shell's command. */
  readonly name: string
  readonly args: readonly Value[]
  readonly named: ReadonlyMap<string, Value>
  readonly receiver: Value | null
  readonly at: number
  /** Runs when the file is loaded. */
  readonly isTop: boolean
}

export type StringFact = { readonly text: string; readonly raw: string; readonly at: number }

export type SourceFacts = {
  readonly language: Language
  readonly path: string
  readonly text: string
  readonly facts: readonly Fact[]
  /** Literals, comments and documentation left out. */
  readonly strings: readonly StringFact[]
  readonly identifiers: ReadonlyMap<string, number>
  /** Variables of the environment that are read by name. */
  readonly names: ReadonlySet<string>
  /** It runs while the package is installed. */
  readonly isInstall: boolean
}

export interface FactSink {
  add(fact: Fact): void
  addString(fact: StringFact): void
  addIdentifier(name: string): void
  addVariable(name: string): void
  /** Before the last pass reports again. */
  clear(): void
  /** Whether anything was reported for which it matters where values come from. */
  needsOrigins(): boolean
}
