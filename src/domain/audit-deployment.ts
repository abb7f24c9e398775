import type { AuditEntry } from './audit.ts'
import type { EventRecord } from './event.ts'

/** How a deployment ended, whose request was answered long before; null for other events and for what the platform did. */
export function buildDeploymentEnd({ event, actor }: EventRecord): AuditEntry | null {
  if (event.type !== 'deploy.ended' || actor === 'platform') return null
  return {
    actor,
    via: 'platform',
    ip: null,
    action: 'server.deploy',
    resource: `server:${event.server}`,
    outcome: event.status === 'succeeded' ? 'success' : 'failure',
    requestId: null,
    details: { operation: event.operationId, status: event.status, code: event.code },
  }
}
