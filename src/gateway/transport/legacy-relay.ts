/** One request of a session at its server: what comes of it meanwhile, and its answer. */
import type { JsonObject } from '../../domain/json.ts'
import type { Era, ProcessKey } from '../../domain/process-key.ts'
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
  const askable = mayBeAsked(session, message.method)
  const first = exchange.hosted.lane(askable ? placeBeside(exchange, key, deps) : key)
  // Of a lane that is not open yet the key says what it will be.
  const era = first.lane.connection?.era ?? key.era
  // Two calls of one id could not be told apart, neither by their answers nor when one is cancelled.
  if (session.calls.get(message.id)?.isHeard() === true) {
    return refuse(reply, message, INVALID_REQUEST, 'A request with this id is still being answered.')
  }
  // What a process of its own says is all the session's; there is no call to find for it.
  const isOwn = era === 'legacy' && isOwnProcess({ id: session.id, key })
  const call = new SessionCall(exchange, session, message, reply, deps)
  const request = buildRequest(call, exchange, session, message, isOwn)
  call.begin(
    isOwn || !askable ? sendTo(first, request, era, call) : sendAskable(first, request, era, call, key),
  )
}

/**
 * One call of a session while it is under way. A class, since each call makes one and closures would cost it several
 * times over.
 */
class SessionCall implements PendingCall {
  readonly exchange: Exchange
  readonly session: Session
  readonly deps: LegacyDeps
  readonly #message: Request
  readonly #reply: Reply
  ticket: Ticket | null = null
  #isDone = false

  constructor(exchange: Exchange, session: Session, message: Request, reply: Reply, deps: LegacyDeps) {
    this.exchange = exchange
    this.session = session
    this.deps = deps
    this.#message = message
    this.#reply = reply
  }

  /** Unless it has ended at once, it is the session's until it does. */
  begin(ticket: Ticket): void {
    this.ticket = ticket
    if (this.#isDone) return
    this.session.calls.set(this.#message.id, this)
    if (this.session.version >= '2025-11-25') this.deps.slow.add(this)
  }

  end(outcome: Outcome): void {
    this.#isDone = true
    this.#leave()
    respond(this.exchange, this.session, this.#message, outcome, this.#reply)
  }

  isHeard(): boolean {
    return !this.exchange.res.destroyed
  }

  onSlow(): void {
    const before = this.#reply.stream
    const stream = this.#reply.open()
    if (stream !== null && stream !== before) this.session.outbox.addAnswer(stream)
  }

  notify(name: string, params: JsonObject): void {
    this.onSlow()
    this.#reply.notify(name, params)
  }

  ask({ lane }: HostedLane, push: ServerRequest): void {
    this.onSlow()
    const { stream } = this.#reply
    const { outbox, pushes } = this.session
    pushes.ask(push, {
      send: (question) => (stream === null ? outbox.send(question) : stream.send(question)),
      onProgress: (progress) => lane.connection?.notify('notifications/progress', progress),
    })
  }

  cancel(reason: string): void {
    this.#leave()
    this.ticket?.cancel(reason)
    this.#reply.skip()
  }

  #leave(): void {
    this.deps.slow.delete(this)
    const { calls } = this.session
    if (calls.get(this.#message.id) === this) calls.delete(this.#message.id)
  }
}

function buildRequest(
  call: SessionCall,
  { principal, req }: Exchange,
  { version, logLevel }: Session,
  { method, params }: Request,
  isOwn: boolean,
): CallRequest {
  const token = readMeta(params)?.['progressToken']
  return {
    method,
    params: stripTask(params),
    principalId: principal.id,
    protocolVersion: version,
    trace: readTrace(req.headers),
    onDone: (outcome) => call.end(outcome),
    onProgress: isRequestId(token)
      ? (progress) => call.notify('notifications/progress', { ...progress, progressToken: token })
      : undefined,
    logs:
      logLevel === null || isOwn
        ? undefined
        : { level: logLevel, onLog: (log) => call.notify('notifications/message', log) },
  }
}

function sendTo(at: HostedLane, request: CallRequest, era: Era, { session, deps }: SessionCall): Ticket {
  if (request.logs !== undefined) at.logs.need(request.logs.level)
  return era === 'legacy' ? at.lane.request(request) : startFulfilled(at, request, session, deps)
}

/** Its server may ask the client something for it; where it waits for another client meanwhile, it goes elsewhere. */
function sendAskable(
  at: HostedLane,
  request: CallRequest,
  era: Era,
  call: SessionCall,
  key: ProcessKey,
): Ticket {
  const onDisplaced = () => {
    const { exchange, deps } = call
    const other = exchange.hosted.lane(placeBeside(exchange, key, deps))
    call.ticket = sendAskable(other, request, era, call, key)
  }
  const asked: CallRequest = { ...request, onPush: (push) => call.ask(at, push) }
  return sendTo(at, era === 'legacy' ? { ...asked, onDisplaced } : asked, era, call)
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
