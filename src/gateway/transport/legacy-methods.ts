/** What a client may say inside its session. The gateway answers what is the session's; the rest is relayed. */
import type { JsonObject } from '../../domain/json.ts'
import { mayCall } from '../../domain/principal.ts'
import type { CallRequest, Outcome } from '../call.ts'
import { isLogLevel, LOG_LEVELS, readMeta } from '../envelope.ts'
import {
  buildErrorMessage,
  frameFailure,
  INVALID_PARAMS,
  INVALID_REQUEST,
  METHOD_NOT_FOUND,
  renderRpcError,
  type RpcError,
} from '../fault.ts'
import { buildLegacyResult } from '../floors.ts'
import { hasLogging } from '../log-routing.ts'
import { isRequestId, type Notification, type Request } from '../message.ts'
import { canSubscribe } from '../offer.ts'
import { narrowTools, renderForbiddenTool } from '../permission.ts'
import type { Reply } from '../reply.ts'
import type { PendingCall, Session } from '../session.ts'
import { withConnection, type Exchange } from './exchange.ts'
import type { LegacyDeps } from './legacy.ts'

/** The gateway's own business; the server hears of none of these. */
const OWN_NOTIFICATIONS: ReadonlySet<string> = new Set([
  'notifications/initialized',
  'notifications/cancelled',
  'notifications/progress',
  'notifications/roots/list_changed',
])

/** R106: this cancels, while a lost connection does not. */
export function serveNotification(exchange: Exchange, session: Session, message: Notification): void {
  const { method, params } = message
  if (method === 'notifications/cancelled') {
    const id = params?.['requestId']
    const reason = params?.['reason']
    if (isRequestId(id))
      session.calls.get(id)?.cancel(typeof reason === 'string' ? reason : 'cancelled by the client')
  } else if (!OWN_NOTIFICATIONS.has(method) && !exchange.narrowed) {
    exchange.hosted.lane(session.key).lane.connection?.notify(method, params)
  }
}

export function serveRequest(
  exchange: Exchange,
  session: Session,
  message: Request,
  reply: Reply,
  deps: LegacyDeps,
): void {
  const { id, method } = message
  switch (method) {
    case 'ping':
      return reply.respond({ jsonrpc: '2.0', id, result: {} })
    case 'initialize':
      return refuse(
        reply,
        message,
        INVALID_REQUEST,
        'This session is initialized, and initialize stands alone.',
      )
    case 'logging/setLevel':
      return setLevel(exchange, session, message, reply, deps)
    case 'resources/subscribe':
    case 'resources/unsubscribe':
      return changeSubscription(exchange, session, message, reply, deps)
    case 'tools/call':
      return callTool(exchange, session, message, reply, deps)
    default:
      // Task ids belong to the process and would be everybody's; the capability is hidden likewise.
      if (method.startsWith('tasks/') || (exchange.narrowed && method !== 'tools/list')) {
        return refuse(reply, message, METHOD_NOT_FOUND, `Method not found: ${method.slice(0, 128)}`)
      }
      return relay(exchange, session, message, reply, deps)
  }
}

function callTool(
  exchange: Exchange,
  session: Session,
  message: Request,
  reply: Reply,
  deps: LegacyDeps,
): void {
  const name = message.params?.['name']
  const tool = typeof name === 'string' ? name : ''
  if (exchange.narrowed && !mayCall(exchange.principal, exchange.server, tool)) {
    const error = renderForbiddenTool(exchange.server, tool)
    const headers = { 'WWW-Authenticate': exchange.arrival.challenge(tool) }
    return reply.respond(buildErrorMessage(error, message.id), 403, headers)
  }
  relay(exchange, session, message, reply, deps)
}

function relay(
  exchange: Exchange,
  session: Session,
  message: Request,
  reply: Reply,
  { slow }: LegacyDeps,
): void {
  const { id, method, params } = message
  const { principal } = exchange
  const { lane, logs } = exchange.hosted.lane(session.key)
  const { logLevel } = session
  // Two calls of one id could not be told apart, neither by their answers nor when one is cancelled.
  if (session.calls.get(id)?.isHeard() === true) {
    return refuse(reply, message, INVALID_REQUEST, 'A request with this id is still being answered.')
  }
  if (logLevel !== null) logs.need(logLevel)
  const token = readMeta(params)?.['progressToken']
  const becomeStream = () => {
    const before = reply.stream
    const stream = reply.open()
    if (stream !== null && stream !== before) session.outbox.addAnswer(stream)
  }
  const notify = (name: string, body: JsonObject) => {
    becomeStream()
    reply.notify(name, body)
  }
  let done = false
  let pending: PendingCall | undefined
  const request: CallRequest = {
    method,
    params: stripTask(params),
    principalId: principal.id,
    protocolVersion: session.version,
    onDone: (outcome) => {
      done = true
      if (pending !== undefined) slow.delete(pending)
      if (session.calls.get(id) === pending) session.calls.delete(id)
      respond(exchange, session, message, outcome, reply)
    },
    ...(isRequestId(token)
      ? {
          onProgress: (progress: JsonObject) =>
            notify('notifications/progress', { ...progress, progressToken: token }),
        }
      : {}),
    ...(logLevel === null
      ? {}
      : { logs: { level: logLevel, onLog: (log: JsonObject) => notify('notifications/message', log) } }),
  }
  const ticket = lane.request(request)
  if (done) return
  pending = {
    isHeard: () => !exchange.res.destroyed,
    onSlow: becomeStream,
    cancel(reason) {
      if (pending !== undefined) slow.delete(pending)
      if (session.calls.get(id) === pending) session.calls.delete(id)
      ticket.cancel(reason)
      reply.skip()
    },
  }
  session.calls.set(id, pending)
  if (session.version >= '2025-11-25') slow.add(pending)
}

/** A receiver that offers no tasks answers as if none was asked for. */
function stripTask(params: JsonObject | undefined): JsonObject | undefined {
  if (params?.['task'] === undefined) return params
  return Object.fromEntries(Object.entries(params).filter(([key]) => key !== 'task'))
}

function respond(
  exchange: Exchange,
  session: Session,
  { id, method }: Request,
  outcome: Outcome,
  reply: Reply,
): void {
  switch (outcome.kind) {
    case 'result': {
      const lowered = buildLegacyResult(method, outcome.result, session.version)
      const result =
        method === 'tools/list' && exchange.narrowed
          ? narrowTools(lowered, exchange.principal, exchange.server)
          : lowered
      return reply.respond({ jsonrpc: '2.0', id, result })
    }
    case 'error':
      return reply.respond(buildErrorMessage(outcome.error, id))
    case 'failed': {
      const { status, headers } = frameFailure(outcome.error)
      return reply.respond(buildErrorMessage(renderRpcError(outcome.error), id), status, headers)
    }
  }
}

function setLevel(
  exchange: Exchange,
  session: Session,
  message: Request,
  reply: Reply,
  deps: LegacyDeps,
): void {
  const level = message.params?.['level']
  const at = exchange.hosted.lane(session.key)
  withConnection(
    exchange,
    at,
    ({ initializeResult }) => {
      if (exchange.narrowed || !hasLogging(initializeResult)) {
        return refuse(reply, message, METHOD_NOT_FOUND, 'Method not found: logging/setLevel')
      }
      if (!isLogLevel(level)) {
        return refuse(reply, message, INVALID_PARAMS, `level must be one of ${LOG_LEVELS.join(', ')}.`)
      }
      session.logLevel = level
      deps.sessions.save(session, { logLevel: level })
      at.logs.need(level)
      reply.respond({ jsonrpc: '2.0', id: message.id, result: {} })
    },
    (error) => refuseWith(reply, message, renderRpcError(error)),
  )
}

const MAX_URI = 8192

/** Counted for each URI over all sessions: the server hears of the first subscriber and of the last one's going. */
function changeSubscription(
  exchange: Exchange,
  session: Session,
  message: Request,
  reply: Reply,
  deps: LegacyDeps,
): void {
  const uri = message.params?.['uri']
  if (typeof uri !== 'string' || uri.length > MAX_URI) {
    return refuse(reply, message, INVALID_PARAMS, 'params.uri must be a URI.')
  }
  const run = async () => {
    const connection = await exchange.hosted.lane(session.key).lane.ready()
    if (!canSubscribe(connection.initializeResult, exchange.narrowed)) {
      return refuse(reply, message, METHOD_NOT_FOUND, `Method not found: ${message.method}`)
    }
    // It may have ended while the server started; what it then subscribed to would be nobody's to release.
    if (deps.sessions.find(session.id, session.principalId, session.serverId) === null) {
      return refuse(reply, message, 404, 'The session has ended.')
    }
    const error =
      message.method === 'resources/subscribe'
        ? await subscribe(exchange, session, uri, deps)
        : unsubscribe(exchange, session, uri)
    if (error !== null) return refuseWith(reply, message, error)
    deps.sessions.save(session, { subscriptions: [...session.subscriptions] })
    reply.respond({ jsonrpc: '2.0', id: message.id, result: {} })
  }
  run().catch((error: unknown) => refuseWith(reply, message, renderRpcError(error)))
}

async function subscribe(
  { hosted, principal }: Exchange,
  session: Session,
  uri: string,
  { config }: LegacyDeps,
): Promise<RpcError | null> {
  if (session.subscriptions.has(uri)) return null
  if (session.subscriptions.size >= config.maxSubscriptionsPerClient) {
    const message = `A session may subscribe to ${config.maxSubscriptionsPerClient} resources.`
    return { code: INVALID_PARAMS, message }
  }
  session.subscriptions.add(uri)
  const outcome = await hosted.announcements.subscribe(session.key, uri, principal.id)
  if (outcome.kind === 'result') return null
  session.subscriptions.delete(uri)
  return outcome.kind === 'error' ? outcome.error : renderRpcError(outcome.error)
}

function unsubscribe({ hosted }: Exchange, session: Session, uri: string): null {
  if (session.subscriptions.delete(uri)) hosted.announcements.unsubscribe(session.key, uri)
  return null
}

function refuse(reply: Reply, message: Request, code: number, text: string): void {
  refuseWith(reply, message, { code, message: text })
}

function refuseWith(reply: Reply, message: Request, error: RpcError): void {
  reply.respond(buildErrorMessage(error, message.id))
}
