/** What one instance last wrote to stderr: it explains an exit better than any code. */

const TAIL_BYTES = 4 * 1024

export type StderrTail = {
  push(chunk: Buffer): void
  /** At most 4 KiB, beginning at a whole line where it was cut. */
  text(): string
}

export function createStderrTail(): StderrTail {
  let tail = Buffer.alloc(0)
  let cut = false
  return {
    push(chunk) {
      if (tail.length + chunk.length > TAIL_BYTES) cut = true
      tail = Buffer.concat([tail, chunk.subarray(-TAIL_BYTES)]).subarray(-TAIL_BYTES)
    },
    text() {
      // A broken character grows from one byte to three: the bound holds for what is shown.
      const text = Buffer.from(tail.toString('utf8')).subarray(-TAIL_BYTES).toString('utf8')
      const firstEnd = text.indexOf('\n')
      return (
        cut && firstEnd !== -1 && firstEnd < text.length - 1 ? text.slice(firstEnd + 1) : text
      ).trimEnd()
    },
  }
}
