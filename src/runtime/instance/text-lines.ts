/** stderr bytes to log lines: a line is cut at its bound, marked, and the rest of it only counted. */

/** Of one log line, before the mark. */
const MAX_TEXT_BYTES = 16 * 1024

/** Text that is one already, cut and marked likewise. */
export function cutText(text: string): string {
  if (text.length * 3 <= MAX_TEXT_BYTES) return text
  const bytes = Buffer.from(text)
  return cutBytes(bytes, bytes.length)
}

/** UTF-8, broken bytes replaced. `total`: the whole line's bytes. */
function cutBytes(line: Buffer, total: number): string {
  if (total <= MAX_TEXT_BYTES) return line.toString('utf8')
  return `${line.toString('utf8', 0, MAX_TEXT_BYTES)} […cut, ${total} bytes]`
}

export type TextLines = {
  push(chunk: Buffer): void
  /** Hands out an unfinished last line. */
  end(): void
}

export function createTextLines(onLine: (text: string) => void): TextLines {
  let kept: Buffer[] = []
  let keptBytes = 0
  let total = 0

  const keep = (piece: Buffer) => {
    total += piece.length
    const room = MAX_TEXT_BYTES - keptBytes
    if (room <= 0 || piece.length === 0) return
    // Copied: a slice would keep its whole 64 KiB chunk alive.
    const part = Buffer.from(piece.subarray(0, room))
    kept.push(part)
    keptBytes += part.length
  }
  const emit = (text: string) => onLine(text.endsWith('\r') ? text.slice(0, -1) : text)
  const emitKept = () => {
    const text = cutBytes(Buffer.concat(kept, keptBytes), total)
    kept = []
    keptBytes = 0
    total = 0
    emit(text)
  }

  return {
    push(chunk) {
      let start = 0
      for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
        if (total === 0) {
          emit(cutBytes(chunk.subarray(start, end), end - start))
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
