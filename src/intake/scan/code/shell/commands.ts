/** Commands: what they get, give and do. */
import type { Scope } from '../evaluation.ts'
import type { Role } from '../facts.ts'
import { originsOf } from '../origins.ts'
import { CREDENTIAL_PATH } from '../paths.ts'
import { childOf, type SyntaxNode } from '../syntax.ts'
import { concat, constantOf, FROM, fromValue, has, HOLE, textValue, UNKNOWN, type Value } from '../value.ts'
import { DECODERS, INTERPRETER, MACHINE, SENDERS, SHELL, WRAPPERS } from './command-names.ts'
import { fromFile, write } from './files.ts'
import type { ShellReader } from './shell-reader.ts'
import { decode, echo, translate } from './texts.ts'
import { read } from './words.ts'

export function executeCommand(run: ShellReader, node: SyntaxNode, input: Value, scope: Scope): Value {
  const words: Value[] = []
  let given = input
  for (const child of node.children) {
    if (child.type === 'variable_assignment') run.execute(child, UNKNOWN, scope)
    else if (child.type === 'herestring_redirect') given = read(run, child.children[0] ?? null, scope)
    else if (child.field === 'name' || child.field === 'argument')
      words.push(
        ...splitWord(run, child.type === 'command_name' ? (child.children[0] ?? null) : child, scope),
      )
  }
  for (const child of node.children) {
    if (child.type === 'file_redirect' && run.source(child).startsWith('<'))
      given = fromFile(run, read(run, childOf(child, 'destination'), scope), child, scope)
  }
  const output = dispatch(run, words, given, node, scope)
  for (const child of node.children) if (child.type === 'file_redirect') write(run, child, output, scope)
  return output
}

/** A variable without quotes is as many words as it has, between the signs of IFS; {a,b} is a and b. */
function splitWord(run: ShellReader, node: SyntaxNode | null, scope: Scope): Value[] {
  const value = read(run, node, scope)
  const text = constantOf(value)
  if (text === null || node === null) return [value]
  const inner = /^\{([^{}]*,[^{}]*)\}$/.exec(text)?.[1]
  if (inner !== undefined) return inner.split(',').map((part) => textValue(part, value.from | FROM.built))
  if (!node.type.endsWith('expansion')) return [value]
  const own = scope.find('IFS')
  const signs = own === null ? null : constantOf(own)
  const parts = signs === null || signs === '' ? text.trim().split(/\s+/) : splitAt(text, signs)
  const from = signs === null ? value.from : value.from | FROM.built
  return parts.map((part) => textValue(part, from))
}

function splitAt(text: string, signs: string): string[] {
  const parts = ['']
  for (const sign of text) {
    if (signs.includes(sign)) parts.push('')
    else parts.push(`${parts.pop() ?? ''}${sign}`)
  }
  return parts.filter((part) => part !== '')
}

function dispatch(
  run: ShellReader,
  words: readonly Value[],
  input: Value,
  node: SyntaxNode,
  scope: Scope,
): Value {
  const [first = UNKNOWN, ...args] = words
  const command = (first.text ?? '').replace(/^.*\//, '')
  if (WRAPPERS.test(command)) {
    const rest = args.findIndex(({ text: word }) => word !== null && !/^-|=|^\d+[smh]?$/.test(word))
    if (rest >= 0 && command === 'xargs') {
      const given = args.slice(rest)
      const isPlaced = given.some(({ text: word }) => word?.includes('{}') === true)
      const filled = given.map((arg) =>
        arg.text?.includes('{}') === true
          ? concat(
              arg.text
                .split('{}')
                .flatMap((part, index) => (index === 0 ? [textValue(part)] : [input, textValue(part)])),
            )
          : arg,
      )
      return dispatch(run, isPlaced ? filled : [...filled, input], UNKNOWN, node, scope)
    }
    if (rest >= 0) return dispatch(run, args.slice(rest), input, node, scope)
    return command === 'env' ? fromValue(FROM.environment) : input
  }
  const own = scope.find(`()${command}`)
  if (own !== null && own.fn !== null)
    return fromValue(input.from | args.reduce((from, arg) => from | arg.from, 0))
  if (has(first, FROM.built | FROM.decoded) && constantOf(first) !== null)
    run.fact('lookup', 'sh', [first], node.start, scope)
  const all = originsOf(args)
  const report = (role: Role, values: readonly Value[]) =>
    run.fact(role, `sh:${command}`, values, node.start, scope, new Map([['stdin', input]]))
  if (command === 'eval' || command === 'source' || command === '.') {
    report(command === 'eval' || args[0]?.text?.includes(HOLE) === true ? 'eval' : 'call', [
      concat(args.flatMap((arg) => [arg, textValue(' ')])),
    ])
    return UNKNOWN
  }
  if (INTERPRETER.test(first.text ?? '')) return interpret(run, command, args, input, node, scope)
  if (first.text === HOLE || (first.text?.startsWith(HOLE) === true && first.from !== 0)) {
    if (has(first, FROM.network | FROM.decoded)) report('eval', [first])
  }
  if (SENDERS.test(command)) {
    report('send', [...args.map((arg) => withFile(run, arg)), input])
    const file =
      args[
        args.findIndex(({ text: word }) => /^-(?:o|O|-output|\w*o)$|^--output-document$/.test(word ?? '')) + 1
      ]
    if (
      /^(?:curl|wget)$/.test(command) &&
      typeof file?.text === 'string' &&
      args.some(({ text: word }) => /^-\w*[oO]$|^--output/.test(word ?? ''))
    ) {
      run.fact('write', `sh:${command}`, [file, fromValue(FROM.network)], node.start, scope)
    }
    return fromValue(/^(?:curl|wget|nc|ncat|fetch|http|dig|host|nslookup)$/.test(command) ? FROM.network : 0)
  }
  if (/^(?:env|printenv|set|export)$/.test(command) && args.length === 0) return fromValue(FROM.environment)
  if (command === 'openssl') report('call', args)
  if (DECODERS.test(command)) return decode(command, args, input)
  if (command === 'tr') return translate(args, input)
  if (command === 'printf' || command === 'echo') return echo(command, args)
  if (/^(?:cat|head|tail|less|more|tac|strings|zip|tar|gzip|cp|tee)$/.test(command)) {
    let from = input.from
    for (const arg of args) from |= fromFile(run, arg, node, scope).from
    if (command === 'tee')
      for (const arg of args)
        if (!arg.text?.startsWith('-')) run.fact('write', 'sh:tee', [arg, input], node.start, scope)
    report('call', [...args, input])
    return command === 'cat' && args.length === 0 ? input : fromValue(from)
  }
  report(command === 'rm' || command === 'shred' || command === 'unlink' ? 'delete' : 'call', [
    ...args,
    input,
  ])
  if (MACHINE.test(command)) return fromValue(FROM.machine)
  return fromValue(input.from | (all & ~FROM.environment))
}

/** -d @file, -F f=@file, -T file */
function withFile(run: ShellReader, arg: Value): Value {
  const path = (arg.text ?? '').replace(/^(?:\w+=)?[@<]/, '')
  const secret = CREDENTIAL_PATH.test(path) ? FROM.credentials | FROM.file : 0
  return { ...arg, from: arg.from | secret | (run.written.get(path) ?? 0) }
}

function interpret(
  run: ShellReader,
  command: string,
  args: readonly Value[],
  input: Value,
  node: SyntaxNode,
  scope: Scope,
): Value {
  const code = args.findIndex(({ text: word }) => /^-\w*[ce]$/.test(word ?? ''))
  const name = `sh:${command}`
  const script = args.find(({ text: word }) => word !== null && !word.startsWith('-'))
  if (code >= 0)
    run.fact(SHELL.test(command) ? 'shell' : 'eval', name, [args[code + 1] ?? UNKNOWN], node.start, scope)
  else if (script === undefined || script.text === '/dev/stdin')
    run.fact('eval', name, [input], node.start, scope)
  else if (has(script, FROM.network | FROM.decoded)) run.fact('eval', name, [script], node.start, scope)
  run.fact('spawn', name, args, node.start, scope, new Map([['stdin', input]]))
  return UNKNOWN
}
