/** What a word of a command line becomes: quotes, variables, substitutions. */
import { unescape } from '../decode.ts'
import type { Scope } from '../evaluation.ts'
import type { SyntaxNode } from '../syntax.ts'
import {
  concat,
  constantOf,
  deepFrom,
  FROM,
  fromValue,
  HOLE,
  textValue,
  UNKNOWN,
  type Value,
} from '../value.ts'
import type { ShellReader } from './shell-reader.ts'

/** A word's value. */
export function read(run: ShellReader, node: SyntaxNode | null, scope: Scope): Value {
  if (node === null) return textValue('')
  run.step()
  switch (node.type) {
    case 'word':
    case 'number':
    case 'extglob_pattern':
    case 'regex':
      return literal(run, node, run.source(node).replaceAll(/\\(.)/g, '$1'))
    case 'raw_string':
      return literal(run, node, run.source(node).slice(1, -1))
    case 'ansi_c_string': {
      const plain = unescape(run.source(node).slice(2, -1))
      return textValue(plain, /\\[x0-9u]/.test(run.source(node)) ? FROM.decoded : 0)
    }
    case 'string':
      return readString(run, node, scope)
    case 'concatenation': {
      const value = concat(node.children.map((child) => read(run, child, scope)))
      // c''u"r"l, c\url: quotes in the middle of a word.
      const isSplit =
        /^\w+$/.test(value.text ?? '') && /["'\\]/.test(run.source(node)) && !run.source(node).includes('$')
      return isSplit ? { ...value, from: value.from | FROM.built } : value
    }
    case 'simple_expansion':
    case 'expansion':
      return readVariable(run, node, scope)
    case 'command_substitution':
    case 'process_substitution': {
      let output = UNKNOWN
      for (const child of node.children) output = run.execute(child, UNKNOWN, scope)
      return { ...output, text: output.text === null ? HOLE : output.text.replace(/\n$/, '') }
    }
    case 'array':
      return concat(node.children.flatMap((child) => [read(run, child, scope), textValue(' ')]))
    default:
      return fromValue(node.children.reduce((from, child) => from | deepFrom(read(run, child, scope)), 0))
  }
}

function literal(run: ShellReader, node: SyntaxNode, value: string): Value {
  run.string(node, value, run.source(node))
  return textValue(value)
}

function readString(run: ShellReader, node: SyntaxNode, scope: Scope): Value {
  const parts: Value[] = []
  let at = node.start + 1
  for (const child of node.children) {
    if (child.type === 'string_content') continue
    parts.push(textValue(run.text.slice(at, child.start)), read(run, child, scope))
    at = child.end
  }
  parts.push(textValue(run.text.slice(at, Math.max(at, node.end - 1))))
  const value = concat(parts)
  run.string(node, value.text ?? '', run.source(node))
  return value
}

function readVariable(run: ShellReader, node: SyntaxNode, scope: Scope): Value {
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
