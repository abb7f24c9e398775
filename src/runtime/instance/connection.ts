/**
 * One instance's stdin and stdout as a JSON-RPC connection that many callers share.
 * It lies on the way of every call: one parse a line, no promise, no timer, one write a turn of the event loop.
 */
import type { Readable, Writable } from 'node:stream'
import { ChurnMap } from '../../domain/churn.ts'
import { AppError } from '../../domain/error.ts'
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts'
import type { Redactor } from '../../domain/redaction.ts'
import type { EarlierRequest, ServerRequest } from '../../domain/server-request.ts'
import { buildError } from './build-error.ts'
import { createEarlyMail } from './early-mail.ts'
import { readSubscriptionId } from './modern/words.ts'
import { createInbox } from './inbox.ts'
import { createOutbox } from './outbox.ts'
import { createServerRequests } from './server-requests.ts'

/** Requests waiting for an answer; more are refused as `busy`. */
export const MAX_IN_FLIGHT = 256
/** What the server may leave unread before new requests are refused as `busy`. */
const MAX_UNREAD_BYTES = 1024 * 1024
/** What may wait beyond that of answers that clients gave: a server that reads none of so much reads nothing. */
const MAX_OWED_BYTES = 8 * 1024 * 1024
/** An answer this small is never left out. */
const SMALL_ANSWER = 64 * 1024
/** A daemon's request ids begin at its generation × this, so that an answer to a dead daemon's call is nobody's. */
export const IDS_PER_GENERATION = 2 ** 32

export type CallHandlers = {
  readonly onResponse: (message: JsonObject) => void
  readonly onLost: (error: AppError) => void
  readonly onProgress?: (params: JsonObject) => void
  /** A log message on the request's own stream, which only a server that speaks HTTP has. */
  readonly onLog?: (params: JsonObject) => void
  /** For a server that speaks HTTP: sent with the request. */
  readonly headers?: Readonly<Record<string, string>>
  /**
   * A notification of the subscription that this request is (2026-07-28). Present only for one that stays open, which
   * is no call: it counts as nothing that the server works on.
   */
  readonly onTagged?: (method: string, params: JsonObject | undefined) => void
}
type Call = {
  /** As the server knows it. */
  readonly id: number
  cancel(reason: string): void
}
/** Goes on with a request of an earlier daemon and with what the server asked about it. */
type Reclaim = (
  id: number,
  requests: readonly EarlierRequest[],
  handlers: CallHandlers,
) => { readonly call: Call; readonly requests: readonly ServerRequest[] }
type NotificationListener = (method: string, params: JsonObject | undefined) => void
type ClosedListener = (error: AppError) => void

export type ConnectionOptions = {
  readonly server: string
  /** Rises with each start of the daemon, at most 2^21: ids stay below 2^53. */
  readonly daemonGeneration: number
  readonly stdin: Writable
  readonly stdout: Readable
  readonly adopted: boolean
  /** A call of an earlier daemon will be reclaimed: what the process says about it meanwhile is kept. */
  readonly awaited?: boolean
  /** The process is one caller's: what it asks before that one is there waits. */
  readonly keepsEarly?: boolean
  /** Keeps the server's secrets out of all that it says; null where it has none. */
  readonly redactor: Redactor | null
  /** A line on stdout that is no JSON-RPC message or belongs to nobody; `cut`: only its beginning. */
  readonly onNoise: (line: string, cut?: boolean) => void
  /**
   * The streams are beyond use; the instance has to be ended with cause `protocol`. `maybeEnding`: a process that
   * is just ending looks the same for a moment (EPIPE), and then its own cause says more.
   */
  readonly onBroken: (detail: string, maybeEnding: boolean) => void
  readonly onDefect: (error: unknown) => void
}

/** What the liveness check judges by. */
export type Vitals = {
  /** Only rises. */
  readonly responses: number
  readonly inFlight: number
  /** Calls that their callers gave up since the server last answered anything. */
  readonly abandoned: number
}

export interface Connection {
  /** Throws AppError `busy`, or the error it was closed with. */
  request(method: string, params: JsonObject | undefined, handlers: CallHandlers): Call
  /** Null for a connection whose requests end with their daemon. */
  readonly reclaim: Reclaim | null
  /** Dropped while too much is unread: a notification has no answer to refuse with. */
  notify(method: string, params: JsonObject | undefined): void
  onNotification(listener: NotificationListener): () => void
  /** What the server asks of its client; the listener that takes it returns true. `ping` is answered here. */
  onRequest(listener: (push: ServerRequest) => boolean): () => void
  onClosed(listener: ClosedListener): () => void
  /** From now on in the manner of 2026-07-28, whose servers ask their clients nothing: no answer is written (R134). */
  turnModern(): void
  vitals(): Vitals
  /** Ends every waiting call with `error`. Idempotent; the streams stay the instance's. */
  close(error: AppError): void
}

export function createConnection(options: ConnectionOptions): Connection {
  const base = options.daemonGeneration * IDS_PER_GENERATION
  // Keyed by the counter, not the id: small integers need no allocation.
  const pending = new ChurnMap<number, CallHandlers>()
  const notificationListeners = new Set<NotificationListener>()
  const closedListeners = new Set<ClosedListener>()
  let counter = 0
  let responses = 0
  let abandoned = 0
  /** Subscriptions among what is pending. */
  let standing = 0
  let isModern = false
  let closed: AppError | null = null

  const onError = (error: Error) => {
    if (closed === null) options.onBroken(`Its standard input or output broke: ${error.message}.`, true)
  }
  const outbox = createOutbox(options.stdin, onError)

  const sendUnlessFull = (message: JsonObject) => {
    if (closed === null && outbox.unread() <= MAX_UNREAD_BYTES) outbox.send(JSON.stringify(message))
  }

  /** A server that asks and does not read must not fill the memory of the platform with what it is answered. */
  const sendOwed = (message: JsonObject) => {
    if (closed !== null) return
    const unread = outbox.unread()
    if (unread > MAX_OWED_BYTES)
      return options.onBroken(`It does not read: ${unread} bytes of answers wait for it.`, false)
    const text = JSON.stringify(message)
    if (unread <= MAX_UNREAD_BYTES || text.length <= SMALL_ANSWER) return outbox.send(text)
    const why = 'The answer is too large for a server that does not read'
    outbox.send(JSON.stringify(buildError(message['id'] ?? null, -32603, why)))
  }

  const asked = createServerRequests((message, isOwed) => {
    if (isOwed) sendOwed(message)
    else sendUnlessFull(message)
  }, options.keepsEarly)

  const early = createEarlyMail(options.awaited === true)

  const onResponse = (id: Json, message: JsonObject) => {
    responses++
    abandoned = 0
    const number = typeof id === 'number' ? id - base : -1
    const handlers = pending.get(number)
    // A cancelled call, a second answer, or a call of an earlier daemon: nobody waits for it, or not yet.
    if (handlers === undefined) return early.keepAnswer(number, message)
    pending.delete(number)
    if (handlers.onTagged !== undefined) standing--
    const wellFormed = message['result'] !== undefined || isJsonObject(message['error'])
    handlers.onResponse(wellFormed ? message : buildError(id, -32603, 'The server answered without a result'))
  }

  const onNotification = (method: string, params: JsonObject | undefined) => {
    if (method === 'notifications/progress' && params !== undefined) {
      const token = params['progressToken']
      if (typeof token === 'number') pending.get(token - base)?.onProgress?.(params)
      return
    }
    const subscription = isModern ? readSubscriptionId(method, params) : null
    if (subscription !== null) return pending.get(subscription - base)?.onTagged?.(method, params)
    if (method === 'notifications/cancelled' && asked.cancel(params)) return
    for (const listener of notificationListeners) listener(method, params)
  }

  const inbox = createInbox(options.stdout, options.adopted, {
    onMessage(given, line) {
      const message = options.redactor === null ? given : redactMessage(given, options.redactor)
      const { id, method, params } = message
      if (typeof method !== 'string') {
        if (id === undefined || id === null) options.onNoise(line)
        else onResponse(id, message)
      } else if (id === undefined) {
        onNotification(method, isJsonObject(params) ? params : undefined)
      } else if (isModern) {
        options.onNoise(line)
      } else {
        const read = () => asked.take(message, id, method, line.length)
        if (method === 'ping' || !early.keepQuestion(read)) read()
      }
    },
    onNoise: options.onNoise,
    onOverflow: (detail) => options.onBroken(detail, false),
    onError,
    onDefect: options.onDefect,
  })

  const refuse = (): AppError | null => {
    if (closed !== null) return closed
    if (pending.size >= MAX_IN_FLIGHT) {
      return new AppError('busy', `${options.server} has ${MAX_IN_FLIGHT} calls waiting for an answer.`)
    }
    // A single message may be larger than the bound as long as nothing waits before it.
    if (outbox.unread() <= MAX_UNREAD_BYTES) return null
    return new AppError('busy', `${options.server} does not read: ${outbox.unread()} bytes wait for it.`)
  }

  const buildCall = (number: number): Call => ({
    id: base + number,
    cancel(reason) {
      const handlers = pending.get(number)
      if (!pending.delete(number)) return
      if (handlers?.onTagged === undefined) abandoned++
      else standing--
      const cancelled = { requestId: base + number, reason }
      sendUnlessFull({ jsonrpc: '2.0', method: 'notifications/cancelled', params: cancelled })
    },
  })

  return {
    request(method, params, handlers) {
      const refusal = refuse()
      if (refusal !== null) throw refusal
      const number = ++counter
      const id = base + number
      const sent = withProgressToken(params, handlers.onProgress === undefined ? null : id)
      pending.set(number, handlers)
      if (handlers.onTagged !== undefined) standing++
      outbox.send(JSON.stringify({ jsonrpc: '2.0', id, method, params: sent }))
      return buildCall(number)
    },
    reclaim(id, requests, handlers) {
      if (closed !== null) throw closed
      const number = id - base
      pending.set(number, handlers)
      // Not before the caller has what is returned here.
      queueMicrotask(() => early.open((other, message) => onResponse(base + other, message)))
      return { call: buildCall(number), requests: requests.map((request) => asked.recall(request)) }
    },
    notify(method, params) {
      sendUnlessFull(params === undefined ? { jsonrpc: '2.0', method } : { jsonrpc: '2.0', method, params })
    },
    onNotification(listener) {
      notificationListeners.add(listener)
      return () => void notificationListeners.delete(listener)
    },
    onRequest: (listener) => asked.on(listener),
    onClosed(listener) {
      if (closed !== null) listener(closed)
      else closedListeners.add(listener)
      return () => void closedListeners.delete(listener)
    },
    turnModern() {
      isModern = true
    },
    vitals: () => ({ responses, inFlight: pending.size - standing, abandoned }),
    close(error) {
      if (closed !== null) return
      closed = error
      inbox.close()
      outbox.close()
      const lost = pending.values()
      pending.clear()
      guard(() => asked.close())
      for (const handlers of lost) guard(() => handlers.onLost(error))
      for (const listener of closedListeners) guard(() => listener(error))
      closedListeners.clear()
      notificationListeners.clear()
    },
  }

  function guard(task: () => void) {
    try {
      task()
    } catch (error) {
      options.onDefect(error)
    }
  }
}

/** What it says, not the frame: ids and progress tokens are ours, and must stay what they are. */
export function redactMessage(message: JsonObject, redactor: Redactor): JsonObject {
  const { result, error, params } = message
  return {
    ...message,
    ...(result === undefined ? {} : { result: redactor.json(result) }),
    ...(error === undefined ? {} : { error: redactor.json(error) }),
    ...(params === undefined ? {} : { params: redactParams(params, redactor) }),
  }
}

function redactParams(params: Json, redactor: Redactor): Json {
  const masked = redactor.json(params)
  if (!isJsonObject(params) || !isJsonObject(masked) || typeof params['progressToken'] !== 'number')
    return masked
  return { ...masked, progressToken: params['progressToken'] }
}

/** Progress tokens on a shared pipe are the connection's own: a caller's is replaced by the request's id, or left out. */
export function withProgressToken(
  params: JsonObject | undefined,
  token: number | null,
): JsonObject | undefined {
  const meta = params?.['_meta']
  if (token === null) {
    if (!isJsonObject(meta) || meta['progressToken'] === undefined) return params
    const { progressToken: _, ...rest } = meta
    return { ...params, _meta: rest }
  }
  return { ...params, _meta: { ...(isJsonObject(meta) ? meta : {}), progressToken: token } }
}
