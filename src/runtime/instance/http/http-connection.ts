/**
 * A server that speaks Streamable HTTP, as the same connection that a stdio server has: what calls it, judges its life
 * and shakes hands with it need not know the difference. Each request is a POST; what the server tells by itself comes
 * on a GET stream or beside an answer.
 */
import type { Clock } from '../../../domain/clock.ts'
import { ChurnMap } from '../../../domain/churn.ts'
import { AppError } from '../../../domain/error.ts'
import { isJsonObject, type JsonObject } from '../../../domain/json.ts'
import type { Redactor } from '../../../domain/redaction.ts'
import type { HttpEndpoint } from '../../ports.ts'
import { buildError } from '../build-error.ts'
import { createServerRequests } from '../server-requests.ts'
import {
  IDS_PER_GENERATION,
  MAX_IN_FLIGHT,
  withProgressToken,
  type CallHandlers,
  redactMessage,
  type Connection,
} from '../connection.ts'
import { MODERN_VERSION, readSubscriptionId } from '../modern/words.ts'
import { createHttpClient, type HttpAnswer } from './http-client.ts'
import { listenInside } from './listen-inside.ts'
import { mediaTypeOf, parseMessages, readBody, readEvents } from './read-answer.ts'

/** Of requests that are not answered yet; more are refused as `busy`. */
const MAX_UNANSWERED_BYTES = 16 * 1024 * 1024
/** To what the server asks, that are not sent yet; what it asks beyond is not answered. */
const MAX_ANSWERS = 64
/** And of those that clients gave: as many as may be asked at once. */
const MAX_OWED = 256
/** Until the server listens. */
const RETRY_MS = 100
/** A server that has answered should end the stream; one that does not keeps no connection by it. */
const LINGER_MS = 1000
/** Within it the end of a process is noticed as such. */
const ENDING_MS = 2000

export type HttpConnectionOptions = {
  readonly server: string
  readonly daemonGeneration: number
  readonly endpoint: HttpEndpoint
  readonly initializeParams: JsonObject
  /** As answered to an earlier daemon; null for a server that was just started. */
  readonly protocolVersion: string | null
  readonly clock: Clock
  /** Null for a server without secrets: its answers pass as they are. */
  readonly redactor: Redactor | null
  /** What it said that is no JSON-RPC message or belongs to nobody. */
  readonly onNoise: (text: string) => void
  /** See ConnectionOptions. */
  readonly keepsEarly?: boolean
  readonly onDefect: (error: unknown) => void
}

type Pending = {
  readonly handlers: CallHandlers
  readonly abort: AbortController
  readonly bytes: number
  readonly method: string
}

export function createHttpConnection(options: HttpConnectionOptions): Connection {
  const { server, endpoint, clock, onNoise, onDefect } = options
  const base = options.daemonGeneration * IDS_PER_GENERATION
  const pending = new ChurnMap<number, Pending>()
  const notificationListeners = new Set<Parameters<Connection['onNotification']>[0]>()
  const closedListeners = new Set<(error: AppError) => void>()
  const ending = new AbortController()
  let counter = 0
  let responses = 0
  let abandoned = 0
  let unansweredBytes = 0
  let closed: AppError | null = null
  /** Subscriptions among what is pending. */
  let standing = 0
  let isModern = options.protocolVersion === MODERN_VERSION

  const guard = (task: () => void) => {
    try {
      task()
    } catch (error) {
      onDefect(error)
    }
  }
  const client = createHttpClient({
    endpoint,
    initializeParams: options.initializeParams,
    protocolVersion: options.protocolVersion,
    signal: ending.signal,
    onSession: () => told.restart(),
  })
  const told = listenInside({
    client,
    clock,
    signal: ending.signal,
    onMessage: (message) => take(message),
    onNoise,
  })

  /** Takes the call out; null when nobody waits for it any more. */
  const finish = (number: number): CallHandlers | null => {
    const call = pending.get(number)
    if (call === undefined) return null
    pending.delete(number)
    unansweredBytes -= call.bytes
    if (call.handlers.onTagged !== undefined) standing--
    return call.handlers
  }
  const redact = (message: JsonObject) =>
    options.redactor === null ? message : redactMessage(message, options.redactor)
  const deliver = (number: number, message: JsonObject) => {
    const handlers = finish(number)
    if (handlers !== null) guard(() => handlers.onResponse(redact(message)))
  }
  const respond = (number: number, message: JsonObject) => {
    responses++
    abandoned = 0
    const wellFormed = message['result'] !== undefined || isJsonObject(message['error'])
    if (wellFormed) deliver(number, message)
    else fail(number, 'answered without a result')
  }
  /** No answer as the protocol knows it: an error for a caller, and no sign of life. */
  const fail = (number: number, why: string) => {
    if (pending.get(number)?.method === 'ping') lose(number, new Error(`it ${why}`))
    else deliver(number, buildError(base + number, -32603, `The server ${why}`))
  }
  const lose = (number: number, error: unknown) => {
    const handlers = finish(number)
    const why = error instanceof Error ? error.message : String(error)
    const lost = closed ?? new AppError('server_stopped_answering', `${server} cannot be reached: ${why}.`)
    if (handlers !== null) guard(() => handlers.onLost(lost))
  }

  const take = (message: JsonObject) => {
    const { id, method } = message
    const params = isJsonObject(message['params']) ? redact(message)['params'] : undefined
    if (typeof method !== 'string') {
      if (typeof id === 'number') respond(id - base, message)
      else onNoise(JSON.stringify(message))
    } else if (id !== undefined && isModern) onNoise(JSON.stringify(message))
    else if (id !== undefined) {
      const size = params === undefined ? 0 : JSON.stringify(params).length
      asked.take({ ...message, params: params ?? null }, id, method, size)
    } else if (method === 'notifications/progress') {
      const token = isJsonObject(params) ? params['progressToken'] : undefined
      if (typeof token !== 'number' || !isJsonObject(params)) return
      const { onProgress } = pending.get(token - base)?.handlers ?? {}
      if (onProgress !== undefined) guard(() => onProgress(params))
    } else if (
      method !== 'notifications/cancelled' ||
      !asked.cancel(isJsonObject(params) ? params : undefined)
    ) {
      const given = isJsonObject(params) ? params : undefined
      const subscription = isModern ? readSubscriptionId(method, given) : null
      if (subscription !== null) {
        const { onTagged } = pending.get(subscription - base)?.handlers ?? {}
        return guard(() => onTagged?.(method, given))
      }
      for (const listener of notificationListeners) guard(() => listener(method, given))
    }
  }
  const asked = createServerRequests(
    (message, isOwed) => void answerRequest(message, isOwed),
    options.keepsEarly,
  )
  /** What a server asks costs it a few bytes and us a connection each: one at a time, and not without end. */
  const answers: JsonObject[] = []
  let answering = false
  const answerRequest = async (answer: JsonObject, isOwed: boolean): Promise<void> => {
    if (answers.length >= (isOwed ? MAX_OWED : MAX_ANSWERS)) return
    answers.push(answer)
    if (answering) return
    answering = true
    for (let answer = answers.shift(); answer !== undefined; answer = answers.shift()) await say(answer)
    answering = false
  }

  /** A message without an answer. One that does not arrive is only told in the log: nobody waits for it. */
  const say = async (message: JsonObject): Promise<void> => {
    try {
      const { body, headers } = await client.post(message, ending.signal)
      // A connection whose answer is not read to its end cannot be used again.
      if (headers['content-length'] === '0') body.resume()
      else body.destroy()
    } catch (error) {
      if (closed === null) onNoise(`A message did not reach it: ${String(error)}`)
    }
  }

  const ask = async (number: number, message: JsonObject, signal: AbortSignal): Promise<void> => {
    try {
      const answer = await postOnceThere(message, signal, pending.get(number)?.handlers.headers)
      await readAnswer(number, answer)
      if (pending.has(number)) fail(number, 'ended its answer without a message')
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      // A server that never was there is told as one that refused: its handshake ends with the reason.
      if (code === undefined && pending.has(number)) fail(number, renderReason(error))
      // A server that is just ending looks like this first, and its own cause then says more.
      else clock.after(ENDING_MS, () => lose(number, error))
    }
  }
  /** The first request may come before the server listens; the start's deadline ends the wait. */
  const postOnceThere = async (
    message: JsonObject,
    signal: AbortSignal,
    headers: CallHandlers['headers'],
  ): Promise<HttpAnswer> => {
    for (;;) {
      try {
        return await client.post(message, signal, headers)
      } catch (error) {
        const isRefused = error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED'
        const isFirst = message['method'] === 'initialize' || message['method'] === 'server/discover'
        if (!isFirst || !isRefused || signal.aborted) throw error
        await new Promise<void>((resolve) => clock.after(RETRY_MS, resolve))
      }
    }
  }
  /** What comes on a request's own stream is about it alone (R90); in 2026-07-28 it is nobody's where nobody asked. */
  const takeLog = (number: number, message: JsonObject): boolean => {
    const onLog = pending.get(number)?.handlers.onLog
    const params = onLog === undefined ? undefined : redact(message)['params']
    if (onLog !== undefined && isJsonObject(params)) guard(() => onLog(params))
    return onLog !== undefined || isModern
  }
  const readAnswer = async (number: number, answer: HttpAnswer): Promise<void> => {
    const isStream = answer.status === 200 && mediaTypeOf(answer) === 'text/event-stream'
    const onMessage = (message: JsonObject) => {
      if (message['id'] === base + number && typeof message['method'] !== 'string') {
        if (isInitialize.has(number)) client.open(answer, message)
        isInitialize.delete(number)
        if (isStream) clock.after(LINGER_MS, () => answer.body.destroy())
      }
      if (isStream && message['method'] === 'notifications/message' && takeLog(number, message)) return
      take(message)
    }
    if (isStream) return readEvents(answer, { onMessage, onNoise })
    const text = answer.text ?? (await readBody(answer))
    const messages = parseMessages(text)
    if (answer.status === 200) {
      if (messages === null) return fail(number, `answered something else than JSON: ${text.slice(0, 200)}`)
      return messages.forEach(onMessage)
    }
    const refusal = messages?.find((message) => isJsonObject(message['error']))
    if (refusal !== undefined) respond(number, { ...refusal, id: base + number })
    else fail(number, `answered HTTP ${answer.status}: ${text.slice(0, 200)}`)
  }
  const isInitialize = new Set<number>()

  /** `health_check_url` in the place of a ping; an answer that is no success is none; no redirect is followed. */
  const probe = async (number: number, path: string, signal: AbortSignal): Promise<void> => {
    try {
      const { status, body } = await client.get(path, signal)
      body.destroy()
      if (status >= 200 && status < 300) respond(number, { result: {} })
      else miss(number, `health_check_url answered ${status}`)
    } catch (error) {
      if (!signal.aborted) miss(number, `health_check_url cannot be reached: ${renderReason(error)}`)
    }
  }

  const miss = (number: number, why: string) => {
    onNoise(why)
    const handlers = finish(number)
    if (handlers !== null) guard(() => handlers.onLost(new AppError('server_stopped_answering', `${why}.`)))
  }

  const refuse = (): AppError | null => {
    if (closed !== null) return closed
    if (pending.size >= MAX_IN_FLIGHT) {
      return new AppError('busy', `${server} has ${MAX_IN_FLIGHT} calls waiting for an answer.`)
    }
    if (unansweredBytes <= MAX_UNANSWERED_BYTES) return null
    return new AppError('busy', `${server} has ${unansweredBytes} bytes of requests to answer.`)
  }

  if (isModern) client.turnModern()
  else if (options.protocolVersion !== null) told.restart()
  return {
    request(method, params, handlers) {
      const refusal = refuse()
      if (refusal !== null) throw refusal
      const number = ++counter
      const id = base + number
      const sent = withProgressToken(params, handlers.onProgress === undefined ? null : id)
      const message: JsonObject = {
        jsonrpc: '2.0',
        id,
        method,
        ...(sent === undefined ? {} : { params: sent }),
      }
      const abort = new AbortController()
      const isProbe = method === 'ping' && endpoint.healthPath !== null
      const bytes = JSON.stringify(message).length
      unansweredBytes += bytes
      if (handlers.onTagged !== undefined) standing++
      pending.set(number, { handlers, abort, bytes, method })
      if (method === 'initialize') isInitialize.add(number)
      if (isProbe) void probe(number, endpoint.healthPath ?? '/', abort.signal)
      else void ask(number, message, abort.signal)
      return {
        id,
        cancel(reason) {
          if (finish(number) === null) return
          if (handlers.onTagged === undefined) abandoned++
          // R63: in 2026-07-28 the end of the stream says it.
          if (isProbe || isModern) return abort.abort()
          const cancelled = { requestId: id, reason }
          // The server is told first; a connection that only breaks says nothing (2025-03-26, "Cancellation").
          void say({ jsonrpc: '2.0', method: 'notifications/cancelled', params: cancelled }).then(() =>
            abort.abort(),
          )
        },
      }
    },
    // The answer was to come on a connection of the daemon that is gone.
    reclaim: null,
    notify(method, params) {
      if (closed !== null) return
      const saying = say({ jsonrpc: '2.0', method, ...(params === undefined ? {} : { params }) })
      if (method === 'notifications/initialized') void saying.then(() => told.restart())
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
      client.turnModern()
    },
    vitals: () => ({ responses, inFlight: pending.size - standing, abandoned }),
    close(error) {
      if (closed !== null) return
      closed = error
      for (const number of pending.keys()) lose(number, error)
      guard(() => asked.close())
      ending.abort()
      client.close()
      for (const listener of closedListeners) guard(() => listener(error))
      closedListeners.clear()
      notificationListeners.clear()
    },
  }
}

function renderReason(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
