/**
 * A connection to a stranger that hands out little at a time and then lets others have their turn. What is read of it is
 * parsed as HTTP at once, and a server that answers in chunks of one byte makes that cost a hundred times the bytes.
 */
import { Duplex } from 'node:stream'

const PIECE_BYTES = 4096

/** What an HTTP client does with its connections beside reading and writing. */
type Connection = Duplex & {
  setTimeout?(milliseconds: number, callback?: () => void): unknown
  ref?(): unknown
  unref?(): unknown
}

export class PacedStream extends Duplex {
  readonly #inner: Connection
  #waiting: Buffer | null = null
  #wanted = false
  #scheduled = false
  #ended = false

  constructor(inner: Connection) {
    super({ allowHalfOpen: true })
    this.#inner = inner
    inner.on('data', (chunk: Buffer) => {
      inner.pause()
      this.#waiting = chunk
      this.#schedule()
    })
    inner.once('end', () => {
      this.#ended = true
      this.#schedule()
    })
    inner.on('timeout', () => this.emit('timeout'))
    inner.once('error', (error) => this.destroy(error))
    inner.once('close', () => {
      if (!this.#ended) this.destroy()
    })
  }

  override _read(): void {
    this.#wanted = true
    this.#schedule()
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#inner.write(chunk, encoding, done)
  }

  override _final(done: () => void): void {
    this.#inner.end(done)
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#waiting = null
    this.#inner.destroy()
    done(error)
  }

  setTimeout(milliseconds: number, callback?: () => void): this {
    this.#inner.setTimeout?.(milliseconds)
    // As a socket does: without a time it is taken back.
    if (callback !== undefined && milliseconds > 0) this.once('timeout', callback)
    else if (callback !== undefined) this.off('timeout', callback)
    return this
  }

  ref(): this {
    this.#inner.ref?.()
    return this
  }

  unref(): this {
    this.#inner.unref?.()
    return this
  }

  /** Nothing lies between the two ends that could forget the connection. */
  setKeepAlive(): this {
    return this
  }

  #schedule(): void {
    if (this.#scheduled || !this.#wanted || (this.#waiting === null && !this.#ended)) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#handOut()
    })
  }

  #handOut(): void {
    if (this.destroyed) return
    const waiting = this.#waiting
    if (waiting === null) return void (this.#ended && this.push(null))
    this.#wanted = false
    this.#waiting = waiting.length > PIECE_BYTES ? waiting.subarray(PIECE_BYTES) : null
    if (this.#waiting === null) this.#inner.resume()
    this.push(waiting.subarray(0, PIECE_BYTES))
  }
}
