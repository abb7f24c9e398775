/** Words of a command line → typed arguments, with an error that names what is wrong. */
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util'
import { AppError } from '../domain/error.ts'
import type { Arguments, Command, OptionSpec, OptionValue } from './command.ts'
import { nearest } from '../domain/nearest.ts'

/** What every command takes. */
const COMMON_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  json: { type: 'boolean', help: 'print JSON: one document, or one object a line for streams' },
  quiet: { type: 'boolean', short: 'q', help: 'print no talk; lists print names only' },
  help: { type: 'boolean', short: 'h', help: 'show this help' },
}

export function optionsOf(command: Command): Readonly<Record<string, OptionSpec>> {
  return { ...command.options, ...COMMON_OPTIONS }
}

/** True when `words` ask for JSON, even if they are wrong otherwise: the error has to come out in that form. */
export function asksForJson(words: readonly string[]): boolean {
  const end = words.indexOf('--')
  return (end === -1 ? words : words.slice(0, end)).includes('--json')
}

export function parseArguments(command: Command, words: readonly string[]): Arguments {
  const specs = optionsOf(command)
  const config: ParseArgsOptionsConfig = {}
  for (const [name, spec] of Object.entries(specs)) {
    config[name] = {
      type: spec.type,
      multiple: spec.multiple ?? false,
      ...(spec.short === undefined ? {} : { short: spec.short }),
    }
  }
  const { values, positionals } = parse(command, words, config)
  const [minimum, maximum] = command.takes
  const help = values['help'] === true
  if (!help && positionals.length < minimum) {
    throw usage(command, `${command.name} needs ${command.arguments ?? 'more arguments'}`)
  }
  if (!help && positionals.length > maximum) {
    throw usage(command, `unexpected argument "${positionals[maximum] ?? ''}"`)
  }
  return {
    positionals,
    flag: (name) => values[name] === true,
    text(name) {
      const value = values[name]
      return typeof value === 'string' ? value : undefined
    },
    texts(name) {
      const value = values[name]
      return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
    },
  }
}

export function usage(command: Command, message: string): AppError {
  return new AppError('usage', message, { hint: `See haivemind ${command.name} --help.` })
}

function parse(command: Command, words: readonly string[], options: ParseArgsOptionsConfig) {
  try {
    const parsed = parseArgs({ args: [...words], options, allowPositionals: true, strict: true })
    return { values: parsed.values as Readonly<Record<string, OptionValue>>, positionals: parsed.positionals }
  } catch (error) {
    const unknown = /Unknown option '(-{1,2}[^']+)'/.exec(String(error))?.[1]
    if (unknown !== undefined) {
      const near = nearest(unknown.replace(/^-+/, ''), Object.keys(optionsOf(command)))
      const meant = near === null ? '' : ` Did you mean --${near}?`
      throw new AppError('usage', `unknown option ${unknown}`, {
        hint: `See haivemind ${command.name} --help.${meant}`,
      })
    }
    throw usage(command, error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error))
  }
}
