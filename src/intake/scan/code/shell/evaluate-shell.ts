/** Shell: what flows through pipes, substitutions and redirections, and into which commands. */
import { createEvaluation, type Scope } from '../evaluation.ts'
import type { FactSink } from '../facts.ts'
import { CREDENTIAL_PATH } from '../paths.ts'
import type { ShellReader } from './shell-reader.ts'
import { executeCommand } from './commands.ts'
import { fromFile, write } from './files.ts'
import { read } from './words.ts'
import { childOf, type SyntaxNode } from '../syntax.ts'
import { FROM, fromValue, textValue, UNKNOWN, type Value } from '../value.ts'

export function evaluateShell(root: SyntaxNode, text: string, sink: FactSink): void {
  const run: ShellReader = {
    ...createEvaluation(text, sink, { roles: [], sources: [] }),
    written: new Map(),
    execute(node, input, scope) {
      if (node === null) return UNKNOWN
      run.step()
      return execute(run, node, input, scope)
    },
  }
  run.passes(root, (node, scope) => run.execute(node, UNKNOWN, scope))
}

function execute(run: ShellReader, node: SyntaxNode, input: Value, scope: Scope): Value {
  switch (node.type) {
    case 'comment':
      return UNKNOWN
    case 'command':
      return executeCommand(run, node, input, scope)
    case 'declaration_command': {
      for (const child of node.children)
        if (child.type === 'variable_assignment') run.execute(child, input, scope)
      const isListing =
        /^(?:export|declare|typeset)\s+-[px]/.test(run.source(node)) ||
        /^(?:export|declare)$/.test(run.source(node).trim())
      return isListing ? fromValue(FROM.environment) : UNKNOWN
    }
    case 'pipeline': {
      let value = input
      for (const child of node.children) value = run.execute(child, value, scope)
      return value
    }
    case 'redirected_statement': {
      const redirects = node.children.filter(({ field }) => field === 'redirect')
      let given = input
      for (const redirect of redirects) {
        if (redirect.type === 'herestring_redirect') given = read(run, redirect.children[0] ?? null, scope)
        else if (redirect.type === 'heredoc_redirect') {
          const body = redirect.children.find(({ type }) => type === 'heredoc_body')
          given = body === undefined ? UNKNOWN : textValue(run.source(body))
          for (const child of redirect.children)
            if (child.type === 'pipeline' || child.type === 'command')
              return run.execute(child, run.execute(childOf(node, 'body'), given, scope), scope)
        } else if (run.source(redirect).startsWith('<'))
          given = fromFile(run, read(run, childOf(redirect, 'destination'), scope), redirect, scope)
      }
      const body = childOf(node, 'body')
      const output = body === null ? given : run.execute(body, given, scope)
      for (const redirect of redirects)
        if (redirect.type === 'file_redirect') write(run, redirect, output, scope)
      return output
    }
    case 'variable_assignment': {
      const name = run.source(childOf(node, 'name'))
      const value = read(run, childOf(node, 'value'), scope)
      scope.set(name, value)
      run.fact('patch', `env:${name}`, [value], node.start, scope)
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
      const fn = run.define(node, [], scope, (inner) => run.execute(body, UNKNOWN, inner))
      scope.set(`()${name}`, { ...UNKNOWN, fn })
      return UNKNOWN
    }
    case 'for_statement': {
      const values = node.children
        .filter(({ field }) => field === 'value')
        .map((child) => read(run, child, scope))
      const telling =
        values.find(({ text: path }) => CREDENTIAL_PATH.test(path ?? '')) ??
        (values.length === 1 ? values[0] : undefined)
      scope.set(
        run.source(childOf(node, 'variable')),
        telling ?? fromValue(values.reduce((from, value) => from | value.from, 0)),
      )
      return run.execute(childOf(node, 'body'), input, scope)
    }
    case 'while_statement': {
      scope.set('line', fromValue(input.from))
      for (const child of node.children) run.execute(child, input, scope)
      return fromValue(input.from)
    }
    default: {
      let output = UNKNOWN
      for (const child of node.children) {
        const value = run.execute(child, input, scope)
        output = { ...value, from: output.from | value.from }
      }
      return output
    }
  }
}
