/** One request of a session at its server: what comes of it meanwhile, and its answer. */
import type { JsonObject } from '../../domain/json.ts'
import type { ServerRequest } from '../../domain/server-request.ts'
import type { CallRequest, Outcome, Ticket } from '../call.ts'
import { readMeta } from '../envelope.ts'
import { buildErrorMessage, frameFailure, INVALID_REQUEST, renderRpcError, type RpcError } from '../fault.ts'
import { buildLegacyResult } from '../floors.ts'
import { startFulfilled } from '../fulfil/start-fulfilled.ts'
import type { HostedLane } from '../hosted-servers.ts'
import { isRequestId, type Request } from '../message.ts'
import { placeBeside } from '../parks/free-place.ts'
import { narrowTools } from '../permission.ts'
import type { Reply } from '../reply.ts'
import { isOwnProcess, type PendingCall, type Session } from '../session.ts'
import { readTrace } from '../trace.ts'
import type { Exchange } from './exchange.ts'
import type { LegacyDeps } from './legacy.ts'

/** For these a server may ask its client something; a process of several clients runs one at a time. */
const ASKABLE: ReadonlySet<string> = new Set(['tools/call', 'prompts/get', 'resources/read'])

/** @param key of the process, where it is not the session's one. */
export function relay(
  exchange: Exchange,
  session: Session,
  message: Request,
  reply: Reply,
  deps: LegacyDeps,
  key = session.key,
): void {
  const { id, method, params } = message
  const { principal } = exchange
  const { slow } = deps
  const askable = mayBeAsked(session, method)
  const place = () => exchange.hosted.lane(askable ? placeBeside(exchange, key, deps) : key)
  const first = place()
  // Of a lane that is not open yet the key says what it will be.
  const era = first.lane.connection?.era ?? key.era
  const { logLevel } = session
  // Two calls of one id could not be told apart, neither by their answers nor when one is cancelled.
  if (session.calls.get(id)?.isHeard() === true) {
    return refuse(reply, message, INVALID_REQUEST, 'A request with this id is still being answered.')
  }
  // What a process of its own says is all the session's; there is no call to find for it.
  const isOwn = era === 'legacy' && isOwnProcess({ id: session.id, key })
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
  const onPushOf =
    ({ lane }: HostedLane) =>
    (push: ServerRequest) => {
      becomeStream()
      const { stream } = reply
      session.pushes.ask(push, {
        send: (question) => (stream === null ? session.outbox.send(question) : stream.send(question)),
        onProgress: (progress) => lane.connection?.notify('notifications/progress', progress),
      })
    }
  let done = false
  let pending: PendingCall | undefined
  const request: CallRequest = {
    method,
    params: stripTask(params),
    principalId: principal.id,
    protocolVersion: session.version,
    ...readTrace(exchange.req.headers),
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
    ...(logLevel === null || isOwn
      ? {}
      : { logs: { level: logLevel, onLog: (log: JsonObject) => notify('notifications/message', log) } }),
  }
  const start = (at: HostedLane): Ticket => {
    if (logLevel !== null && !isOwn) at.logs.need(logLevel)
    const asked = !isOwn && askable ? { ...request, onPush: onPushOf(at) } : request
    if (era !== 'legacy') return startFulfilled(at, asked, session, deps)
    return at.lane.request(
      asked === request ? asked : { ...asked, onDisplaced: () => void (ticket = start(place())) },
    )
  }
  let ticket = start(first)
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

function mayBeAsked({ client }: Session, method: string): boolean {
  return client.capabilities !== '' && ASKABLE.has(method)
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
      session.pushes.noteError(outcome.error)
      return reply.respond(buildErrorMessage(outcome.error, id))
    case 'failed': {
      const { status, headers } = frameFailure(outcome.error)
      return reply.respond(buildErrorMessage(renderRpcError(outcome.error), id), status, headers)
    }
  }
}

export function refuse(reply: Reply, message: Request, code: number, text: string): void {
  refuseWith(reply, message, { code, message: text })
}

export function refuseWith(reply: Reply, message: Request, error: RpcError): void {
  reply.respond(buildErrorMessage(error, message.id))
}
