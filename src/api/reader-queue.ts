/**
 * What waits for one reader of a stream. A text that waits for many readers is one text: it becomes bytes only when it
 * is handed out, in pieces that are worth a write.
 */
export type ReaderQueue = {
  /** Of all that waits. */
  readonly bytes: number
  add(text: string): void
  /** The next piece; null when nothing waits. */
  take(): Buffer | null
  clear(): void
}

const PIECE_BYTES = 64 * 1024

export function createReaderQueue(): ReaderQueue {
  let waiting: (string | Buffer)[] = []
  let bytes = 0

  /** Texts that lie side by side, up to a piece. */
  const takeTexts = (): Buffer => {
    let count = 0
    for (let length = 0; count < waiting.length && length < PIECE_BYTES; count++) {
      const next = waiting[count]
      if (typeof next !== 'string') break
      length += next.length
    }
    return Buffer.from(waiting.splice(0, count).join(''))
  }
  return {
    get bytes() {
      return bytes
    },
    add(text) {
      if (text === '') return
      bytes += Buffer.byteLength(text)
      if (text.length <= PIECE_BYTES) {
        waiting.push(text)
        return
      }
      const all = Buffer.from(text)
      for (let at = 0; at < all.length; at += PIECE_BYTES) waiting.push(all.subarray(at, at + PIECE_BYTES))
    },
    take() {
      const [next] = waiting
      if (next === undefined) return null
      const piece = typeof next === 'string' ? takeTexts() : next
      if (typeof next !== 'string') waiting.shift()
      bytes -= piece.length
      return piece
    },
    clear() {
      waiting = []
      bytes = 0
    },
  }
}
