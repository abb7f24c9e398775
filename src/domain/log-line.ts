import { guessLevel, type LogLineLevel } from './log-level.ts'

/** stderr, noise on stdout, and what the platform itself has to say about a server. */
export const LOG_STREAMS = ['stdout', 'stderr', 'platform'] as const
export type LogStream = (typeof LOG_STREAMS)[number]

export type LogLine = {
  /** Rises by one a line for each server, over restarts of server and daemon. */
  readonly seq: number
  /** Milliseconds since the epoch, stamped when the platform read the line. */
  readonly time: number
  readonly stream: LogStream
  readonly text: string
}

export type LogQuery = {
  /** Lines after this sequence number; with `tail` absent, from the oldest kept. */
  readonly after?: number
  /** Lines before this sequence number. */
  readonly before?: number
  /** The last N that match. */
  readonly tail?: number
  readonly stream?: LogStream
  /** Milliseconds since the epoch. */
  readonly since?: number
  readonly until?: number
  /** Guessed from its words. */
  readonly level?: LogLineLevel
  /** Literal, case-insensitive. */
  readonly grep?: string
  readonly limit?: number
}

/** Which lines a query wants, whatever their number: for what is kept and for what comes. */
export function buildLogMatcher({
  after = 0,
  before = Infinity,
  stream,
  since,
  until,
  level,
  grep,
}: LogQuery): (line: LogLine) => boolean {
  const needle = grep?.toLowerCase()
  return (line) =>
    line.seq > after &&
    line.seq < before &&
    (stream === undefined || line.stream === stream) &&
    (since === undefined || line.time >= since) &&
    (until === undefined || line.time <= until) &&
    (level === undefined || guessLevel(line.text) === level) &&
    (needle === undefined || line.text.toLowerCase().includes(needle))
}
