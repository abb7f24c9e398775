/**
 * The answer to one POST: a JSON object (an array for an array) unless a notification comes first, then a stream
 * that ends with the response (R61).
 */
import type { ServerResponse } from 'node:http'
import type { JsonObject } from '../domain/json.ts'
import type { EventStream, StreamOwner, Streams } from './streams.ts'

export interface Reply {
  /** The stream, once the answer has become one. */
  readonly stream: EventStream | null
  notify(method: string, params: JsonObject): void
  /** One response. Status and headers count only while the answer is JSON, and only for a single one. */
  respond(message: JsonObject, status?: number, headers?: Headers): void
  /** One request will have no response: it was cancelled. */
  skip(): void
}

export type ReplyOptions = {
  readonly owner: StreamOwner
  /** How many requests the POST carried. */
  readonly expected: number
  /** True when the POST was an array (R108). */
  readonly array: boolean
}

type Headers = Readonly<Record<string, string>>

export function createReply(res: ServerResponse, streams: Streams, options: ReplyOptions): Reply {
  const messages: JsonObject[] = []
  let stream: EventStream | null = null
  let left = options.expected
  let single = 200
  let extra: Headers | undefined

  const becomeStream = (): EventStream => {
    stream = streams.open(res, options.owner, 'answer')
    for (const message of messages.splice(0)) stream.send(message)
    return stream
  }
  const arrive = () => {
    left--
    if (left > 0 || res.destroyed) return
    if (stream !== null) stream.end()
    // Nothing to say, and a status without a body would read as an error: an empty stream says just that.
    else if (messages.length === 0) becomeStream().end()
    else if (options.array) sendJson(res, 200, messages)
    else sendJson(res, single, messages[0] as JsonObject, extra)
  }

  return {
    get stream() {
      return stream
    },
    notify(method, params) {
      if (res.destroyed) return
      const to = stream ?? becomeStream()
      to.send({ jsonrpc: '2.0', method, params })
    },
    respond(message, status = 200, headers) {
      single = status
      extra = headers
      if (stream === null) messages.push(message)
      else stream.send(message)
      arrive()
    },
    skip: arrive,
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
  if (headers === undefined) {
    res.writeHead(status, ['Content-Type', 'application/json', 'Content-Length', String(length)])
  } else {
    res.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': length, ...headers })
  }
  res.end(text)
}
