/** `/hub/mcp` inside a session: lists are merged, what is for one server goes there, and the rest is the session's. */
import { buildErrorMessage, INVALID_PARAMS, renderRpcError } from '../fault.ts'
import { buildLegacyResult } from '../floors.ts'
import { findTarget } from '../hub/find-target.ts'
import { isHubList } from '../hub/hub-lists.ts'
import type { PlaceOf } from '../hub/hub-view.ts'
import { mergeLists, type HubVisit } from '../hub/merge-lists.ts'
import type { Request } from '../message.ts'
import { renderForbiddenTool } from '../permission.ts'
import type { Reply } from '../reply.ts'
import { bindProcess } from '../session-process.ts'
import type { Session } from '../session.ts'
import { buildRevoked, isRevoked, type Exchange } from './exchange.ts'
import type { LegacyDeps } from './legacy.ts'
import { callTool, serveRequest } from './legacy-methods.ts'
import { refuse, refuseWith, relay } from './legacy-relay.ts'
import { retarget } from './retarget.ts'

const TARGETED: ReadonlySet<string> = new Set([
  'tools/call',
  'prompts/get',
  'resources/read',
  'completion/complete',
])

export function serveHubRequest(
  exchange: Exchange,
  visit: HubVisit,
  session: Session,
  message: Request,
  reply: Reply,
  deps: LegacyDeps,
): void {
  const seat = visit.view.seat(session.key)
  seat.bind((lane, serverId) => {
    const isToolsOnly = () =>
      visit.view.members(null).find(({ hosted }) => hosted.serverId === serverId)?.narrowed !== false
    bindProcess(session, lane, isToolsOnly)
  })
  const placeOf: PlaceOf = (hosted) => seat.place(hosted)
  const { method } = message
  const fail = (error: unknown) => refuseWith(reply, message, renderRpcError(error))
  if (isHubList(method)) {
    mergeLists(visit, method, message.params?.['cursor'], placeOf, session.version).then((merged) => {
      if (isRevoked(exchange)) return fail(buildRevoked())
      if (merged === null) return refuse(reply, message, INVALID_PARAMS, 'This cursor is not one of the hub.')
      const result = buildLegacyResult(method, merged, session.version)
      reply.respond({ jsonrpc: '2.0', id: message.id, result })
    }, fail)
  } else if (TARGETED.has(method)) {
    serveTargeted(exchange, visit, session, message, reply, deps, placeOf).catch(fail)
  } else serveRequest(exchange, session, message, reply, deps)
}

async function serveTargeted(
  exchange: Exchange,
  visit: HubVisit,
  session: Session,
  message: Request,
  reply: Reply,
  deps: LegacyDeps,
  placeOf: PlaceOf,
): Promise<void> {
  const target = await findTarget(visit, message, placeOf)
  if (isRevoked(exchange)) return refuseWith(reply, message, renderRpcError(buildRevoked()))
  if (!deps.sessions.has(session)) return refuse(reply, message, 404, 'The session has ended.')
  if (target.kind === 'forbidden') {
    const error = renderForbiddenTool(target.server, target.tool)
    const headers = { 'WWW-Authenticate': exchange.arrival.challenge(target.tool, target.server) }
    return reply.respond(buildErrorMessage(error, message.id), 403, headers)
  }
  if (target.kind === 'refused') {
    const isGone = message.method === 'resources/read' && target.error.code === INVALID_PARAMS
    return refuseWith(reply, message, isGone ? { ...target.error, code: -32002 } : target.error)
  }
  const at = retarget(exchange, visit, target.member)
  const serve = message.method === 'tools/call' ? callTool : relay
  serve(at, session, target.message, reply, deps, placeOf(target.member.hosted))
}
