/**
 * One server's MCP endpoint over HTTP: requests with the headers of its session. A session that is lost is opened
 * again once for all that waited, and what had been refused for it, and therefore not been done, is sent again.
 */
import { isJsonObject, type JsonObject } from '../../../domain/json.ts'
import { ConnectionPool, httpRequest, type OutboundResponse } from '../../../system/outbound.ts'
import type { HttpEndpoint } from '../../ports.ts'
import { buildTraceHeaders } from '../../../domain/trace-context.ts'
import { buildMessageHeaders } from '../../../domain/message-headers.ts'
import { MODERN_VERSION } from '../modern/words.ts'
import { mediaTypeOf, parseMessages, readBody, readEvents } from './read-answer.ts'

/** Connections at once to one server: calls in progress, and the stream of what it tells by itself. */
const MAX_CONNECTIONS = 32
const MAX_REFUSAL_BYTES = 64 * 1024
const SESSION_ID = /^[\x21-\x7e]{1,1024}$/

export type HttpClientOptions = {
  readonly endpoint: HttpEndpoint
  /** What a session is opened with. */
  readonly initializeParams: JsonObject
  /** Null before the server has answered `initialize`. */
  readonly protocolVersion: string | null
  /** Ends everything. */
  readonly signal: AbortSignal
  /** There is a new session: what hung on the old one begins anew. */
  readonly onSession: () => void
}

/** `text` where the body has been read already. */
export type HttpAnswer = OutboundResponse & { readonly text?: string }

export interface HttpClient {
  /** Rejects with the system's error, `code` ECONNREFUSED while nobody listens. A lost session is opened again. */
  post(
    message: JsonObject,
    signal: AbortSignal,
    headers?: Readonly<Record<string, string>>,
  ): Promise<HttpAnswer>
  /** The stream of what the server tells by itself. @param lastEventId of an earlier one. */
  listen(lastEventId: string | null): Promise<OutboundResponse>
  get(path: string, signal: AbortSignal): Promise<OutboundResponse>
  /** Takes over what the answer to `initialize` says of the session. Throws when it is not usable. */
  open(response: OutboundResponse, message: JsonObject): void
  /** From now on in the manner of 2026-07-28: no session, and headers that mirror each request (R20). */
  turnModern(): void
  close(): void
}

export function createHttpClient(options: HttpClientOptions): HttpClient {
  const { endpoint, initializeParams } = options
  const pool = new ConnectionPool(() => endpoint.open(), MAX_CONNECTIONS)
  let protocolVersion = options.protocolVersion
  let session: string | null = null
  let isModern = false
  /** Adopted: with the session of an earlier daemon. */
  const known =
    protocolVersion === null ? null : endpoint.readSession().then((id) => void (isModern || (session = id)))
  let renewal: Promise<void> | null = null

  const send = (method: string, path: string, body: string | null, signal: AbortSignal, more = {}) =>
    httpRequest({
      url: new URL(`http://127.0.0.1:${endpoint.port}${path}`),
      method,
      headers: {
        ...(body === null ? {} : { 'content-type': 'application/json' }),
        ...(session === null ? {} : { 'mcp-session-id': session }),
        ...(protocolVersion === null ? {} : { 'mcp-protocol-version': protocolVersion }),
        ...more,
      },
      ...(body === null ? {} : { body }),
      signal: AbortSignal.any([signal, options.signal]),
      pool,
    })
  const sendMessage = (
    message: JsonObject,
    signal: AbortSignal,
    more: Readonly<Record<string, string>> = {},
  ) =>
    send('POST', endpoint.path, JSON.stringify(message), signal, {
      ...more,
      accept: 'application/json, text/event-stream',
      ...readTrace(message),
      ...(isModern ? buildMessageHeaders(message) : {}),
    })

  const open = (response: OutboundResponse, message: JsonObject) => {
    const { result } = message
    if (isJsonObject(result) && typeof result['protocolVersion'] === 'string') {
      protocolVersion = result['protocolVersion'].slice(0, 64)
    }
    const id = response.headers['mcp-session-id'] ?? null
    if (id !== null && (typeof id !== 'string' || !SESSION_ID.test(id))) {
      throw new Error('gave a session id that is not usable')
    }
    session = id
    endpoint.writeSession(id)
  }

  /** @param lost the session that was refused: if there is another by now, that one is used. */
  const renew = async (lost: string): Promise<void> => {
    if (renewal === null && session === lost) {
      renewal = initializeAgain().finally(() => (renewal = null))
    }
    await renewal
  }

  const initializeAgain = async () => {
    session = null
    protocolVersion = null
    const id = 'session'
    const request = { jsonrpc: '2.0', id, method: 'initialize', params: initializeParams }
    const response = await sendMessage(request, options.signal)
    const answer = await readOne(response, id)
    if (answer === null || !isJsonObject(answer['result']))
      throw new Error('lost its session and opens no other')
    open(response, answer)
    const told = await sendMessage({ jsonrpc: '2.0', method: 'notifications/initialized' }, options.signal)
    told.body.destroy()
    options.onSession()
  }

  return {
    async post(message, signal, headers) {
      await known
      if (renewal !== null) await renewal
      const used = session
      const response = await sendMessage(message, signal, headers)
      if (isModern || used === null || message['method'] === 'initialize') return response
      const refusal = await readRefusal(response)
      if (refusal === null) return response
      if (response.status === 400 && !refusal.includes('session')) return { ...response, text: refusal }
      await renew(used)
      return sendMessage(message, signal, headers)
    },
    async listen(lastEventId) {
      await known
      if (renewal !== null) await renewal
      const used = session
      const response = await send('GET', endpoint.path, null, options.signal, {
        accept: 'text/event-stream',
        ...(lastEventId === null ? {} : { 'last-event-id': lastEventId }),
      })
      if (response.status === 404 && used !== null) {
        response.body.destroy()
        await renew(used)
      }
      return response
    },
    get: (path, signal) => send('GET', path, null, signal),
    open,
    turnModern() {
      isModern = true
      session = null
      protocolVersion = MODERN_VERSION
    },
    close: () => pool.destroy(),
  }
}

/** 404 is the protocol's word for a lost session; some servers say 400 and name it. Either way nothing was done. */
async function readRefusal(response: OutboundResponse): Promise<string | null> {
  return response.status === 404 || response.status === 400
    ? await readBody(response, MAX_REFUSAL_BYTES)
    : null
}

/** The answer with this id, from a document or a stream; null when there is none. */
async function readOne(response: OutboundResponse, id: string): Promise<JsonObject | null> {
  if (response.status !== 200) {
    response.body.destroy()
    return null
  }
  if (mediaTypeOf(response) !== 'text/event-stream') {
    return parseMessages(await readBody(response))?.find((message) => message['id'] === id) ?? null
  }
  let found: JsonObject | null = null
  const reading = readEvents(response, {
    onMessage(message) {
      if (message['id'] !== id) return
      found = message
      response.body.destroy()
    },
    onNoise: () => {},
  })
  await reading.catch((error: unknown) => {
    if (found === null) throw error
  })
  return found
}

/** R38: the trace of a request is in its headers too, for servers that look for it there. */
function readTrace({ params }: JsonObject): Record<string, string> {
  const meta = isJsonObject(params) ? params['_meta'] : undefined
  return isJsonObject(meta) ? buildTraceHeaders(meta) : {}
}
