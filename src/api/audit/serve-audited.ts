import type { AuditEntry } from '../../domain/audit.ts'
import type { JsonObject } from '../../domain/json.ts'
import { isAllowed } from '../../domain/principal.ts'
import type { ApiDeps } from '../api-deps.ts'
import type { Call, Route } from '../route.ts'
import { audited } from './audited.ts'
import { nameAction, nameResource } from './name-action.ts'

/** Every route but those that only read, whoever wrote it: none can forget its record. */
export function serveAudited(deps: ApiDeps, route: Route, call: Call): Promise<Response> {
  if (route.method === 'GET') return serveRead(deps, route, call)
  // What anybody may ask for is bounded and recorded by its own route: strangers could fill the log.
  if (route.needs === 'public') return route.handle(call)
  let told: JsonObject = {}
  const act = {
    ...describeRoute(route, call.params),
    principal: call.principal,
    via: channelOf(call),
    facts: { requestId: call.requestId, peer: call.peer },
    details: route.auditDetails?.(call) ?? {},
  }
  return audited(
    deps,
    act,
    () => route.handle({ ...call, tell: (details) => (told = { ...told, ...details }) }),
    ({ status }) => ({ hasFailed: status >= 400, details: { status, ...told } }),
  )
}

export function describeRoute(
  { method, path, action }: Route,
  params: Readonly<Record<string, string>>,
): Pick<AuditEntry, 'action' | 'resource'> {
  return { action: action ?? nameAction(method, path), resource: nameResource(path, params) }
}

async function serveRead({ notes }: ApiDeps, route: Route, call: Call): Promise<Response> {
  const response = await route.handle(call)
  const { principal, peer, requestId } = call
  if (route.isNoted === true && isAllowed(principal, 'admin')) {
    notes.note({
      ...describeRoute(route, call.params),
      actor: principal.id,
      via: channelOf(call),
      ip: peer.ip,
      outcome: 'success',
      requestId,
      details: {},
    })
  }
  return response
}

/** A cookie is a browser's; the command line on the platform's own machine has a token that nobody else has. */
function channelOf({ session, principal }: Call): AuditEntry['via'] {
  if (session !== null) return 'dashboard'
  return principal.kind === 'local' ? 'cli' : 'api'
}
