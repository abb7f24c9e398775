import type { RuntimeKind } from '../../domain/runtime-kind.ts'

/** The runtime that a `#!` line asks for, or null: the program's own name decides, not a word somewhere in the line. */
export function parseShebang(firstLine: string): RuntimeKind | null {
  if (!firstLine.startsWith('#!')) return null
  const words = firstLine.slice(2).trim().split(/\s+/)
  const [program = '', ...rest] = words
  const isEnv = baseName(program) === 'env'
  const name = isEnv ? rest.find((word) => !word.startsWith('-') && !word.includes('=')) : program
  return runtimeOfWord(baseName(name ?? ''))
}

/** How a start command begins. */
export const WORDS: Readonly<Record<RuntimeKind, string>> = { python: 'python3', node: 'node', bash: 'bash' }

/** `python3.12` and `sh` included. */
export function runtimeOfWord(word: string): RuntimeKind | null {
  if (/^python(?:3(?:\.\d{1,2})?)?$/.test(word)) return 'python'
  if (word === 'node' || word === 'nodejs') return 'node'
  if (word === 'bash' || word === 'sh') return 'bash'
  return null
}

/** By a file's ending; Node strips the types of TypeScript itself. */
export function runtimeOfFile(path: string): RuntimeKind | null {
  if (path.endsWith('.py')) return 'python'
  if (/\.(?:js|mjs|cjs|ts|mts|cts)$/.test(path)) return 'node'
  if (/\.(?:sh|bash)$/.test(path)) return 'bash'
  return null
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
