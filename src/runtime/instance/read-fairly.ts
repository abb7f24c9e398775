import type { Readable } from 'node:stream'

/** A read this large was cut by its buffer: there is more, and maybe no end. */
const FULL_READ = 64 * 1024

/**
 * Hands out what comes, and after a full read lets others have their turn: libuv would read a ready stream 32 times
 * in a row (uv__read), so that one server's flood would hold up the calls of all. The result ends it and lets the
 * stream run dry, since an instance that is being stopped must not block on a full FIFO.
 *
 * @param onChunk copies what it keeps: the next chunk may come in the same memory.
 */
export function readFairly(stream: Readable, onChunk: (chunk: Buffer) => void): () => void {
  let reading = true
  const resume = () => void stream.resume()
  const onData = (chunk: Buffer) => {
    onChunk(chunk)
    if (!reading || chunk.length < FULL_READ) return
    stream.pause()
    setImmediate(resume)
  }
  stream.on('data', onData)
  return () => {
    reading = false
    stream.off('data', onData)
    stream.resume()
  }
}
