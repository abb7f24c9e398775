/** Bytes to lines, without ever holding more than the cap: the unfinished line is counted before it is kept. */
import { createGatheredBytes } from './gathered-bytes.ts'

const NEWLINE = 10
const OPENING_BRACE = 0x7b

/** More is not kept. Bytes. */
export const MAX_LINE_BYTES = 4 * 1024 * 1024
/** What is left out of one message, at most: more has no end, and is an attack on the platform's time. */
const MAX_SKIPPED_BYTES = 16 * MAX_LINE_BYTES
/** Bytes of a left out line that are told. */
const EDGE_BYTES = 256

/** A message over the cap: how it began and ended, byte by byte (latin1). */
export type LongLine = { readonly head: string; readonly tail: string }

export type LineSplitter = {
  /** Calls `onLine` for each line that `chunk` completes. After an overflow it takes nothing any more. */
  push(chunk: Buffer): void
}

export type LineHandlers = {
  /** A line without its newline. */
  readonly onLine: (line: string) => void
  /** A line over the cap that began like a message: it was left out, and what follows is taken again. */
  readonly onLongLine: (line: LongLine) => void
  /** Called once: a line over the cap that is no message, or a message without an end. */
  readonly onOverflow: () => void
}

export function createLineSplitter(handlers: LineHandlers, maxBytes = MAX_LINE_BYTES): LineSplitter {
  const held = createGatheredBytes()
  let long: { readonly head: string; tail: string; bytes: number } | null = null
  let broken = false

  /** Takes the line's next part; what is over the cap is no longer kept. False once nothing is taken any more. */
  const take = (part: Buffer): boolean => {
    if (long === null) {
      held.add(part)
      if (held.size <= maxBytes) return true
      const whole = held.take()
      long = { head: whole.toString('latin1', 0, EDGE_BYTES), tail: '', bytes: 0 }
      broken = whole[0] !== OPENING_BRACE
    }
    long.bytes += part.length
    long.tail = (long.tail + part.toString('latin1', Math.max(0, part.length - EDGE_BYTES))).slice(
      -EDGE_BYTES,
    )
    broken ||= long.bytes > MAX_SKIPPED_BYTES
    if (broken) handlers.onOverflow()
    return !broken
  }

  const end = () => {
    if (long !== null) {
      const { head, tail } = long
      long = null
      return handlers.onLongLine({ head, tail })
    }
    handlers.onLine(held.take().toString('utf8'))
  }

  return {
    push(chunk) {
      if (broken) return
      let start = 0
      for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, start)) {
        if (held.size === 0 && long === null && at - start <= maxBytes) {
          handlers.onLine(chunk.toString('utf8', start, at))
        } else {
          if (!take(chunk.subarray(start, at))) return
          end()
        }
        start = at + 1
      }
      if (start < chunk.length) take(start === 0 ? chunk : chunk.subarray(start))
    },
  }
}
