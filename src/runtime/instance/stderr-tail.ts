/** What one instance last wrote to stderr: it explains an exit better than any code. */
import type { LogMask } from './log-mask.ts'

const TAIL_BYTES = 4 * 1024

export type StderrTail = {
  push(chunk: Buffer): void
  /** At most 4 KiB, beginning at a whole line where it was cut. */
  text(): string
}

export function createStderrTail(mask: LogMask): StderrTail {
  let tail = Buffer.alloc(0)
  let cut = false
  return {
    push(chunk) {
      if (tail.length + chunk.length > TAIL_BYTES) cut = true
      tail = Buffer.concat([tail, chunk.subarray(-TAIL_BYTES)]).subarray(-TAIL_BYTES)
    },
    text() {
      // A broken character grows from one byte to three, and the bound holds for what is shown.
      const shown = Buffer.from(tail.toString('utf8'))
      let start = Math.max(0, shown.length - TAIL_BYTES)
      while (((shown[start] ?? 0) & 0xc0) === 0x80) start++
      const text = shown.toString('utf8', start)
      const firstEnd = text.indexOf('\n')
      const isWhole = !cut || (firstEnd !== -1 && firstEnd < text.length - 1)
      return mask(cut && isWhole ? text.slice(firstEnd + 1) : text, { start: cut }).trimEnd()
    },
  }
}
