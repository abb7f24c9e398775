/** The HTTP side of `connect`: one message out, the messages of its answer in. It knows nothing of sessions. */
import { collectBytes } from '../../domain/collect-bytes.ts'
import { decodeJson, isJsonObject, type Json, type JsonObject } from '../../domain/json.ts'
import type { Secret } from '../../domain/secret.ts'
import { httpRequest, type OutboundResponse } from '../../system/outbound.ts'
import { readEvents } from '../read-stream.ts'

export type RpcError = { readonly code: number; readonly message: string; readonly data?: Json }

/** How one request over HTTP ended. */
export type Ending =
  /** It was taken, and its messages were handed over. `eventId`: where a stream that was cut can go on. */
  | { readonly kind: 'ended'; readonly headers: OutboundResponse['headers']; readonly eventId: string | null }
  | { readonly kind: 'refused'; readonly status: number; readonly error: RpcError }
  /** No connection was made, so nothing was sent. */
  | { readonly kind: 'unreachable'; readonly reason: string }
  /** The connection broke afterwards: whether it was taken is not known. */
  | { readonly kind: 'broken'; readonly reason: string; readonly eventId: string | null }

export type OnMessage = (message: JsonObject) => Promise<void>
type Headers = Readonly<Record<string, string>>

export interface Endpoint {
  readonly url: URL
  post(message: JsonObject, headers: Headers, onMessage: OnMessage, signal: AbortSignal): Promise<Ending>
  /** The standing stream, or with `Last-Event-ID` the rest of one that was cut. */
  listen(headers: Headers, onMessage: OnMessage, signal: AbortSignal): Promise<Ending>
  /** Never rejects: a session that cannot be ended ends by itself. */
  endSession(headers: Headers, signal: AbortSignal): Promise<void>
}

const MAX_ANSWER_BYTES = 16 * 1024 * 1024
const INTERNAL_ERROR = -32603
const BOTH = 'application/json, text/event-stream'
/** The connection was never there. */
const UNREACHABLE: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
])

export function createEndpoint(url: URL, token: Secret | null): Endpoint {
  const identity: Headers = token === null ? {} : { authorization: `Bearer ${token.reveal()}` }

  const exchange = async (
    request: { readonly method: string; readonly headers: Headers; readonly body?: string },
    onMessage: OnMessage,
    signal: AbortSignal,
  ): Promise<Ending> => {
    let eventId: string | null = null
    try {
      const response = await httpRequest({
        url,
        method: request.method,
        headers: { ...request.headers, ...identity },
        signal,
        ...(request.body === undefined ? {} : { body: request.body }),
      })
      const { status, headers } = response
      if (status < 200 || status > 299) {
        return { kind: 'refused', status, error: parseRefusal(url, status, await readText(response)) }
      }
      if (headers['content-type']?.startsWith('text/event-stream') === true) {
        for await (const event of readEvents(response.body)) {
          eventId = event.id ?? eventId
          const message = decodeJson(event.data)
          for (const part of listMessages(message)) await onMessage(part)
        }
        return { kind: 'ended', headers, eventId }
      }
      for (const part of listMessages(decodeJson(await readText(response)))) await onMessage(part)
      return { kind: 'ended', headers, eventId: null }
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : ''
      const reason = code === '' ? String(error) : code
      return UNREACHABLE.has(code) ? { kind: 'unreachable', reason } : { kind: 'broken', reason, eventId }
    }
  }

  return {
    url,
    post(message, headers, onMessage, signal) {
      const sent = { 'content-type': 'application/json', accept: BOTH, ...headers }
      return exchange({ method: 'POST', headers: sent, body: JSON.stringify(message) }, onMessage, signal)
    },
    listen: (headers, onMessage, signal) =>
      exchange({ method: 'GET', headers: { accept: 'text/event-stream', ...headers } }, onMessage, signal),
    async endSession(headers, signal) {
      await exchange({ method: 'DELETE', headers }, async () => {}, signal)
    },
  }
}

async function readText({ body }: OutboundResponse): Promise<string> {
  return (await collectBytes(body, MAX_ANSWER_BYTES, () => new Error('its answer is over 16 MiB'))).toString()
}

function listMessages(value: Json | undefined): readonly JsonObject[] {
  return (Array.isArray(value) ? value : [value]).filter(isJsonObject)
}

/** A JSON-RPC error as it is; a problem (RFC 9457) in its words, with the next step, since clients show only text. */
function parseRefusal(url: URL, status: number, text: string): RpcError {
  const body = decodeJson(text)
  const error = isJsonObject(body) ? body['error'] : undefined
  if (isJsonObject(error) && Number.isSafeInteger(error['code']) && typeof error['message'] === 'string') {
    return error as RpcError
  }
  const { detail, hint, code } = isJsonObject(body) ? body : {}
  const words = [detail, hint].filter((part) => typeof part === 'string')
  const data = { http_status: status, ...(typeof code === 'string' ? { code } : {}) }
  if (words.length > 0) return { code: INTERNAL_ERROR, message: words.join(' '), data }
  return { code: INTERNAL_ERROR, message: `${url.host} answered ${status}, without words of MCP.`, data }
}
