import type { AnsiSpan } from '../ansi.ts'

export type Piece = { readonly span: AnsiSpan; readonly isMatch: boolean }
export type Range = readonly [from: number, to: number]

/** A line of a few thousand hits helps nobody, and drawing it takes long. */
const MAX_MATCHES = 200

/** Where a text stands in another, without case. */
export function findMatches(text: string, needle: string): readonly Range[] {
  if (needle === '') return []
  const found: Range[] = []
  const haystack = text.toLowerCase()
  // Where lower case has another length the places would be off.
  if (haystack.length !== text.length) return []
  const wanted = needle.toLowerCase()
  for (let at = haystack.indexOf(wanted); at !== -1 && found.length < MAX_MATCHES;) {
    found.push([at, at + wanted.length])
    at = haystack.indexOf(wanted, at + wanted.length)
  }
  return found
}

export const SEARCH_MODES = ['literal', 'glob', 'regex'] as const
export type Wanted = {
  readonly text: string
  readonly mode: (typeof SEARCH_MODES)[number]
  readonly isCaseSensitive: boolean
}

/** What of a search can be marked in a line; patterns are judged by the platform alone, in linear time. */
export function markable({ text, mode }: Wanted): string {
  if (mode === 'regex') return ''
  if (mode === 'literal') return text
  return text.split(/[*?]+/).reduce((longest, part) => (part.length > longest.length ? part : longest), '')
}

export function isLiteralHit(line: string, { text, isCaseSensitive }: Wanted): boolean {
  return isCaseSensitive ? line.includes(text) : findMatches(line, text).length > 0
}

/** Cuts spans where matches begin and end, also those that reach over several. */
export function markMatches(spans: readonly AnsiSpan[], needle: string): readonly Piece[] {
  const matches = findMatches(spans.map(({ text }) => text).join(''), needle)
  if (matches.length === 0) return spans.map((span) => ({ span, isMatch: false }))
  const pieces: Piece[] = []
  let offset = 0
  for (const span of spans) {
    let at = 0
    const cut = (to: number, isMatch: boolean) => {
      if (to > at) pieces.push({ span: { ...span, text: span.text.slice(at, to) }, isMatch })
      at = Math.max(at, to)
    }
    for (const [from, to] of matches) {
      if (to <= offset || from >= offset + span.text.length) continue
      cut(Math.max(0, from - offset), false)
      cut(Math.min(span.text.length, to - offset), true)
    }
    cut(span.text.length, false)
    offset += span.text.length
  }
  return pieces
}
