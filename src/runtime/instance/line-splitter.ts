/** Bytes to lines, without ever holding more than the cap: the unfinished line is counted before it is kept. */

const NEWLINE = 10

/** More would be a server that speaks no protocol, or an attack on the platform's memory. Bytes. */
export const MAX_LINE_BYTES = 4 * 1024 * 1024

export type LineSplitter = {
  /** Calls `onLine` for each line that `chunk` completes. After an overflow it takes nothing any more. */
  push(chunk: Buffer): void
}

/**
 * @param onLine a line without its newline.
 * @param onOverflow called once, when a line grows over `maxBytes`.
 */
export function createLineSplitter(
  onLine: (line: string) => void,
  onOverflow: () => void,
  maxBytes = MAX_LINE_BYTES,
): LineSplitter {
  let pieces: Buffer[] = []
  let held = 0
  let broken = false

  const overflow = () => {
    broken = true
    pieces = []
    held = 0
    onOverflow()
  }

  return {
    push(chunk) {
      if (broken) return
      let start = 0
      for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
        if (held + end - start > maxBytes) return overflow()
        if (held === 0) {
          onLine(chunk.toString('utf8', start, end))
        } else {
          pieces.push(chunk.subarray(start, end))
          const line = Buffer.concat(pieces, held + end - start).toString('utf8')
          pieces = []
          held = 0
          onLine(line)
        }
        start = end + 1
      }
      const rest = chunk.length - start
      if (held + rest > maxBytes) return overflow()
      if (rest > 0) {
        pieces.push(start === 0 ? chunk : chunk.subarray(start))
        held += rest
      }
    },
  }
}
