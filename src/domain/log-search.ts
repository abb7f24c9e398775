/**
 * What somebody looks for in a log. Each form is linear in the length of a line, whatever the pattern: a line may be
 * written by a stranger to be slow. Pure.
 */
import { RE2JS } from 're2js'
import { AppError } from './error.ts'
import type { LogLine, LogQuery } from './log-line.ts'

export const SEARCH_MODES = ['literal', 'glob', 'regex'] as const
export type SearchMode = (typeof SEARCH_MODES)[number]

export type LogSearch = Pick<LogQuery, 'stream' | 'since' | 'until' | 'level'> & {
  readonly text: string
  readonly mode: SearchMode
  readonly isCaseSensitive: boolean
  /** `older` begins with the newest. */
  readonly direction: 'older' | 'newer'
  /** Lines beyond this one, in that direction; null: from the end, or from the start. */
  readonly from: number | null
  readonly limit: number
  /** Goes through everything to say how many there are. */
  readonly counts: boolean
}

export type LogHits = {
  readonly lines: readonly LogLine[]
  /** Of all that were seen; without `counts` it stops with the last line that is given. */
  readonly seen: number
  /** False: there may be more beyond the last of them. */
  readonly isComplete: boolean
  readonly scannedBytes: number
}

/** The longest pattern, and the largest program that a regex may become. */
const MAX_TEXT = 500

export type Pattern = {
  readonly matches: (text: string) => boolean
  /** Some text that every match holds, as it is written; null: there is none. */
  readonly core: string | null
}

/** Throws `invalid_request` for a regex that is none, or has what cannot be linear (back references, look-around). */
export function parsePattern({
  text,
  mode,
  isCaseSensitive,
}: Pick<LogSearch, 'text' | 'mode' | 'isCaseSensitive'>): Pattern {
  if (text.length > MAX_TEXT)
    throw new AppError('invalid_request', `query.q: has over ${MAX_TEXT} characters.`)
  const fold = isCaseSensitive ? (line: string) => line : (line: string) => line.toLowerCase()
  if (mode === 'literal') {
    const needle = fold(text)
    return { matches: (line) => fold(line).includes(needle), core: text }
  }
  if (mode === 'regex') return parseRegex(text, isCaseSensitive)
  const parts = text.split('*').filter((part) => part !== '')
  const folded = parts.map(fold)
  const core = parts.flatMap((part) => part.split('?')).toSorted((a, b) => b.length - a.length)[0] ?? ''
  return { matches: (line) => matchesParts(fold(line), folded), core: core === '' ? null : core }
}

/** Each part at the first place after the one before: if any way fits, this one does. */
function matchesParts(line: string, parts: readonly string[]): boolean {
  let at = 0
  for (const part of parts) {
    const found = findPart(line, part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return true
}

/** `?` is any one character. */
function findPart(line: string, part: string, from: number): number {
  if (!part.includes('?')) return line.indexOf(part, from)
  for (let at = from; at + part.length <= line.length; at++) {
    let fits = 0
    while (fits < part.length && (part[fits] === '?' || part[fits] === line[at + fits])) fits++
    if (fits === part.length) return at
  }
  return -1
}

function parseRegex(text: string, isCaseSensitive: boolean): Pattern {
  try {
    const compiled = RE2JS.compile(text, isCaseSensitive ? 0 : RE2JS.CASE_INSENSITIVE)
    return { matches: (line) => compiled.test(line), core: findCore(text) }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new AppError('invalid_request', `query.q: ${why.slice(0, 200)}`)
  }
}

/** The longest run of plain characters, where nothing makes them optional: no choice, no group, no class before them. */
function findCore(text: string): string | null {
  if (/[|()[\]{}\\]/.test(text)) return null
  const runs = text.split(/[.^$]|.[*+?]+/u)
  const longest = runs.toSorted((a, b) => b.length - a.length)[0] ?? ''
  return longest === '' ? null : longest
}
