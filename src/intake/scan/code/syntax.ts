/** Source text → a light syntax tree. tree-sitter parses, in WebAssembly; its own nodes cost a call for every look. */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type treeSitter from '@vscode/tree-sitter-wasm'
import { LANGUAGES, type Language } from '../scanned-file.ts'

export type SyntaxNode = {
  readonly type: string
  /** What it is to its parent: `function`, `arguments`, `left` …; null for the rest. */
  readonly field: string | null
  readonly start: number
  readonly end: number
  readonly children: readonly SyntaxNode[]
}

export interface SourceParser {
  /** Null when it took too long. Broken syntax gives a tree with `ERROR` nodes in it. */
  parse(language: Language, text: string, timeoutMs: number): SyntaxNode | null
}

type TreeSitter = typeof treeSitter
type Grammar = {
  readonly parser: treeSitter.Parser
  readonly names: readonly string[]
  readonly named: readonly boolean[]
  readonly fields: readonly (string | null)[]
}

/** @param grammars the directory that holds the parser and one .wasm a language */
export async function openSourceParser(grammars: string): Promise<SourceParser> {
  const { Parser, Language: TreeLanguage } = createRequire(import.meta.url)(
    join(grammars, 'tree-sitter.js'),
  ) as TreeSitter
  await Parser.init()
  const loaded = new Map<Language, Grammar>()
  for (const language of LANGUAGES) {
    const grammar = await TreeLanguage.load(join(grammars, `tree-sitter-${language}.wasm`))
    const parser = new Parser()
    parser.setLanguage(grammar)
    const count = grammar.nodeTypeCount
    loaded.set(language, {
      parser,
      names: Array.from({ length: count }, (_, id) => grammar.nodeTypeForId(id) ?? ''),
      named: Array.from({ length: count }, (_, id) => grammar.nodeTypeIsNamed(id)),
      fields: Array.from({ length: grammar.fieldCount + 1 }, (_, id) => grammar.fieldNameForId(id)),
    })
  }
  return {
    parse(language, text, timeoutMs) {
      const grammar = loaded.get(language)
      if (grammar === undefined) throw new Error(`no grammar for ${language}`)
      const end = performance.now() + timeoutMs
      const tree = grammar.parser.parse(text, null, { progressCallback: () => performance.now() > end })
      if (tree === null) {
        grammar.parser.reset()
        return null
      }
      const cursor = tree.walk()
      try {
        return convert(cursor, grammar, null)
      } finally {
        cursor.delete()
        tree.delete()
      }
    },
  }
}

/** Named nodes, and unnamed ones that are something to their parent, such as an operator. */
function convert(cursor: treeSitter.TreeCursor, grammar: Grammar, field: string | null): SyntaxNode {
  const type = grammar.names[cursor.nodeTypeId] ?? 'ERROR'
  const start = cursor.startIndex
  const end = cursor.endIndex
  let children: SyntaxNode[] = NONE
  if (cursor.gotoFirstChild()) {
    do {
      const childField = grammar.fields[cursor.currentFieldId] ?? null
      if (childField === null && grammar.named[cursor.nodeTypeId] === false) continue
      if (children === NONE) children = []
      children.push(convert(cursor, grammar, childField))
    } while (cursor.gotoNextSibling())
    cursor.gotoParent()
  }
  return { type, field, start, end, children }
}

const NONE: SyntaxNode[] = []

export function childOf(node: SyntaxNode, field: string): SyntaxNode | null {
  return node.children.find((child) => child.field === field) ?? null
}

export function childrenOf(node: SyntaxNode, field: string): readonly SyntaxNode[] {
  return node.children.filter((child) => child.field === field)
}
