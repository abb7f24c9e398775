import type { LogLineJson } from '../../../src/api/schema/log.ts'
import { stripAnsi } from '../ansi.ts'

export type LogEntry = {
  /** Rises by one a line of its server, over restarts. */
  readonly cursor: number
  /** Milliseconds since the epoch. */
  readonly time: number
  readonly stream: LogLineJson['stream']
  /** Exactly what was stored. */
  readonly text: string
  readonly server: string
}

export const LEVELS = ['error', 'warn', 'info', 'debug'] as const
export type Level = (typeof LEVELS)[number]

export function readEntry({ cursor, time, stream, text }: LogLineJson, server: string): LogEntry {
  return { cursor, time: Date.parse(time), stream, text, server }
}

/** How the usual loggers say it, near the beginning of a line; bunyan and pino by number. */
const WORDS: readonly (readonly [Level, RegExp])[] = [
  ['error', /\b(?:error|err|fatal|critical|crit|panic|emerg|alert|traceback|uncaught|exception)\b/i],
  ['warn', /\b(?:warn|warning)\b/i],
  ['debug', /\b(?:debug|trace|verbose)\b/i],
  ['info', /\b(?:info|notice)\b/i],
]
const HEAD = 120

/** Guessed, never believed: a line without a word of its own has none. */
export function guessLevel({ text, stream }: Pick<LogEntry, 'text' | 'stream'>): Level | null {
  if (stream === 'platform') return null
  const head = stripAnsi(text.slice(0, HEAD * 2)).slice(0, HEAD)
  const field = /"(?:level|severity|lvl)"\s*:\s*(?:"([a-z]+)"|(\d+))/i.exec(head)
  if (field?.[2] !== undefined) return levelOfNumber(Number(field[2]))
  const said = field?.[1] ?? head
  // The first word counts: "INFO no error so far" is no error.
  const found = WORDS.flatMap(([level, words]) => {
    const at = words.exec(said)?.index
    return at === undefined ? [] : [{ level, at }]
  })
  return found.sort((a, b) => a.at - b.at)[0]?.level ?? null
}

function levelOfNumber(value: number): Level {
  if (value >= 50) return 'error'
  if (value >= 40) return 'warn'
  return value >= 30 ? 'info' : 'debug'
}

export type Marker = 'dropped' | 'restart' | 'platform'

/** What the platform says between a server's own lines is drawn as a mark, by what it is about. */
export function markOf({ stream, text }: Pick<LogEntry, 'stream' | 'text'>): Marker | null {
  if (stream !== 'platform') return null
  if (/\bdropped\b|were not kept/i.test(text)) return 'dropped'
  return /^(?:started|ended|start|stopped|restart|running|exit)/i.test(text) ? 'restart' : 'platform'
}

const MAX_PRETTY = 64 * 1024

/** The JSON in a line, indented; null where there is none. Text before it stays in front. */
export function prettyJson(text: string): string | null {
  if (text.length > MAX_PRETTY) return null
  const plain = stripAnsi(text)
  const at = plain.search(/[{[]/)
  if (at === -1) return null
  try {
    const value: unknown = JSON.parse(plain.slice(at))
    if (typeof value !== 'object' || value === null) return null
    return `${plain.slice(0, at).trimEnd()}${at === 0 ? '' : '\n'}${JSON.stringify(value, null, 2)}`.trimStart()
  } catch {
    return null
  }
}
