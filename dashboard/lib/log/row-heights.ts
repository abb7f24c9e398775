/**
 * Where each of a million rows is drawn. Rows have one height, but those that were seen to be higher (wrapped, opened).
 * Browsers draw no element higher than some 17 million pixels, so the scroll bar may stand for more than its height.
 */
const CHUNK = 512
/** Firefox ends at 17.9 million. */
export const MAX_PIXELS = 15_000_000

export interface RowHeights {
  readonly row: number
  total(count: number): number
  top(index: number): number
  height(index: number): number
  /** The row at a distance from the first. */
  indexAt(offset: number, count: number): number
  /** Whether that was new. */
  measure(index: number, height: number): boolean
  /** Rows were put in front of all others. */
  shift(by: number): void
  clear(): void
}

export function createRowHeights(row: number): RowHeights {
  let extra = new Map<number, number>()
  let sums = new Map<number, number>()
  let sum = 0

  const add = (index: number, change: number) => {
    const chunk = Math.floor(index / CHUNK)
    sums.set(chunk, (sums.get(chunk) ?? 0) + change)
    sum += change
  }
  const top = (index: number) => {
    let offset = index * row
    if (sum === 0) return offset
    const own = Math.floor(index / CHUNK)
    for (const [chunk, value] of sums) if (chunk < own) offset += value
    for (let at = own * CHUNK; at < index; at += 1) offset += extra.get(at) ?? 0
    return offset
  }

  return {
    row,
    total: (count) => count * row + sum,
    top,
    height: (index) => row + (extra.get(index) ?? 0),
    indexAt(offset, count) {
      let low = 0
      let high = Math.max(0, count - 1)
      while (low < high) {
        const middle = (low + high + 1) >> 1
        if (top(middle) <= offset) low = middle
        else high = middle - 1
      }
      return low
    },
    measure(index, height) {
      const change = Math.max(0, height - row) - (extra.get(index) ?? 0)
      if (Math.abs(change) < 1) return false
      extra.set(index, Math.max(0, height - row))
      add(index, change)
      return true
    },
    shift(by) {
      const before = extra
      extra = new Map()
      sums = new Map()
      sum = 0
      for (const [index, value] of before) {
        extra.set(index + by, value)
        add(index + by, value)
      }
    },
    clear() {
      extra = new Map()
      sums = new Map()
      sum = 0
    },
  }
}

/** From the scroll bar to the rows and back; the same unless there are too many rows for a browser. */
export function scaleOf(total: number, view: number): number {
  return total <= MAX_PIXELS ? 1 : (total - view) / (MAX_PIXELS - view)
}
