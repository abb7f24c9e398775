/** What the platform's events count. */
import type { EventRecord, PlatformEvent } from '../../domain/event.ts'
import type { OperationId, ServerId } from '../../domain/id.ts'
import type { PlatformMetrics } from '../../domain/metric-list.ts'
import type { ExitCause, ServerStatus } from '../../domain/server-state.ts'

type Seen = { readonly status: ServerStatus; readonly cause: ExitCause | null }
type StatusEvent = Extract<PlatformEvent, { type: 'server.status' }>

const LIVING: readonly ServerStatus[] = ['starting', 'running', 'stopping']

/** Takes each event once, in order. */
export function createEventMeter(metrics: PlatformMetrics): (record: EventRecord) => void {
  const seen = new Map<ServerId, Seen>()
  /** Stages under way: when they began. */
  const stages = new Map<OperationId, Map<string, number>>()

  const noteStatus = ({ serverId, server, status, cause, attempt }: StatusEvent) => {
    const before = seen.get(serverId)
    seen.set(serverId, { status, cause })
    const wasWaiting = before === undefined || before.status === 'backoff'
    if (wasWaiting && status === 'starting' && attempt > 0) metrics.serverRestarts.add(1, server)
    if (before === undefined) return
    const isRestart = before.status === 'stopping' && status === 'starting'
    if (LIVING.includes(before.status) && (isRestart || !LIVING.includes(status))) {
      metrics.serverExits.add(1, server, cause ?? before.cause ?? 'asked')
    }
  }

  const noteStage = (event: Extract<PlatformEvent, { type: 'deploy.stage' }>, time: number) => {
    const { operationId, stage, status } = event
    const begun = stages.get(operationId) ?? new Map<string, number>()
    stages.set(operationId, begun)
    const since = begun.get(stage)
    if (status === 'running') begun.set(stage, time)
    else if (since !== undefined) {
      begun.delete(stage)
      metrics.deployStage.observe(Math.max(0, time - since) / 1000, stage)
    }
  }

  return ({ event, time }) => {
    switch (event.type) {
      case 'platform.started':
        metrics.adoptions.add(event.adopted, 'adopted')
        return metrics.adoptions.add(event.reaped, 'reaped')
      case 'server.created':
        metrics.serverRestarts.add(0, event.server)
        return
      case 'server.adopted':
        return void seen.set(event.serverId, { status: 'running', cause: null })
      case 'server.status':
        return noteStatus(event)
      case 'server.deleted':
        seen.delete(event.serverId)
        for (const metric of Object.values(metrics)) metric.forget('server', event.server)
        return
      case 'deploy.stage':
        return noteStage(event, time)
      case 'deploy.ended':
        stages.delete(event.operationId)
        if (event.status === 'rejected') metrics.archiveRejections.add(1, event.code ?? 'unknown')
        return metrics.deploys.add(1, event.status)
      case 'tool.drift':
        return metrics.toolDrift.add(1, event.server)
      default:
        return
    }
  }
}
