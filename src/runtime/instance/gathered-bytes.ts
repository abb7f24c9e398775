/**
 * Bytes that come in parts, kept as one buffer: a stranger may send them one by one, and a part that is kept as such
 * costs a hundred times what is in it.
 */
export type GatheredBytes = {
  readonly size: number
  add(part: Buffer): void
  /** All of them; the next ones begin anew. */
  take(): Buffer
}

const FIRST_BYTES = 1024

export function createGatheredBytes(): GatheredBytes {
  let kept: Buffer = Buffer.alloc(0)
  let size = 0
  return {
    get size() {
      return size
    },
    add(part) {
      if (size + part.length > kept.length) {
        const larger = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, 2 * kept.length, size + part.length))
        kept.copy(larger, 0, 0, size)
        kept = larger
      }
      part.copy(kept, size)
      size += part.length
    },
    take() {
      const all = kept.subarray(0, size)
      kept = Buffer.alloc(0)
      size = 0
      return all
    },
  }
}
