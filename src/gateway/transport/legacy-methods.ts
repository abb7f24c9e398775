/** What a client may say inside its session. The gateway answers what is the session's; the rest is relayed. */
import { mayCall } from '../../domain/principal.ts'
import { isLogLevel, LOG_LEVELS } from '../envelope.ts'
import {
  buildErrorMessage,
  INVALID_PARAMS,
  INVALID_REQUEST,
  METHOD_NOT_FOUND,
  renderRpcError,
  type RpcError,
} from '../fault.ts'
import { hasLogging } from '../log-routing.ts'
import { isRequestId, type Notification, type Request } from '../message.ts'
import { canSubscribe } from '../offer.ts'
import { renderForbiddenTool } from '../permission.ts'
import type { Reply } from '../reply.ts'
import { isOwnProcess, type Session } from '../session.ts'
import { withConnection, type Exchange } from './exchange.ts'
import type { LegacyDeps } from './legacy.ts'
import { refuse, refuseWith, relay } from './legacy-relay.ts'

/** R106: this cancels, while a lost connection does not. */
export function serveNotification(exchange: Exchange, session: Session, message: Notification): void {
  const { method, params } = message
  if (method === 'notifications/cancelled') {
    const id = params?.['requestId']
    const reason = params?.['reason']
    if (isRequestId(id))
      session.calls.get(id)?.cancel(typeof reason === 'string' ? reason : 'cancelled by the client')
  } else if (method === 'notifications/progress') {
    session.pushes.progress(params)
  } else if (method === 'notifications/roots/list_changed') {
    // The roots of a process that several clients share are nobody's.
    if (isOwnProcess(session)) exchange.hosted.lane(session.key).lane.connection?.notify(method, params)
  } else if (mayPass(method) && !exchange.narrowed) {
    exchange.hosted.lane(session.key).lane.connection?.notify(method, params)
  }
}

/** What is not called a notification may be a request without its id: `tools/call` that nobody counts or judges. */
function mayPass(method: string): boolean {
  return method.startsWith('notifications/') && method !== 'notifications/initialized'
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

/** @param key of the process, where it is not the session's one. */
export function callTool(
  exchange: Exchange,
  session: Session,
  message: Request,
  reply: Reply,
  deps: LegacyDeps,
  key = session.key,
): void {
  const name = message.params?.['name']
  const tool = typeof name === 'string' ? name : ''
  if (exchange.narrowed && !mayCall(exchange.principal, exchange.server, tool)) {
    const error = renderForbiddenTool(exchange.server, tool)
    const headers = { 'WWW-Authenticate': exchange.arrival.challenge(tool, exchange.server) }
    return reply.respond(buildErrorMessage(error, message.id), 403, headers)
  }
  relay(exchange, session, message, reply, deps, key)
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
      if (isOwnProcess(session)) at.lane.tell('logging/setLevel', { level })
      else at.logs.need(level)
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
