/** The one thing that the last words of a program say about its end. Pure. */
import type { ExitClass } from '../../../domain/exit-class.ts'
import type { ExitPhase } from './classify-exit.ts'
import { findLastError } from './find-last-error.ts'
import { lacksSecret, RULES, VARIABLE, type Rule } from './stderr-rules.ts'

export type TextFinding = {
  readonly kind: ExitClass
  /** The words that were recognised: they tell this end from others of its class. */
  readonly words: string
  /** The end of a sentence: what it lacks, whom it cannot reach. */
  readonly what: string | null
  readonly hint: string | null
}

const NAMES_MISSING = new RegExp(VARIABLE)
/** Words on the way, not last words. */
const CHATTER =
  /^.{0,60}(?:\b(?:INFO|DEBUG|TRACE|NOTICE)\b|\[(?:info|debug|trace)\]|"level":"?(?:info|debug|10|20|30)\b).*$/gm
/** What stands so close together belongs to one error: its name, its stack and the object that is printed with it. */
const ONE_ERROR = 2000
/** The end is nearly always in here; reading all of it takes as many times as long. */
const MOSTLY = 8 * 1024

/** The most telling rule near the last thing that any rule recognises; null when none does. */
export function readLastWords(stderr: string, phase: ExitPhase): TextFinding | null {
  return readEnd(stderr.slice(-MOSTLY), phase) ?? (stderr.length > MOSTLY ? readEnd(stderr, phase) : null)
}

function readEnd(stderr: string, phase: ExitPhase): TextFinding | null {
  const text = stderr.replace(CHATTER, (line) => ' '.repeat(line.length))
  const from = phase === 'serving' ? findLastError(text) : 0
  const found = RULES.flatMap((each) => {
    if (each.only !== undefined && each.only !== phase) return []
    const last = findLast(text, each)
    return last === null || last.index < from ? [] : [{ each, last }]
  })
  const end = Math.max(...found.map(({ last }) => last.index))
  const best = found.find(({ last }) => last.index >= end - ONE_ERROR)
  if (best === undefined) return null
  const { each, last } = best
  const told = each.tell?.(last) ?? tellByName(each, last)
  return {
    kind: each.kind,
    words: lineAt(text, last.index),
    what: told?.what ?? null,
    hint: told?.hint ?? null,
  }
}

/** The reverse order, "missing X_Y", has its name behind. */
function tellByName({ kind }: Rule, match: RegExpExecArray) {
  const name = kind === 'missing_secret' ? NAMES_MISSING.exec(match[0]) : null
  return name === null ? null : lacksSecret(name)
}

function findLast(text: string, { pattern, unless }: Rule): RegExpExecArray | null {
  let last: RegExpExecArray | null = null
  for (const match of text.matchAll(pattern)) {
    if (unless?.test(lineAt(text, match.index + match[0].search(/\S/))) !== true) last = match
  }
  return last
}

function lineAt(text: string, index: number): string {
  const from = Math.max(0, index)
  const start = text.lastIndexOf('\n', text[from] === '\n' ? from - 1 : from) + (text[from] === '\n' ? 0 : 1)
  const begin = text[start] === '\n' ? start + 1 : start
  const end = text.indexOf('\n', begin)
  return text
    .slice(begin, end === -1 ? undefined : end)
    .slice(0, 500)
    .trim()
}
