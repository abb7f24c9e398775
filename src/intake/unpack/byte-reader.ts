/** A stream read in exact pieces, as tar needs it, without holding more than a chunk. */

export interface ByteReader {
  /** Position in the stream, bytes. */
  position(): number
  /** Exactly `length` bytes; fewer only at the end of the stream. */
  take(length: number): Promise<Buffer>
  /** Gives the next `length` bytes to `sink` in pieces; returns how many there were. */
  pass(length: number, sink: (chunk: Buffer) => void): Promise<number>
}

export function createByteReader(source: AsyncIterable<Buffer>): ByteReader {
  const chunks = source[Symbol.asyncIterator]()
  let rest: Buffer = Buffer.alloc(0)
  let position = 0

  const pass = async (length: number, sink: (chunk: Buffer) => void): Promise<number> => {
    let left = length
    while (left > 0) {
      if (rest.length === 0) {
        const next = await chunks.next()
        if (next.done === true) break
        rest = next.value
        continue
      }
      const piece = rest.subarray(0, left)
      rest = rest.subarray(piece.length)
      left -= piece.length
      position += piece.length
      sink(piece)
    }
    return length - left
  }

  return {
    position: () => position,
    pass,
    async take(length) {
      if (rest.length >= length) {
        const piece = rest.subarray(0, length)
        rest = rest.subarray(length)
        position += length
        return piece
      }
      const pieces: Buffer[] = []
      await pass(length, (piece) => pieces.push(piece))
      return Buffer.concat(pieces)
    },
  }
}
