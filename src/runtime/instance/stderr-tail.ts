/** What one instance last wrote to stderr: it explains an exit better than any code. */
import type { LastWords } from './exit/build-exit.ts'
import type { LogMask } from './log-mask.ts'

/** What its end is judged by: an error comes with a long stack, and with what was said before. */
const KEPT_BYTES = 64 * 1024
const SHOWN_BYTES = 4 * 1024
const FIRST_BYTES = 1024

export type StderrTail = {
  push(chunk: Buffer): void
  /** Beginning at a whole line where it was cut. */
  words(): LastWords
}

export function createStderrTail(mask: LogMask): StderrTail {
  // Used round and round: a copy of each chunk would leave a flood's worth of memory to the garbage collector.
  let ring = Buffer.alloc(0)
  let length = 0
  let end = 0
  let cut = false

  const grow = (needed: number) => {
    if (needed <= ring.length || ring.length === KEPT_BYTES) return
    const larger = Buffer.allocUnsafeSlow(Math.min(KEPT_BYTES, Math.max(FIRST_BYTES, 2 * needed)))
    // It was never full so far: nothing has gone round.
    ring.copy(larger, 0, 0, length)
    ring = larger
    end = length
  }
  return {
    push(chunk) {
      const piece = chunk.subarray(-KEPT_BYTES)
      if (piece.length < chunk.length || length + piece.length > KEPT_BYTES) cut = true
      grow(length + piece.length)
      const first = piece.copy(ring, end)
      piece.copy(ring, 0, first)
      end = (end + piece.length) % Math.max(1, ring.length)
      length = Math.min(KEPT_BYTES, length + piece.length)
    },
    words() {
      const tail =
        length < ring.length
          ? ring.subarray(0, length)
          : Buffer.concat([ring.subarray(end), ring.subarray(0, end)])
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
