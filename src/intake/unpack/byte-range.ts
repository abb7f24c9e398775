/** Bytes of an open archive, as buffers or streams. Synchronous: this runs in a process of its own. */
import { readSync } from 'node:fs'
import { Readable } from 'node:stream'
import { createInflateRaw } from 'node:zlib'

const CHUNK = 64 * 1024

/** Exactly `length` bytes at `offset`, or fewer at the end of the file. */
export function readAt(descriptor: number, offset: number, length: number): Buffer {
  const buffer = Buffer.alloc(length)
  let done = 0
  while (done < length) {
    const got = readSync(descriptor, buffer, done, length - done, offset + done)
    if (got === 0) break
    done += got
  }
  return buffer.subarray(0, done)
}

export function* readChunks(descriptor: number, start: number, end: number): Generator<Buffer> {
  for (let at = start; at < end;) {
    const chunk = readAt(descriptor, at, Math.min(CHUNK, end - at))
    if (chunk.length === 0) return
    at += chunk.length
    yield chunk
  }
}

export type Inflated = {
  readonly chunks: AsyncIterable<Buffer>
  /** Packed bytes that the deflate stream used; known once `chunks` has ended. */
  consumed(): number
}

/**
 * Raw deflate from `start`, at most up to `end`. The stream may end before `end`; `consumed` tells.
 * Rejects with zlib's error when the data is broken or cut.
 */
export function inflateRange(descriptor: number, start: number, end: number): Inflated {
  const engine = createInflateRaw({ chunkSize: CHUNK })
  const source = Readable.from(readChunks(descriptor, start, end), { objectMode: false })
  source.on('error', (error) => engine.destroy(error))
  engine.on('close', () => source.destroy())
  source.pipe(engine)
  return { chunks: engine, consumed: () => engine.bytesWritten }
}

/** zlib's own errors, told apart from those of writing what came out (a full disk). */
export function isZlibError(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return /^(?:Z_|ZSTD_|ERR_ZLIB)/.test(code)
}
