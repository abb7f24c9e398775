/**
 * The answer to one POST: a JSON object (an array for an array) unless a notification comes first, then a stream
 * that ends with the response (R61).
 */
import type { ServerResponse } from 'node:http'
import type { JsonObject } from '../domain/json.ts'
import { writeJsonHead } from '../system/kept-head.ts'
import type { RequestId } from './message.ts'
import { cutWhenStalled } from './stalled-reader.ts'
import type { EventStream, StreamOpener, StreamOwner } from './streams.ts'

export interface Reply {
  /** The stream, once the answer has become one. */
  readonly stream: EventStream | null
  /** Makes it a stream before there is anything to say; null when nobody is there any more. */
  open(): EventStream | null
  notify(method: string, params: JsonObject): void
  /** One response. Status and headers count only while the answer is JSON, and only for a single one. */
  respond(message: JsonObject, status?: number, headers?: Headers): void
  /** One request will have no response: it was cancelled. */
  skip(): void
}

type Headers = Readonly<Record<string, string>>

/** For a POST with one request. A class, since each call makes one and closures would cost it several times over. */
export class SingleReply implements Reply {
  readonly #res: ServerResponse
  readonly #streams: StreamOpener
  readonly #owner: StreamOwner
  readonly #requestId: RequestId | undefined
  stream: EventStream | null = null

  /** @param requestId where a client may come back for the answer. */
  constructor(res: ServerResponse, streams: StreamOpener, owner: StreamOwner, requestId?: RequestId) {
    this.#res = res
    this.#streams = streams
    this.#owner = owner
    this.#requestId = requestId
  }

  notify(method: string, params: JsonObject): void {
    this.open()?.send({ jsonrpc: '2.0', method, params })
  }

  respond(message: JsonObject, status = 200, headers?: Headers): void {
    if (this.stream === null) sendJson(this.#res, status, message, headers)
    else this.stream.end(message)
  }

  skip(): void {
    // A status without a body would read as an error; a stream that ends says just that nothing comes.
    this.open()?.end()
  }

  /** A stream outlives its connection where clients can resume it. */
  open(): EventStream | null {
    if (this.stream === null && !this.#res.destroyed) {
      this.stream = this.#streams.open(this.#res, this.#owner, 'answer', this.#requestId)
    }
    return this.stream
  }
}

/** For an array of requests (R108): an array of responses, or one stream of them. */
export class ArrayReply implements Reply {
  readonly #res: ServerResponse
  readonly #single: SingleReply
  readonly #messages: JsonObject[] = []
  #left: number

  /** @param expected how many requests the POST carried. */
  constructor(res: ServerResponse, streams: StreamOpener, owner: StreamOwner, expected: number) {
    this.#res = res
    this.#single = new SingleReply(res, streams, owner)
    this.#left = expected
  }

  get stream(): EventStream | null {
    return this.#single.stream
  }

  notify(method: string, params: JsonObject): void {
    this.open()?.send({ jsonrpc: '2.0', method, params })
  }

  open(): EventStream | null {
    const stream = this.#single.open()
    for (const message of this.#messages.splice(0)) stream?.send(message)
    return stream
  }

  respond(message: JsonObject): void {
    if (this.stream === null) this.#messages.push(message)
    else this.stream.send(message)
    this.#arrive()
  }

  skip(): void {
    this.#arrive()
  }

  #arrive(): void {
    this.#left--
    if (this.#left > 0) return
    if (this.stream === null && this.#messages.length > 0) sendJson(this.#res, 200, this.#messages)
    else this.#single.skip()
  }
}

export function sendJson(
  res: ServerResponse,
  status: number,
  body: JsonObject | readonly JsonObject[],
  headers?: Headers,
): void {
  if (res.headersSent || res.destroyed) return
  const text = JSON.stringify(body)
  const length = Buffer.byteLength(text)
  cutWhenStalled(res, length)
  if (headers === undefined && status === 200) writeJsonHead(res, length)
  else {
    res.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': length, ...headers })
  }
  // As many bytes as characters: it is ASCII, which is written as it is.
  res.end(text, length === text.length ? 'latin1' : 'utf8')
}
