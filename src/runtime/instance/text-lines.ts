/** stderr bytes to log lines: a line is cut at its bound, marked, and the rest of it only counted. */
import type { LogMask } from './log-mask.ts'

/** Of one log line, before the mark. */
const MAX_TEXT_BYTES = 16 * 1024

/** Text that is one already, cut and marked likewise. */
export function cutText(text: string, mask: LogMask, cut = false): string {
  if (text.length * 3 <= MAX_TEXT_BYTES) return mask(text, { end: cut })
  const bytes = Buffer.from(text)
  return cutBytes(bytes, bytes.length, mask, cut)
}

/** UTF-8, broken bytes replaced. `total`: the whole line's bytes. */
function cutBytes(line: Buffer, total: number, mask: LogMask, cut = false): string {
  if (total <= MAX_TEXT_BYTES) return mask(line.toString('utf8'), { end: cut })
  return `${mask(line.toString('utf8', 0, MAX_TEXT_BYTES), { end: true })} […cut, ${total} bytes]`
}

export type TextLines = {
  push(chunk: Buffer): void
  /** Hands out an unfinished last line. */
  end(): void
}

/**
 * @param onLine gets the text when it asks for it, at once or never, beside its bytes: what is dropped in a flood is
 * neither decoded nor masked. @param mask is applied to whole lines: what comes in several chunks is found too.
 */
export function createTextLines(
  onLine: (read: () => string, bytes: number) => void,
  mask: LogMask,
): TextLines {
  // The same memory for every line that is kept: a flood would leave each line's own to the garbage collector.
  let kept: Buffer = Buffer.alloc(0)
  let keptBytes = 0
  let total = 0

  const keep = (piece: Buffer) => {
    total += piece.length
    const room = MAX_TEXT_BYTES - keptBytes
    if (room <= 0 || piece.length === 0) return
    const taken = Math.min(room, piece.length)
    if (keptBytes + taken > kept.length) {
      const larger = Buffer.allocUnsafeSlow(Math.min(MAX_TEXT_BYTES, 2 * (keptBytes + taken)))
      kept.copy(larger, 0, 0, keptBytes)
      kept = larger
    }
    piece.copy(kept, keptBytes, 0, taken)
    keptBytes += taken
  }
  const emit = (line: Buffer, bytes: number) =>
    onLine(
      () => {
        const text = cutBytes(line, bytes, mask)
        return text.endsWith('\r') ? text.slice(0, -1) : text
      },
      Math.min(bytes, MAX_TEXT_BYTES),
    )
  const emitKept = () => {
    emit(kept.subarray(0, keptBytes), total)
    keptBytes = 0
    total = 0
  }

  return {
    push(chunk) {
      let start = 0
      for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
        if (total === 0) {
          emit(chunk.subarray(start, end), end - start)
        } else {
          keep(chunk.subarray(start, end))
          emitKept()
        }
        start = end + 1
      }
      if (start < chunk.length) keep(chunk.subarray(start))
    },
    end() {
      if (total > 0) emitKept()
    },
  }
}
