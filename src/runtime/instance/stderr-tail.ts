/** What one instance last wrote to stderr: it explains an exit better than any code. */
import type { LastWords } from './exit/build-exit.ts'
import type { LogMask } from './log-mask.ts'

/** What its end is judged by: an error comes with a long stack, and with what was said before. */
const KEPT_BYTES = 64 * 1024
const SHOWN_BYTES = 4 * 1024
const PIECE_BYTES = 1024

export type StderrTail = {
  push(chunk: Buffer): void
  /** Beginning at a whole line where it was cut. */
  words(): LastWords
}

export function createStderrTail(mask: LogMask): StderrTail {
  const pieces: Buffer[] = []
  let length = 0
  let cut = false
  return {
    push(chunk) {
      const piece = chunk.subarray(-KEPT_BYTES)
      const last = pieces.at(-1)
      // Small ones are joined, so that their number is bounded too; a flood costs each byte a few copies and no more.
      if (last !== undefined && last.length + piece.length <= PIECE_BYTES)
        pieces[pieces.length - 1] = Buffer.concat([last, piece])
      else pieces.push(Buffer.from(piece))
      length += piece.length
      if (piece.length < chunk.length || length > KEPT_BYTES) cut = true
      for (
        let [first] = pieces;
        first !== undefined && length - first.length >= KEPT_BYTES;
        [first] = pieces
      ) {
        pieces.shift()
        length -= first.length
      }
    },
    words() {
      const tail = Buffer.concat(pieces).subarray(-KEPT_BYTES)
      return {
        evidence: read(tail, KEPT_BYTES, cut, mask),
        shown: read(tail.subarray(-SHOWN_BYTES), SHOWN_BYTES, cut || tail.length > SHOWN_BYTES, mask),
      }
    },
  }
}

function read(tail: Buffer, most: number, cut: boolean, mask: LogMask): string {
  // A broken character grows from one byte to three, and the bound holds for what is shown.
  const shown = Buffer.from(tail.toString('utf8'))
  let start = Math.max(0, shown.length - most)
  while (((shown[start] ?? 0) & 0xc0) === 0x80) start++
  const text = shown.toString('utf8', start)
  const firstEnd = text.indexOf('\n')
  const isWhole = !cut || (firstEnd !== -1 && firstEnd < text.length - 1)
  return mask(cut && isWhole ? text.slice(firstEnd + 1) : text, { start: cut }).trimEnd()
}
