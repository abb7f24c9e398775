/** Clients of 2026-07-28: every request stands alone, and going away cancels it. */
import { mayCall } from '../../domain/principal.ts'
import { parseCapabilityClass } from '../../domain/process-key.ts'
import type { CallRequest } from '../call.ts'
import { chooseKey } from '../choose-key.ts'
import {
  CLIENT_CAPABILITIES,
  isLogLevel,
  LOG_LEVEL,
  MODERN_VERSION,
  readMeta,
  stripEnvelope,
} from '../envelope.ts'
import { buildErrorMessage, buildFault, METHOD_NOT_FOUND, UNSUPPORTED_VERSION, type Fault } from '../fault.ts'
import type { HostedLane } from '../hosted-servers.ts'
import { isRequestId, type Notification, type Request } from '../message.ts'
import { buildDiscoverResult } from '../modern-result.ts'
import { isOffered } from '../offer.ts'
import type { ParamHeader } from '../../domain/param-headers.ts'
import { findParamFault } from '../param-headers.ts'
import type { UpstreamConnection } from '../ports.ts'
import { readTrace } from '../trace.ts'
import { sendJson, SingleReply } from '../reply.ts'
import { findHeaderFault } from '../standard-headers.ts'
import { buildRevoked, isRevoked, ownerOf, readHeader, withConnection, type Exchange } from './exchange.ts'
import { answerModern, sendFailure, sendFault, sendForbidden } from './modern-answer.ts'
import {
  buildUndeclared,
  buildUnknownTask,
  declaresTasks,
  findTask,
  offersTasks,
  TASK_METHODS,
} from './modern-tasks.ts'
import { relayModern } from './modern-relay.ts'
import { serveListen } from './modern-listen.ts'
import {
  findLostFault,
  findRetryFault,
  mayAskBack,
  placeParkable,
  serveParkable,
  type ParkDeps,
} from './modern-parks.ts'

/** Everything else, `initialize` and `ping` included, does not exist in this revision (R40, R41). */
const METHODS: ReadonlySet<string> = new Set([
  'server/discover',
  'tools/list',
  'tools/call',
  'prompts/list',
  'prompts/get',
  'resources/list',
  'resources/templates/list',
  'resources/read',
  'completion/complete',
  'subscriptions/listen',
  ...TASK_METHODS,
])

export function serveModern(
  exchange: Exchange,
  message: Request | Notification,
  version: string,
  deps: ParkDeps,
): void {
  if (message.kind === 'notification') return serveNotification(exchange, message, version)
  const fault = findFault(exchange, message, version)
  if (fault !== null) return sendFault(exchange, message, fault)
  serveChecked(exchange, message, deps)
}

/** A request whose frame is in order. */
export function serveChecked(exchange: Exchange, message: Request, deps: ParkDeps): void {
  const at = chooseLane(exchange, message, deps)
  const refused = findRetryFault(exchange, at, message, deps)
  if (refused !== null) return sendFault(exchange, message, refused)
  withConnection(
    exchange,
    at,
    (connection) => serveRequest(exchange, at, message, connection, deps),
    (error) => {
      const lost = findLostFault(exchange, at, message, deps)
      if (lost === null) sendFailure(exchange, message, error)
      else sendFault(exchange, message, lost)
    },
  )
}

/** Nothing that this revision lets a client notify travels over HTTP: closing the stream is how it cancels. */
export function serveNotification({ res }: Exchange, message: Notification, version: string): void {
  const unsupported = findUnsupported(version)
  if (unsupported !== null) return sendJson(res, 400, buildErrorMessage(unsupported.error, undefined))
  const gone = message.method === 'notifications/roots/list_changed'
  res.writeHead(gone ? 404 : 202, { 'Content-Length': 0 }).end()
}

function findUnsupported(version: string): Fault | null {
  if (version === MODERN_VERSION) return null
  const text = `Revision ${version.slice(0, 64)} is not supported here; supported: ${MODERN_VERSION}.`
  const data = { supported: [MODERN_VERSION], requested: version }
  return buildFault(400, UNSUPPORTED_VERSION, text, data)
}

export function findFault({ req }: Exchange, message: Request, version: string): Fault | null {
  const unsupported = findUnsupported(version)
  if (unsupported !== null) return unsupported
  const headers = {
    version: readHeader(req, 'mcp-protocol-version'),
    method: readHeader(req, 'mcp-method'),
    name: readHeader(req, 'mcp-name'),
  }
  return findHeaderFault(message, headers) ?? (METHODS.has(message.method) ? null : unknownMethod(message))
}

function unknownMethod({ method }: Request): Fault {
  return buildFault(404, METHOD_NOT_FOUND, `Method not found: ${method.slice(0, 128)}`)
}

/** Each request says what its client can do (R30), so each is placed by itself. */
function chooseLane(exchange: Exchange, message: Request, deps: ParkDeps): HostedLane {
  const { hosted, principal } = exchange
  const declared = readMeta(message.params)?.[CLIENT_CAPABILITIES]
  const capabilities = parseCapabilityClass(declared, MODERN_VERSION)
  const caller = { era: 'modern', capabilities, principalId: principal.id, sessionId: null } as const
  const key = chooseKey(hosted.traits(), caller, hosted.load)
  return hosted.lane(placeParkable(exchange, key, message, deps))
}

function serveRequest(
  exchange: Exchange,
  at: HostedLane,
  message: Request,
  connection: UpstreamConnection,
  deps: ParkDeps,
): void {
  const { method, id } = message
  if (method === 'server/discover') {
    const result = buildDiscoverResult(connection.initializeResult, exchange.narrowed)
    return sendJson(exchange.res, 200, { jsonrpc: '2.0', id, result })
  }
  if (method.startsWith('tasks/')) return void serveTask(exchange, message, connection, deps)
  if (method === 'subscriptions/listen') return serveListen(exchange, at, message, connection, deps)
  if (!isOffered(connection.initializeResult, method, exchange.narrowed)) {
    return sendFault(exchange, message, unknownMethod(message))
  }
  if (method === 'tools/call') return serveToolCall(exchange, at, message, connection, deps)
  relay(exchange, at, message, connection, deps)
}

/** Never rejects. What a task is about goes to the process that has it, wherever others go. */
async function serveTask(
  exchange: Exchange,
  message: Request,
  connection: UpstreamConnection,
  deps: ParkDeps,
): Promise<void> {
  if (!offersTasks(connection)) return sendFault(exchange, message, unknownMethod(message))
  if (!declaresTasks(message)) return sendFault(exchange, message, buildUndeclared())
  try {
    const task = await findTask(exchange, message, deps.tasks)
    if (isRevoked(exchange)) return sendFailure(exchange, message, buildRevoked())
    if (task === null) return sendFault(exchange, message, buildUnknownTask())
    const at = exchange.hosted.lane(task.key)
    const opened = await at.lane.ready()
    relay(exchange, at, message, opened, deps)
  } catch (error) {
    sendFailure(exchange, message, error)
  }
}

function serveToolCall(
  exchange: Exchange,
  at: HostedLane,
  message: Request,
  connection: UpstreamConnection,
  deps: ParkDeps,
): void {
  const { principal, server, req } = exchange
  const name = message.params?.['name']
  const tool = typeof name === 'string' ? name : ''
  if (exchange.narrowed && !mayCall(principal, server, tool)) return sendForbidden(exchange, message, tool)
  const check = (declarations: readonly ParamHeader[]) => {
    if (isRevoked(exchange)) return sendFailure(exchange, message, buildRevoked())
    const fault = findParamFault(declarations, message.params?.['arguments'], req.headers)
    if (fault === null) relay(exchange, at, message, connection, deps)
    else sendFault(exchange, message, fault)
  }
  const known = at.tools.find(tool)
  if (known !== undefined) return check(known)
  at.tools
    .load(tool)
    .then(check)
    .catch((error: unknown) => sendFailure(exchange, message, error))
}

/** Pass-through where the server speaks this revision, translated where it does not. */
function relay(
  exchange: Exchange,
  at: HostedLane,
  message: Request,
  connection: UpstreamConnection,
  deps: ParkDeps,
): void {
  if (connection.era === 'modern') return relayModern(exchange, at, message, connection, deps)
  if (mayAskBack(at.key, message)) return serveParkable(exchange, at, message, connection, deps)
  const { res, principal } = exchange
  if (res.destroyed) return
  const reply = new SingleReply(res, deps.streams, ownerOf(exchange))
  const meta = readMeta(message.params)
  const level = meta?.[LOG_LEVEL]
  if (isLogLevel(level)) at.logs.need(level)
  const token = meta?.['progressToken']
  const request: CallRequest = {
    method: message.method,
    params: message.params === undefined ? undefined : stripEnvelope(message.params),
    principalId: principal.id,
    protocolVersion: MODERN_VERSION,
    trace: readTrace(exchange.req.headers),
    onDone: (outcome) => answerModern(exchange, message, outcome, reply, connection.initializeResult),
    onProgress: isRequestId(token)
      ? (params) => reply.notify('notifications/progress', { ...params, progressToken: token })
      : undefined,
    logs: isLogLevel(level)
      ? { level, onLog: (params) => reply.notify('notifications/message', params) }
      : undefined,
  }
  const ticket = at.lane.request(request)
  // R63: the connection is the request; without it nobody can take the answer.
  res.on('close', () => ticket.cancel('the client went away'))
}
