/** Clients of 2025-03-26 to 2025-11-25: a handshake, then a session. One file for its life, one for its methods. */
import type { JsonObject } from '../../domain/json.ts'
import { AppError } from '../../domain/error.ts'
import { parseCapabilityClass, type CapabilityClass } from '../../domain/process-key.ts'
import { chooseKey } from '../choose-key.ts'
import { isLegacyVersion, LEGACY_VERSIONS } from '../envelope.ts'
import {
  buildErrorMessage,
  buildFault,
  frameFailure,
  INVALID_PARAMS,
  INVALID_REQUEST,
  renderRpcError,
  type Fault,
} from '../fault.ts'
import { buildInitializeResult } from '../floors.ts'
import type { Message, Request, RequestId } from '../message.ts'
import type { UpstreamConnection } from '../ports.ts'
import { ArrayReply, sendJson, SingleReply, type Reply } from '../reply.ts'
import type { Session } from '../session.ts'
import type { ParkDeps } from './modern-parks.ts'
import type { SessionTable } from '../session-table.ts'
import { ownerOf, readHeader, withConnection, type Exchange, type TransportDeps } from './exchange.ts'
import { serveHubRequest } from './hub-legacy.ts'
import { serveNotification, serveRequest } from './legacy-methods.ts'
import { serveSessionStream } from './legacy-stream.ts'

const MAX_INITIALIZE = 16 * 1024

export type LegacyDeps = TransportDeps & { readonly sessions: SessionTable } & Pick<ParkDeps, 'parks'>

/** @param array true when the POST was an array, which only 2025-03-26 allows (R108). */
export function serveLegacyPost(
  exchange: Exchange,
  messages: readonly Message[],
  array: boolean,
  deps: LegacyDeps,
): void {
  const [first] = messages
  const id = !array && first?.kind === 'request' ? first.id : undefined
  if (!acceptsBoth(exchange.req.headers.accept)) {
    const text = 'Accept must allow application/json and text/event-stream.'
    return sendFault(exchange, buildFault(406, 406, text), id)
  }
  if (!array && first?.kind === 'request' && first.method === 'initialize') {
    return serveInitialize(exchange, first, deps, openOverHttp(exchange))
  }
  const session = findSession(exchange, deps)
  if (!('outbox' in session)) return sendFault(exchange, session, id)
  if (array) {
    const fault = findArrayFault(session, messages.length, deps.config.maxBatch)
    if (fault !== null) return sendFault(exchange, fault, undefined)
  }
  if (isKept(exchange, session)) serveInSession(exchange, session, messages, array, deps)
  else whenKept(exchange, session, deps, id, () => serveInSession(exchange, session, messages, array, deps))
}

function serveInSession(
  exchange: Exchange,
  session: Session,
  messages: readonly Message[],
  array: boolean,
  deps: LegacyDeps,
): void {
  const [first] = messages
  if (array || first?.kind !== 'request') return serveMessages(exchange, session, messages, deps)
  const reply = new SingleReply(exchange.res, session.streams, ownerOf(exchange), first.id)
  serve(exchange, session, first, reply, deps)
}

function serveMessages(
  exchange: Exchange,
  session: Session,
  messages: readonly Message[],
  deps: LegacyDeps,
): void {
  const { res } = exchange
  const requests = messages.filter((message) => message.kind === 'request')
  for (const message of messages) {
    if (message.kind === 'notification') serveNotification(exchange, session, message)
    if (message.kind === 'response') session.pushes.answer(message)
  }
  if (requests.length === 0) return void res.writeHead(202, { 'Content-Length': 0 }).end()
  const reply = new ArrayReply(res, session.streams, ownerOf(exchange), requests.length)
  for (const request of requests) serve(exchange, session, request, reply, deps)
}

function serve(exchange: Exchange, session: Session, message: Request, reply: Reply, deps: LegacyDeps): void {
  const { visit } = exchange
  if (visit === null) serveRequest(exchange, session, message, reply, deps)
  else serveHubRequest(exchange, visit, session, message, reply, deps)
}

/** How a session begins on one transport: where the answer goes, and whose the session's life is. */
export type Opening = {
  /** Given where the session is named by its transport and ends with it; then it is not stored. */
  readonly id?: string
  answer(message: JsonObject, status: number, headers?: Readonly<Record<string, string>>): void
  onOpened?(session: Session): void
}

function openOverHttp({ res }: Exchange): Opening {
  return { answer: (message, status, headers) => sendJson(res, status, message, headers) }
}

export function serveInitialize(
  exchange: Exchange,
  message: Request,
  deps: LegacyDeps,
  opening: Opening,
): void {
  const refuse = ({ status, error }: Fault) => opening.answer(buildErrorMessage(error, message.id), status)
  const requested = message.params?.['protocolVersion']
  if (message.params === undefined || typeof requested !== 'string') {
    return refuse(buildFault(400, INVALID_PARAMS, 'initialize needs params.protocolVersion.'))
  }
  // They are kept with the session, for as long as it lives.
  if (JSON.stringify(message.params).length > MAX_INITIALIZE) {
    const text = `The params of initialize may have ${MAX_INITIALIZE} characters.`
    return refuse(buildFault(400, INVALID_PARAMS, text))
  }
  const version = isLegacyVersion(requested) ? requested : '2025-11-25'
  const id = opening.id ?? deps.sessions.createId()
  const at = chooseLane(exchange, id, parseCapabilityClass(message.params['capabilities'], version))
  const fail = (error: unknown) => {
    if (!(error instanceof AppError)) deps.logger.error('initialize failed', { err: error })
    const { status, headers } = frameFailure(error)
    opening.answer(buildErrorMessage(renderRpcError(error), message.id), status, headers)
  }
  const run = (connection: UpstreamConnection) => {
    const { instanceId } = connection
    const opened = { id, version, key: at.key, instanceId, isStored: opening.id === undefined }
    openSession(exchange, message, opened, connection, deps, opening).catch(fail)
  }
  withConnection(exchange, at, run, fail)
}

/** What a client can do is said once, so its session stays with the process it gets here. */
function chooseLane({ hosted, principal }: Exchange, sessionId: string, capabilities: CapabilityClass) {
  const caller = { era: 'legacy', capabilities, principalId: principal.id, sessionId } as const
  return hosted.lane(chooseKey(hosted.traits(), caller, hosted.load))
}

async function openSession(
  exchange: Exchange,
  message: Request,
  opened: Pick<Session, 'id' | 'version' | 'key' | 'isStored'> & { readonly instanceId: string },
  connection: UpstreamConnection,
  deps: LegacyDeps,
  opening: Opening,
): Promise<void> {
  const session = await deps.sessions.create({
    ...opened,
    principalId: exchange.principal.id,
    serverId: exchange.hosted.serverId,
    initializeParams: message.params ?? {},
  })
  session.toolsOnly = exchange.narrowed
  const result = buildInitializeResult(
    connection.initializeResult,
    session.version,
    exchange.narrowed,
    exchange.server,
  )
  exchange.arrival.onBegun?.()
  opening.answer({ jsonrpc: '2.0', id: message.id, result }, 200, { 'Mcp-Session-Id': session.id })
  opening.onOpened?.(session)
}

/** GET opens or resumes a stream, DELETE ends the session; both are unknown without one (R8, R102, R105). */
export function serveLegacyLife(exchange: Exchange, method: 'GET' | 'DELETE', deps: LegacyDeps): void {
  const { req, res } = exchange
  if (readHeader(req, 'mcp-session-id') === undefined) {
    const text = 'Without Mcp-Session-Id only POST is served here.'
    return sendFault(exchange, buildFault(405, 405, text), undefined, { Allow: 'POST' })
  }
  const session = findSession(exchange, deps)
  if (!('outbox' in session)) return sendFault(exchange, session, undefined)
  if (method === 'DELETE') {
    deps.sessions.remove(session)
    return void res.writeHead(204).end()
  }
  if (!accepts(req.headers.accept, 'text/event-stream')) {
    return sendFault(exchange, buildFault(406, 406, 'Accept must allow text/event-stream.'), undefined)
  }
  whenKept(exchange, session, deps, undefined, () => serveSessionStream(exchange, session, deps))
}

/** A session that is to end with its process may only be used once it is known that this is still there. */
function isKept({ hosted }: Exchange, { key }: Session): boolean {
  return hosted.lane(key).lane.connection !== null || hosted.traits().onSessionLoss !== '404'
}

/** At once, or when its process has come up. */
function whenKept(
  exchange: Exchange,
  session: Session,
  deps: LegacyDeps,
  id: RequestId | undefined,
  serve: () => void,
): void {
  const { hosted } = exchange
  if (isKept(exchange, session)) return serve()
  withConnection(
    exchange,
    hosted.lane(session.key),
    () => {
      if (deps.sessions.has(session)) serve()
      else sendFault(exchange, buildFault(404, 404, 'The session ended with its process.'), id)
    },
    (error) => sendFault(exchange, { ...frameFailure(error), error: renderRpcError(error) }, id),
  )
}

/** The session named by the header, or why there is none: 400 without one, 404 unless it is this caller's (R101). */
function findSession(exchange: Exchange, deps: LegacyDeps): Session | Fault {
  const { req, principal, hosted, narrowed } = exchange
  const id = readHeader(req, 'mcp-session-id')
  if (id === undefined) {
    return buildFault(
      400,
      INVALID_REQUEST,
      'Mcp-Session-Id is missing. Send initialize first and repeat its id.',
    )
  }
  const session = deps.sessions.find(id, principal.id, hosted.serverId)
  if (session === null) {
    if (deps.sessions.isOfAnother(id, principal.id))
      exchange.arrival.noteDenied('route_not_found', principal.id)
    return buildFault(404, 404, 'There is no such session. It ended, or belongs to another token or server.')
  }
  session.toolsOnly = narrowed
  const version = readHeader(req, 'mcp-protocol-version')
  if (version !== undefined && version !== session.version) {
    const known = isLegacyVersion(version) ? 'not the one of this session' : 'not supported'
    const text = `MCP-Protocol-Version ${version.slice(0, 32)} is ${known}. This session speaks ${session.version}.`
    return buildFault(400, INVALID_REQUEST, text, { supported: [...LEGACY_VERSIONS] })
  }
  return session
}

function findArrayFault(session: Session, length: number, max: number): Fault | null {
  if (session.version !== '2025-03-26') {
    return buildFault(400, INVALID_REQUEST, `Arrays of messages are not part of ${session.version}.`)
  }
  return length <= max ? null : buildFault(400, INVALID_REQUEST, `An array may hold ${max} messages.`)
}

/** Missing or `*` means both (R7). */
function acceptsBoth(accept: string | undefined): boolean {
  return accepts(accept, 'application/json') && accepts(accept, 'text/event-stream')
}

export function accepts(accept: string | undefined, type: string): boolean {
  // What the official clients send.
  if (accept === undefined || accept === 'application/json, text/event-stream') return true
  const [group] = type.split('/')
  const listed = accept.toLowerCase()
  return listed.includes(type) || listed.includes('*/*') || listed.includes(`${group}/*`)
}

function sendFault(
  { res }: Exchange,
  fault: Fault,
  id: RequestId | undefined,
  headers?: Readonly<Record<string, string>>,
): void {
  sendJson(res, fault.status, buildErrorMessage(fault.error, id), headers)
}
