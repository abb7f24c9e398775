/** How bad a line of a log says it is, guessed from its words: servers write what they like. */

export const LOG_LINE_LEVELS = ['debug', 'info', 'warn', 'error'] as const
export type LogLineLevel = (typeof LOG_LINE_LEVELS)[number]

const WORDS: Readonly<Record<string, LogLineLevel>> = {
  trace: 'debug',
  debug: 'debug',
  dbg: 'debug',
  info: 'info',
  notice: 'info',
  warn: 'warn',
  warning: 'warn',
  err: 'error',
  error: 'error',
  critical: 'error',
  fatal: 'error',
  panic: 'error',
  traceback: 'error',
}

/** Where such a word stands: words that people use in sentences count near the start alone. */
const HEAD = 80
const PLAIN =
  /(?:^|[^A-Za-z])(trace|debug|dbg|info|notice|warn(?:ing)?|err(?:or)?|critical|fatal|panic|traceback)(?![A-Za-z])/i
const FIELD = /["']?(?:level|lvl|severity)["']?\s*[:=]\s*["']?([A-Za-z]+)/i
/** `ValueError: …`, as Python and Node end a trace with. */
const THROWN = /^(?:Uncaught\s+)?[A-Z][A-Za-z.]*(?:Error|Exception)\b/

/** Null: it says nothing of the kind. */
export function guessLevel(text: string): LogLineLevel | null {
  const head = text.slice(0, HEAD)
  const field = FIELD.exec(text.slice(0, 4 * HEAD))?.[1]?.toLowerCase()
  if (field !== undefined && Object.hasOwn(WORDS, field)) return WORDS[field] ?? null
  if (THROWN.test(head)) return 'error'
  const word = PLAIN.exec(head)?.[1]?.toLowerCase()
  return word === undefined ? null : (WORDS[word] ?? null)
}
