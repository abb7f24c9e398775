/** The daemon's own log: one JSON line a record on stderr, readable text on a terminal. */
import type { Writable } from 'node:stream'

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]
type Fields = Readonly<Record<string, unknown>>

export interface Logger {
  debug(msg: string, fields?: Fields): void
  info(msg: string, fields?: Fields): void
  warn(msg: string, fields?: Fields): void
  error(msg: string, fields?: Fields): void
  child(component: string): Logger
}

export const LOG_FORMATS = ['auto', 'json', 'pretty'] as const
export type LogFormat = (typeof LOG_FORMATS)[number]

/**
 * Writes records of `level` and above to `out`, as docs/logs.md describes them; an Error in `fields.err` keeps type,
 * message, code and stack.
 * @param mask takes out of a whole record what nobody may read there
 * @param format `auto`: readable text on a terminal, JSON elsewhere
 */
export function createLogger(
  out: Writable & { readonly isTTY?: boolean } = process.stderr,
  level: LogLevel | (() => LogLevel) = 'info',
  component = 'platform',
  mask: (text: string) => string = (text) => text,
  format: LogFormat = 'auto',
): Logger {
  const put = (text: string) => out.write(`${mask(text)}\n`)
  const isPretty = format === 'auto' ? out.isTTY === true : format === 'pretty'
  const write = (at: LogLevel, msg: string, fields: Fields = {}) => {
    const least = typeof level === 'string' ? level : level()
    if (LOG_LEVELS.indexOf(at) < LOG_LEVELS.indexOf(least)) return
    const time = new Date(Date.now()).toISOString()
    const { err, ...rest } = fields
    const error = err === undefined ? {} : { err: describeError(err) }
    if (isPretty) {
      const extra = Object.entries({
        ...rest,
        ...(error.err === undefined ? {} : { err: error.err.message }),
      })
      const shown = extra.map(
        ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
      )
      put(`${time.slice(11, 19)} ${at.padEnd(5)} ${component}: ${msg} ${shown.join(' ')}`.trimEnd())
    } else {
      put(JSON.stringify({ time, level: at, msg, component, ...rest, ...error }))
    }
  }
  return {
    debug: (msg, fields) => write('debug', msg, fields),
    info: (msg, fields) => write('info', msg, fields),
    warn: (msg, fields) => write('warn', msg, fields),
    error: (msg, fields) => write('error', msg, fields),
    child: (name) => createLogger(out, level, name, mask, format),
  }
}

/** Anything may be thrown. */
function describeError(err: unknown): {
  readonly type: string
  readonly message: string
  readonly code?: string
  readonly stack?: string
} {
  if (!(err instanceof Error)) {
    return { type: typeof err, message: typeof err === 'string' ? err : (JSON.stringify(err) ?? 'undefined') }
  }
  const code = 'code' in err && typeof err.code === 'string' ? { code: err.code } : {}
  const stack = err.stack === undefined ? {} : { stack: err.stack }
  return { type: err.name, message: err.message, ...code, ...stack }
}
