/** Text whose name promises no code, and that is code all the same: node and Python run a file whatever it is called. */
import { decodeJson } from '../../../domain/json.ts'
import type { Language } from '../scanned-file.ts'
import type { SourceParser, SyntaxNode } from './syntax.ts'

const PARSE_MS = 1000
const PYTHON = /^[ \t]*(?:import|from)[ \t]+\w|\b(?:exec|eval|__import__|getattr|open)[ \t]*\(/m
const JAVASCRIPT =
  /\b(?:require|eval|Function|fetch|import)\s*\(|\b(?:process|globalThis|module)\s*[.[]|^\s*import\b.*['"]/m

/** Only what parses to the last character: prose, markup and data do not. */
export function guessLanguage(parser: SourceParser, text: string): Language | null {
  const isPython = PYTHON.test(text)
  const isJavascript = JAVASCRIPT.test(text)
  if ((!isPython && !isJavascript) || isData(text)) return null
  if (isPython && isClean(parser, 'python', text)) return 'python'
  return isJavascript && isClean(parser, 'javascript', text) ? 'javascript' : null
}

function isData(text: string): boolean {
  return /^\s*[[{"<]/.test(text) && (/^\s*</.test(text) || decodeJson(text) !== undefined)
}

function isClean(parser: SourceParser, language: Language, text: string): boolean {
  try {
    const root = parser.parse(language, text, PARSE_MS)
    return root !== null && !hasError(root)
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

function hasError(node: SyntaxNode): boolean {
  return node.type === 'ERROR' || node.children.some(hasError)
}
