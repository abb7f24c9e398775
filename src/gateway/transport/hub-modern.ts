/** `/hub/mcp` for clients of 2026-07-28: what is for one server is served as if it had been sent there. */
import { isJsonObject } from '../../domain/json.ts'
import { parseCapabilityClass } from '../../domain/process-key.ts'
import { chooseKey } from '../choose-key.ts'
import { CLIENT_CAPABILITIES, MODERN_VERSION, readMeta } from '../envelope.ts'
import { buildFault, INVALID_PARAMS } from '../fault.ts'
import { findTarget } from '../hub/find-target.ts'
import { HUB_RESULT } from '../hub/hub-hosted.ts'
import { isHubList } from '../hub/hub-lists.ts'
import { NOBODY, type PlaceOf } from '../hub/hub-view.ts'
import { mergeLists, type HubVisit } from '../hub/merge-lists.ts'
import type { Notification, Request } from '../message.ts'
import { buildDiscoverResult, buildModernResult } from '../modern-result.ts'
import { sendJson } from '../reply.ts'
import { buildRevoked, isRevoked, type Exchange } from './exchange.ts'
import { findFault, serveChecked, serveNotification } from './modern.ts'
import { sendFailure, sendFault, sendForbidden } from './modern-answer.ts'
import { serveListen } from './modern-listen.ts'
import type { ParkDeps } from './modern-parks.ts'
import { retarget } from './retarget.ts'

const TASKS = 'io.modelcontextprotocol/tasks'

export function serveHubModern(
  exchange: Exchange,
  visit: HubVisit,
  message: Request | Notification,
  version: string,
  deps: ParkDeps,
): void {
  if (message.kind === 'notification') return serveNotification(exchange, message, version)
  const fault = findFault(exchange, message, version)
  if (fault !== null) return sendFault(exchange, message, fault)
  serveRequest(exchange, visit, message, deps).catch((error: unknown) => {
    if (!exchange.res.headersSent) sendFailure(exchange, message, error)
  })
}

async function serveRequest(
  exchange: Exchange,
  visit: HubVisit,
  message: Request,
  deps: ParkDeps,
): Promise<void> {
  const { res, principal } = exchange
  const { id, method, params } = message
  const declared = readMeta(params)?.[CLIENT_CAPABILITIES]
  const capabilities = parseCapabilityClass(declared, MODERN_VERSION)
  const caller = { era: 'modern', capabilities, principalId: principal.id, sessionId: null } as const
  const placeOf: PlaceOf = (hosted) => chooseKey(hosted.traits(), caller, hosted.load)
  if (method === 'server/discover') {
    return sendJson(res, 200, { jsonrpc: '2.0', id, result: buildDiscoverResult(HUB_RESULT, false) })
  }
  if (method === 'subscriptions/listen') {
    const at = exchange.hosted.lane(NOBODY)
    return serveListen(exchange, at, message, await at.lane.ready(), deps)
  }
  if (isHubList(method)) {
    const merged = await mergeLists(visit, method, params?.['cursor'], placeOf, MODERN_VERSION)
    if (isRevoked(exchange)) return sendFailure(exchange, message, buildRevoked())
    if (merged === null)
      return sendFault(
        exchange,
        message,
        buildFault(200, INVALID_PARAMS, 'This cursor is not one of the hub.'),
      )
    return sendJson(res, 200, { jsonrpc: '2.0', id, result: buildModernResult(method, merged, HUB_RESULT) })
  }
  const target = await findTarget(visit, message, placeOf)
  if (isRevoked(exchange)) return sendFailure(exchange, message, buildRevoked())
  if (res.destroyed) return
  if (target.kind === 'forbidden') {
    return sendForbidden({ ...exchange, server: target.server }, message, target.tool)
  }
  if (target.kind === 'refused') {
    const status = target.error.code === INVALID_PARAMS ? 200 : 404
    return sendFault(exchange, message, { status, error: target.error })
  }
  serveChecked(retarget(exchange, visit, target.member), hideTasks(target.message), deps)
}

/** The id of a task says nothing of its server, so the hub has none: a server is not told that the client takes them. */
function hideTasks(message: Request): Request {
  const meta = readMeta(message.params)
  const declared = meta?.[CLIENT_CAPABILITIES]
  const extensions = isJsonObject(declared) ? declared['extensions'] : undefined
  if (!isJsonObject(declared) || !isJsonObject(extensions) || extensions[TASKS] === undefined) return message
  const { [TASKS]: _tasks, ...others } = extensions
  const capabilities = { ...declared, extensions: others }
  return {
    ...message,
    params: { ...message.params, _meta: { ...meta, [CLIENT_CAPABILITIES]: capabilities } },
  }
}
