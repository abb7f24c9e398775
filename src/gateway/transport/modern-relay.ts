/**
 * From a client of 2026-07-28 to a server of it: what is said passes as it is, but for ids, progress tokens and what
 * belongs to one hop.
 */
import type { IncomingMessage } from 'node:http'
import { isJsonObject, type JsonObject } from '../../domain/json.ts'
import type { CallRequest, Outcome } from '../call.ts'
import { isLogLevel, LOG_LEVEL, MODERN_VERSION, readMeta } from '../envelope.ts'
import { buildErrorMessage, frameFailure, renderRpcError, type RpcError } from '../fault.ts'
import type { HostedLane, HostedServer } from '../hosted-servers.ts'
import { asAppError } from '../lane-errors.ts'
import { isRequestId, type Request } from '../message.ts'
import { completeResult, keepPrivate } from '../modern-result.ts'
import { needsOlderEra } from '../needs-older-era.ts'
import { narrowTools } from '../permission.ts'
import type { UpstreamConnection } from '../ports.ts'
import { readTrace } from '../trace.ts'
import { rememberTask } from './modern-tasks.ts'
import { SingleReply, type Reply } from '../reply.ts'
import { ownerOf, type Exchange, type TransportDeps } from './exchange.ts'

const MISSING_CAPABILITY = -32021
const RESOURCE_NOT_FOUND = -32002

export function relayModern(
  exchange: Exchange,
  at: HostedLane,
  message: Request,
  connection: UpstreamConnection,
  deps: TransportDeps,
): void {
  const { res, req, principal } = exchange
  if (res.destroyed) return
  const reply = new SingleReply(res, deps.streams, ownerOf(exchange))
  const meta = readMeta(message.params)
  const level = meta?.[LOG_LEVEL]
  const token = meta?.['progressToken']
  const request: CallRequest = {
    method: message.method,
    params: message.params,
    principalId: principal.id,
    protocolVersion: MODERN_VERSION,
    trace: readTrace(req.headers),
    onDone: (outcome) => finish(exchange, at, message, outcome, reply, connection, deps),
    headers: readParamHeaders(req),
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

/** R29: those that nobody declared pass too. */
function readParamHeaders({ headers }: IncomingMessage): Record<string, string> | undefined {
  let found: Record<string, string> | undefined
  for (const name in headers) {
    const value = headers[name]
    if (!name.startsWith('mcp-param-') || typeof value !== 'string') continue
    found ??= {}
    found[name] = value
  }
  return found
}

/** Servers whose operator was told; once each, since a tool says it at every call. */
const advised = new WeakSet<HostedServer>()

/** A task is kept before the client hears of it; everything else is answered at once. */
function finish(
  exchange: Exchange,
  at: HostedLane,
  message: Request,
  outcome: Outcome,
  reply: Reply,
  connection: UpstreamConnection,
  { tasks, clock, logger }: TransportDeps,
): void {
  const { hosted } = exchange
  if (!advised.has(hosted) && needsOlderEra(outcome) && hosted.traits().eras.includes('legacy')) {
    advised.add(hosted)
    logger.warn(
      `a tool of ${exchange.server} asks its client in the older way; haivemind set ${exchange.server} upstream_era=legacy lets it`,
      { server_id: exchange.hosted.serverId, method: message.method },
    )
  }
  const answer = (known: Outcome) => respond(exchange, message, known, reply, connection)
  if (outcome.kind !== 'result' || outcome.result['resultType'] !== 'task') return answer(outcome)
  rememberTask(exchange, message, outcome.result, at.key, { tasks, now: clock.now() }).then(
    () => answer(outcome),
    (error: unknown) => answer({ kind: 'failed', error: asAppError(error) }),
  )
}

function respond(
  exchange: Exchange,
  { id, method, params }: Request,
  outcome: Outcome,
  reply: Reply,
  { initializeResult }: UpstreamConnection,
): void {
  switch (outcome.kind) {
    case 'result': {
      const result = completeResult(method, outcome.result, initializeResult)
      const isNarrowed = method === 'tools/list' && exchange.narrowed
      const shown = isNarrowed
        ? narrowTools(keepPrivate(result), exchange.principal, exchange.server)
        : result
      return reply.respond({ jsonrpc: '2.0', id, result: shown })
    }
    case 'error': {
      const error = raiseError(outcome.error, params)
      // R34: the envelope that it misses something in is the client's own.
      const status = error.code === MISSING_CAPABILITY ? 400 : 200
      return reply.respond(buildErrorMessage(error, id), status)
    }
    case 'failed': {
      const { status, headers } = frameFailure(outcome.error)
      return reply.respond(buildErrorMessage(renderRpcError(outcome.error), id), status, headers)
    }
  }
}

/** R45: the code of the revisions before for a resource that is not there. */
function raiseError(error: RpcError, params: JsonObject | undefined): RpcError {
  if (error.code !== RESOURCE_NOT_FOUND) return error
  const uri = params?.['uri']
  const data = isJsonObject(error.data) ? error.data : {}
  return { code: -32602, message: error.message, data: typeof uri === 'string' ? { uri, ...data } : data }
}
