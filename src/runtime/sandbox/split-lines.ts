/** Output of a job as lines, bounded in length and in sum, whatever the job writes. */

const MAX_LINE_CHARS = 8192
const MAX_TOTAL_CHARS = 8 * 2 ** 20

/** @returns `push` for each chunk of text, `end` for what is left. Beyond the bounds text is dropped and marked. */
export function createLineSplitter(onLine: (line: string) => void): {
  push(text: string): void
  end(): void
} {
  let line = ''
  let cut = false
  let total = 0
  const flush = () => {
    const full = cut ? `${line} [cut]` : line
    line = ''
    cut = false
    if (total >= MAX_TOTAL_CHARS) return
    total += full.length + 1
    onLine(total >= MAX_TOTAL_CHARS ? '[more output is not kept]' : full)
  }
  const add = (text: string) => {
    const room = MAX_LINE_CHARS - line.length
    line += text.slice(0, room)
    cut ||= text.length > room
  }
  return {
    push(text) {
      // A carriage return alone redraws a progress bar: it ends a line like a newline does.
      const parts = text.split(/\r?\n|\r/)
      for (const part of parts.slice(0, -1)) {
        add(part)
        flush()
      }
      add(parts.at(-1) ?? '')
    },
    end() {
      if (line !== '') flush()
    },
  }
}
