/**
 * What node:http makes of each request of a connection that is kept, without what it does twice: a client sends the
 * same headers with every request, and a body that somebody waits for needs no stream around it. For whatever reads it
 * otherwise it is an IncomingMessage like any other.
 */
import { IncomingMessage, type IncomingHttpHeaders } from 'node:http'

export interface BodySink {
  /** Nothing of a chunk may be changed. */
  onChunk(chunk: Buffer): void
  /** Not called when the client goes away first. */
  onEnd(): void
}

/** Of a connection: the headers as they came last, and sorted. */
type Kept = { readonly raw: string[]; readonly headers: IncomingHttpHeaders }

const KEPT = Symbol('the headers of the last request')
const sort = Object.getOwnPropertyDescriptor(IncomingMessage.prototype, 'headers') as {
  readonly get: (this: IncomingMessage) => IncomingHttpHeaders
}

export class KeptRequest extends IncomingMessage {
  sorted: IncomingHttpHeaders | null = null
  #sink: BodySink | null = null
  #hasBegun = false

  /** False when a part of the body was there before: then it is read as a stream. */
  divert(sink: BodySink): boolean {
    if (this.#hasBegun || this.#sink !== null) return false
    this.#sink = sink
    return true
  }

  /** Called by the parser; null is the end. */
  override push(chunk: Buffer | null, encoding?: BufferEncoding): boolean {
    const sink = this.#sink
    if (sink === null) {
      this.#hasBegun = true
      return super.push(chunk, encoding)
    }
    if (chunk !== null) {
      sink.onChunk(chunk)
      return true
    }
    this.#endUnread()
    sink.onEnd()
    return true
  }

  /** Nothing went through the stream, so that nobody has to drain it before the next request. */
  #endUnread(): void {
    // What node:http itself does with a request without a body (`optimizeEmptyRequests`).
    const { _dumpAndCloseReadable: close } = this as { readonly _dumpAndCloseReadable?: () => void }
    if (close === undefined) super.push(null)
    else close.call(this)
  }
}

Object.defineProperty(KeptRequest.prototype, 'headers', {
  get(this: KeptRequest): IncomingHttpHeaders {
    return (this.sorted ??= readHeaders(this))
  },
  set(this: KeptRequest, headers: IncomingHttpHeaders) {
    this.sorted = headers
  },
})

function readHeaders(req: KeptRequest): IncomingHttpHeaders {
  const connection = req.socket as { [KEPT]?: Kept }
  const before = connection[KEPT]
  if (before !== undefined && isSame(before.raw, req.rawHeaders)) {
    req.rawHeaders = before.raw
    return before.headers
  }
  // Shared by requests from here on.
  const headers = Object.freeze(sort.get.call(req))
  connection[KEPT] = { raw: req.rawHeaders, headers }
  return headers
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  if (some.length !== others.length) return false
  for (let at = 0; at < some.length; at++) if (some[at] !== others[at]) return false
  return true
}

/** The body of a request, piece by piece, the fastest way there is. */
export function readChunks(req: IncomingMessage, sink: BodySink): void {
  if (req instanceof KeptRequest && req.divert(sink)) return
  req.on('data', (chunk: Buffer) => sink.onChunk(chunk)).on('end', () => sink.onEnd())
}
