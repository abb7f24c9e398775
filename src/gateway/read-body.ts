/** A request's JSON, bounded before it is parsed: in bytes while it arrives, in depth before the parser runs. */
import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import { AppError } from '../domain/error.ts'
import { isNestedBeyond } from '../domain/json.ts'
import { readChunks, type BodySink } from '../system/kept-request.ts'

export type Body =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'malformed'; readonly reason: string }
  | { readonly kind: 'refused'; readonly error: AppError }

type Limits = { readonly maxBodyBytes: number; readonly maxJsonDepth: number }

/** Calls `done` once; not at all when the client goes away first. */
export function readBody(req: IncomingMessage, limits: Limits, done: (body: Body) => void): void {
  const declared = Number(req.headers['content-length'] ?? 0)
  if (declared > limits.maxBodyBytes) return done(refuse(limits))
  readChunks(req, new BodyReader(limits, done))
}

/** A class, since each call makes one and closures would cost it several times over. */
class BodyReader implements BodySink {
  readonly #limits: Limits
  #size = 0
  #chunks: Buffer[] = []
  /** Null once it was called: the request lives as long as its answer, which may be a stream that stays open for days. */
  #done: ((body: Body) => void) | null

  constructor(limits: Limits, done: (body: Body) => void) {
    this.#limits = limits
    this.#done = done
  }

  onChunk(chunk: Buffer): void {
    if (this.#done === null) return
    this.#size += chunk.length
    this.#chunks.push(chunk)
    // What still comes is dropped.
    if (this.#size > this.#limits.maxBodyBytes) this.#finish(refuse(this.#limits))
  }

  onEnd(): void {
    if (this.#done !== null) this.#finish(parseBody(this.#chunks, this.#limits))
  }

  #finish(body: Body): void {
    const done = this.#done
    this.#done = null
    this.#chunks = []
    done?.(body)
  }
}

function parseBody(chunks: readonly Buffer[], limits: Limits): Body {
  const bytes = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)
  // What is decoded with replacement characters is not what was sent: whoever looks twice sees two messages.
  if (!isUtf8(bytes)) return { kind: 'malformed', reason: 'The body is not UTF-8.' }
  const text = bytes.toString('utf8')
  if (isNestedBeyond(text, limits.maxJsonDepth)) {
    return { kind: 'malformed', reason: `The body is nested deeper than ${limits.maxJsonDepth} levels.` }
  }
  try {
    return { kind: 'json', value: JSON.parse(text) }
  } catch {
    return { kind: 'malformed', reason: 'The body is not JSON.' }
  }
}

function refuse({ maxBodyBytes }: Limits): Body {
  const text = `An MCP message may have ${maxBodyBytes} bytes here.`
  const hint = 'Send less; pass large data by reference.'
  return { kind: 'refused', error: new AppError('body_too_large', text, { hint }) }
}
