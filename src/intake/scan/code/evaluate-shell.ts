/** Shell: what flows through pipes, substitutions and redirections, and into which commands. */
import { decodeText, toUtf8, unescape } from './decode.ts'
import { createEvaluation, type Scope } from './evaluation.ts'
import type { FactSink, Role } from './facts.ts'
import { CREDENTIAL_PATH } from './paths.ts'
import { childOf, type SyntaxNode } from './syntax.ts'
import {
  concat,
  constantOf,
  deepFrom,
  fromValue,
  FROM,
  has,
  HOLE,
  textValue,
  UNKNOWN,
  type Value,
} from './value.ts'

const INTERPRETER =
  /^(?:.*\/)?(?:ba|da|z|k|a|fi)?sh$|^(?:.*\/)?(?:python|node|perl|ruby|php|deno|bun)[0-9.]*$/
const SHELL = /^(?:.*\/)?(?:ba|da|z|k|a)?sh$/
const DECODERS = /^(?:base64|base32|xxd|uudecode|openssl|gunzip|zcat|bunzip2|xz|rev|gpg)$/
const WRAPPERS =
  /^(?:sudo|nohup|exec|command|env|time|nice|timeout|setsid|xargs|busybox|doas|stdbuf|builtin)$/
const SENDERS =
  /^(?:curl|wget|fetch|http|https|aria2c|nc|ncat|netcat|socat|telnet|ssh|scp|rsync|ftp|tftp|nslookup|dig|host|sendmail|mail)$/
const MACHINE = /^(?:hostname|whoami|id|uname|ifconfig|ip|arp|lsb_release|dmidecode|w|who|last|ps)$/

export function evaluateShell(root: SyntaxNode, text: string, sink: FactSink): void {
  const run = createEvaluation(text, sink, { roles: [], sources: [] })
  /** What was written into a file, by its path. */
  const written = new Map<string, number>()
  run.passes(root, (node, scope) => execute(node, UNKNOWN, scope))

  /** Answers what it prints. */
  function execute(node: SyntaxNode | null, input: Value, scope: Scope): Value {
    if (node === null) return UNKNOWN
    run.step()
    switch (node.type) {
      case 'comment':
        return UNKNOWN
      case 'command':
        return executeCommand(node, input, scope)
      case 'declaration_command': {
        for (const child of node.children)
          if (child.type === 'variable_assignment') execute(child, input, scope)
        const isListing =
          /^(?:export|declare|typeset)\s+-[px]/.test(run.source(node)) ||
          /^(?:export|declare)$/.test(run.source(node).trim())
        return isListing ? fromValue(FROM.environment) : UNKNOWN
      }
      case 'pipeline': {
        let value = input
        for (const child of node.children) value = execute(child, value, scope)
        return value
      }
      case 'redirected_statement': {
        const redirects = node.children.filter(({ field }) => field === 'redirect')
        let given = input
        for (const redirect of redirects) {
          if (redirect.type === 'herestring_redirect') given = read(redirect.children[0] ?? null, scope)
          else if (redirect.type === 'heredoc_redirect') {
            const body = redirect.children.find(({ type }) => type === 'heredoc_body')
            given = body === undefined ? UNKNOWN : textValue(run.source(body))
            for (const child of redirect.children)
              if (child.type === 'pipeline' || child.type === 'command')
                return execute(child, execute(childOf(node, 'body'), given, scope), scope)
          } else if (run.source(redirect).startsWith('<'))
            given = fromFile(read(childOf(redirect, 'destination'), scope), redirect, scope)
        }
        const body = childOf(node, 'body')
        const output = body === null ? given : execute(body, given, scope)
        for (const redirect of redirects)
          if (redirect.type === 'file_redirect') write(redirect, output, scope)
        return output
      }
      case 'variable_assignment': {
        const name = run.source(childOf(node, 'name'))
        scope.set(name, read(childOf(node, 'value'), scope))
        return UNKNOWN
      }
      case 'function_definition': {
        const name = run.source(childOf(node, 'name'))
        const body = childOf(node, 'body')
        // name(){ name|name& };name
        if (
          body !== null &&
          new RegExp(
            `\\b${name.replaceAll(/\W/g, '\\$&')}\\s*\\|\\s*${name.replaceAll(/\W/g, '\\$&')}\\s*&`,
          ).test(run.source(body))
        ) {
          run.fact('call', 'sh:fork-bomb', [textValue(run.source(node))], node.start, scope)
        }
        const fn = run.define(node, [], scope, (inner) => execute(body, UNKNOWN, inner))
        scope.set(`()${name}`, { ...UNKNOWN, fn })
        return UNKNOWN
      }
      case 'for_statement': {
        const values = node.children
          .filter(({ field }) => field === 'value')
          .map((child) => read(child, scope))
        const telling =
          values.find(({ text: path }) => CREDENTIAL_PATH.test(path ?? '')) ??
          (values.length === 1 ? values[0] : undefined)
        scope.set(
          run.source(childOf(node, 'variable')),
          telling ?? fromValue(values.reduce((from, value) => from | value.from, 0)),
        )
        return execute(childOf(node, 'body'), input, scope)
      }
      case 'while_statement': {
        scope.set('line', fromValue(input.from))
        for (const child of node.children) execute(child, input, scope)
        return fromValue(input.from)
      }
      default: {
        let output = UNKNOWN
        for (const child of node.children) {
          const value = execute(child, input, scope)
          output = { ...value, from: output.from | value.from }
        }
        return output
      }
    }
  }

  /** A word's value. */
  function read(node: SyntaxNode | null, scope: Scope): Value {
    if (node === null) return textValue('')
    run.step()
    switch (node.type) {
      case 'word':
      case 'number':
      case 'extglob_pattern':
      case 'regex':
        return literal(node, run.source(node).replaceAll(/\\(.)/g, '$1'))
      case 'raw_string':
        return literal(node, run.source(node).slice(1, -1))
      case 'ansi_c_string': {
        const plain = unescape(run.source(node).slice(2, -1))
        return textValue(plain, /\\[x0-9u]/.test(run.source(node)) ? FROM.decoded : 0)
      }
      case 'string':
        return readString(node, scope)
      case 'concatenation': {
        const value = concat(node.children.map((child) => read(child, scope)))
        // c''u"r"l, c\url: quotes in the middle of a word.
        const isSplit =
          /^\w+$/.test(value.text ?? '') && /["'\\]/.test(run.source(node)) && !run.source(node).includes('$')
        return isSplit ? { ...value, from: value.from | FROM.built } : value
      }
      case 'simple_expansion':
      case 'expansion':
        return readVariable(node, scope)
      case 'command_substitution':
      case 'process_substitution': {
        let output = UNKNOWN
        for (const child of node.children) output = execute(child, UNKNOWN, scope)
        return { ...output, text: output.text === null ? HOLE : output.text.replace(/\n$/, '') }
      }
      case 'array':
        return concat(node.children.flatMap((child) => [read(child, scope), textValue(' ')]))
      default:
        return fromValue(node.children.reduce((from, child) => from | deepFrom(read(child, scope)), 0))
    }
  }

  function literal(node: SyntaxNode, value: string): Value {
    run.string(node, value, run.source(node))
    return textValue(value)
  }

  function readString(node: SyntaxNode, scope: Scope): Value {
    const parts: Value[] = []
    let at = node.start + 1
    for (const child of node.children) {
      if (child.type === 'string_content') continue
      parts.push(textValue(text.slice(at, child.start)), read(child, scope))
      at = child.end
    }
    parts.push(textValue(text.slice(at, Math.max(at, node.end - 1))))
    const value = concat(parts)
    run.string(node, value.text ?? '', run.source(node))
    return value
  }

  function readVariable(node: SyntaxNode, scope: Scope): Value {
    const source = run.source(node)
    const name = /^\$\{?[!#]?(\w+|[@*#?$!-])/.exec(source)?.[1] ?? ''
    if (name === 'HOME') return textValue('~')
    if (/^(?:[1-9@*]|REPLY|QUERY_STRING)$/.test(name)) return { ...textValue(HOLE, FROM.argument) }
    const known = scope.find(name)
    const part = /^\$\{\w+:(\d+)(?::(\d+))?\}$/.exec(source)
    const own = known === null ? null : constantOf(known)
    if (part !== null && own !== null) {
      const start = Number(part[1])
      return textValue(
        own.slice(start, part[2] === undefined ? undefined : start + Number(part[2])),
        FROM.built,
      )
    }
    return (
      known ?? {
        ...textValue(HOLE),
        name: `env:${name}`,
        from: /(?:TOKEN|SECRET|KEY|PASSW)/.test(name) ? FROM.variable : 0,
      }
    )
  }

  function executeCommand(node: SyntaxNode, input: Value, scope: Scope): Value {
    const words: Value[] = []
    let given = input
    for (const child of node.children) {
      if (child.type === 'variable_assignment') execute(child, UNKNOWN, scope)
      else if (child.type === 'herestring_redirect') given = read(child.children[0] ?? null, scope)
      else if (child.field === 'name' || child.field === 'argument')
        words.push(read(child.type === 'command_name' ? (child.children[0] ?? null) : child, scope))
    }
    for (const child of node.children) {
      if (child.type === 'file_redirect' && run.source(child).startsWith('<'))
        given = fromFile(read(childOf(child, 'destination'), scope), child, scope)
    }
    const output = dispatch(words, given, node, scope)
    for (const child of node.children) if (child.type === 'file_redirect') write(child, output, scope)
    return output
  }

  function dispatch(words: readonly Value[], input: Value, node: SyntaxNode, scope: Scope): Value {
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
        return dispatch(isPlaced ? filled : [...filled, input], UNKNOWN, node, scope)
      }
      if (rest >= 0) return dispatch(args.slice(rest), input, node, scope)
      return command === 'env' ? fromValue(FROM.environment) : input
    }
    const own = scope.find(`()${command}`)
    if (own !== null && own.fn !== null)
      return fromValue(input.from | args.reduce((from, arg) => from | arg.from, 0))
    if (has(first, FROM.built | FROM.decoded) && constantOf(first) !== null)
      run.fact('lookup', 'sh', [first], node.start, scope)
    const all = args.reduce((from, value) => from | deepFrom(value), 0)
    const report = (role: Role, values: readonly Value[]) =>
      run.fact(role, `sh:${command}`, values, node.start, scope, new Map([['stdin', input]]))
    if (command === 'eval' || command === 'source' || command === '.') {
      report(command === 'eval' || args[0]?.text?.includes(HOLE) === true ? 'eval' : 'call', [
        concat(args.flatMap((arg) => [arg, textValue(' ')])),
      ])
      return UNKNOWN
    }
    if (INTERPRETER.test(first.text ?? '')) return interpret(command, args, input, node, scope)
    if (first.text === HOLE || (first.text?.startsWith(HOLE) === true && first.from !== 0)) {
      if (has(first, FROM.network | FROM.decoded)) report('eval', [first])
    }
    if (SENDERS.test(command)) {
      report('send', [...args.map(withFile), input])
      const file =
        args[
          args.findIndex(({ text: word }) => /^-(?:o|O|-output|\w*o)$|^--output-document$/.test(word ?? '')) +
            1
        ]
      if (
        /^(?:curl|wget)$/.test(command) &&
        typeof file?.text === 'string' &&
        args.some(({ text: word }) => /^-\w*[oO]$|^--output/.test(word ?? ''))
      ) {
        run.fact('write', `sh:${command}`, [file, fromValue(FROM.network)], node.start, scope)
      }
      return fromValue(
        /^(?:curl|wget|nc|ncat|fetch|http|dig|host|nslookup)$/.test(command) ? FROM.network : 0,
      )
    }
    if (/^(?:env|printenv|set|export)$/.test(command) && args.length === 0) return fromValue(FROM.environment)
    if (command === 'openssl') report('call', args)
    if (DECODERS.test(command)) return decode(command, args, input)
    if (command === 'tr') return translate(args, input)
    if (command === 'printf' || command === 'echo') return echo(command, args)
    if (/^(?:cat|head|tail|less|more|tac|strings|zip|tar|gzip|cp|tee)$/.test(command)) {
      let from = input.from
      for (const arg of args) from |= fromFile(arg, node, scope).from
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
  function withFile(arg: Value): Value {
    const path = (arg.text ?? '').replace(/^(?:\w+=)?[@<]/, '')
    const secret = CREDENTIAL_PATH.test(path) ? FROM.credentials | FROM.file : 0
    return { ...arg, from: arg.from | secret | (written.get(path) ?? 0) }
  }

  function interpret(
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

  function decode(command: string, args: readonly Value[], input: Value): Value {
    const flags = args.map(({ text: word }) => word ?? '').join(' ')
    const isDecoding =
      command === 'base64' || command === 'base32'
        ? /(?:^|\s)(?:-\w*[dD]|--decode)\b/.test(flags)
        : command === 'openssl'
          ? /(?:^|\s)-d\b/.test(flags)
          : command !== 'xxd' || /-\w*r/.test(flags)
    if (!isDecoding) return fromValue(input.from)
    const from = input.from | FROM.decoded
    const plain = constantOf(input)
    if (plain === null) return fromValue(from)
    if (command === 'rev') return textValue(Array.from(plain.trim()).toReversed().join(''), from)
    const text = decodeText(
      plain.trim(),
      command === 'xxd' ? 'hex' : command === 'base32' ? 'base32' : 'base64',
    )
    return text === null ? fromValue(from) : textValue(toUtf8(text), from)
  }

  /** tr 'A-Za-z' 'N-ZA-Mn-za-m' */
  function translate(args: readonly Value[], input: Value): Value {
    const plain = constantOf(input)
    const isRot13 = /^n-za-m|^N-ZA-M/i.test(args[1]?.text ?? '')
    if (!isRot13) return { ...input, text: null }
    const text = plain === null ? null : decodeText(plain, 'rot13')
    return text === null ? fromValue(input.from | FROM.decoded) : textValue(text, input.from | FROM.decoded)
  }

  function echo(command: string, args: readonly Value[]): Value {
    const shown = args.filter(({ text: word }) => !/^-[neE]+$/.test(word ?? ''))
    const value = concat(shown.flatMap((arg, index) => (index === 0 ? [arg] : [textValue(' '), arg])))
    const isEscaped =
      value.text !== null &&
      /\\x[0-9a-f]{2}|\\[0-7]{3}/i.test(value.text) &&
      (command === 'printf' || args.some(({ text: word }) => /^-\w*e/.test(word ?? '')))
    if (!isEscaped) return value
    return {
      ...value,
      text: unescape((value.text ?? '').replaceAll(/\\0(?=[0-7]{3})/g, '\\')),
      from: value.from | FROM.decoded,
    }
  }

  function fromFile(path: Value, node: SyntaxNode, scope: Scope): Value {
    if (path.text === null || path.text.startsWith('-')) return UNKNOWN
    run.fact('read', 'sh:<', [path], node.start, scope)
    return fromValue(
      FROM.file |
        path.from |
        (written.get(path.text) ?? 0) |
        (CREDENTIAL_PATH.test(path.text) ? FROM.credentials : 0) |
        (/\/proc\/\S*environ$/.test(path.text) ? FROM.environment : 0),
    )
  }

  function write(redirect: SyntaxNode, output: Value, scope: Scope): void {
    const source = run.source(redirect)
    if (source.startsWith('<') && !source.startsWith('<>')) return
    const path = read(childOf(redirect, 'destination'), scope)
    if (/^&?\d+$/.test(path.text ?? '')) return
    if (path.text !== null) written.set(path.text, (written.get(path.text) ?? 0) | deepFrom(output))
    run.fact('write', source.includes('>>') ? 'sh:>>' : 'sh:>', [path, output], redirect.start, scope)
  }
}
