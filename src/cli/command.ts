/** What a verb is: its arguments as data, for the parser and the help, and what it does. */
import type { CliIo } from './io.ts'
import type { Printer } from './print.ts'

export type OptionSpec = {
  readonly type: 'boolean' | 'string'
  readonly short?: string
  readonly multiple?: boolean
  /** How the help shows the value, for example FILE. */
  readonly value?: string
  readonly help: string
}

export type OptionValue = string | boolean | readonly (string | boolean)[] | undefined

/** Parsed arguments; the getters hold the types that `options` promised. */
export type Arguments = {
  readonly positionals: readonly string[]
  flag(name: string): boolean
  text(name: string): string | undefined
  texts(name: string): readonly string[]
}

export type CommandContext = { readonly io: CliIo; readonly args: Arguments; readonly print: Printer }

export type Command = {
  readonly name: string
  readonly aliases?: readonly string[]
  readonly group: 'platform' | 'deploy' | 'operate' | 'use' | 'access'
  /** One line, for the list of commands. */
  readonly summary: string
  /** Positional arguments as the help shows them, for example `<name> [version]`. */
  readonly arguments?: string
  /** How many positional arguments it takes. */
  readonly takes: readonly [minimum: number, maximum: number]
  readonly options?: Readonly<Record<string, OptionSpec>>
  /** Paragraph after the usage. */
  readonly details?: string
  /** At least two: what to type, and what for. */
  readonly examples: readonly (readonly [line: string, purpose: string])[]
  /** True where the command goes on although nobody reads its output any more. */
  readonly outlivesReader?: boolean
  /** Answers the exit code; undefined is 0. */
  run(context: CommandContext): Promise<number | undefined>
}
