/** The daemon's own log: one JSON line a record on stderr, readable text on a terminal. */
import type { Writable } from 'node:stream'

const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]
type Fields = Readonly<Record<string, unknown>>

export interface Logger {
  debug(msg: string, fields?: Fields): void
  info(msg: string, fields?: Fields): void
  warn(msg: string, fields?: Fields): void
  error(msg: string, fields?: Fields): void
  child(component: string): Logger
}

/**
 * Writes records of `level` and above to `out`; an Error in `fields.err` keeps type, message and stack.
 * @param mask takes out of a whole record what nobody may read there
 */
export function createLogger(
  out: Writable & { readonly isTTY?: boolean } = process.stderr,
  level: LogLevel = 'info',
  component = 'platform',
  mask: (text: string) => string = (text) => text,
): Logger {
  const put = (text: string) => out.write(`${mask(text)}\n`)
  const write = (at: LogLevel, msg: string, fields: Fields = {}) => {
    if (LOG_LEVELS.indexOf(at) < LOG_LEVELS.indexOf(level)) return
    const time = new Date(Date.now()).toISOString()
    const { err, ...rest } = fields
    const error =
      err instanceof Error
        ? { err: { type: err.name, message: err.message, stack: err.stack } }
        : err === undefined
          ? {}
          : { err }
    if (out.isTTY === true) {
      const extra = Object.entries({ ...rest, ...(err instanceof Error ? { err: err.message } : error) })
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
    child: (name) => createLogger(out, level, name, mask),
  }
}
