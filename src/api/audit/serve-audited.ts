import type { AuditEntry } from '../../domain/audit.ts'
import type { ApiDeps } from '../api-deps.ts'
import type { Call, Route } from '../route.ts'
import { audited } from './audited.ts'
import { nameAction, nameResource } from './name-action.ts'

/** Every route but those that only read, whoever wrote it: none can forget its record. */
export function serveAudited(deps: ApiDeps, route: Route, call: Call): Promise<Response> {
  const { method, path } = route
  // What anybody may ask for is bounded and recorded by its own route: strangers could fill the log.
  if (method === 'GET' || route.needs === 'public') return route.handle(call)
  const act = {
    principal: call.principal,
    via: channelOf(call),
    facts: { requestId: call.requestId, peer: call.peer },
    action: route.action ?? nameAction(method, path),
    resource: nameResource(path, call.params),
    details: route.auditDetails?.(call) ?? {},
  }
  return audited(
    deps,
    act,
    () => route.handle(call),
    ({ status }) => ({ hasFailed: status >= 400, details: { status } }),
  )
}

/** A cookie is a browser's; the command line on the platform's own machine has a token that nobody else has. */
function channelOf({ session, principal }: Call): AuditEntry['via'] {
  if (session !== null) return 'dashboard'
  return principal.kind === 'local' ? 'cli' : 'api'
}
