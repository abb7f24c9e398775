import type { Operation } from '../domain/deployment.ts'
import { AppError, renderError } from '../domain/error.ts'
import { collectTrees } from './collect-trees.ts'
import type { HostingContext } from './context.ts'

/**
 * At start, before anything is adopted or started: deployments that a dead daemon left open end as `failed`, and
 * what they had half made goes: a first version with its server, a next one with the version before put back.
 * Returns how many there were.
 */
export async function closeOpenOperations(context: HostingContext): Promise<number> {
  const open = await context.operations.listRunning()
  for (const operation of open) {
    await undo(context, operation)
    await end(context, operation)
  }
  await collectTrees(context)
  return open.length
}

async function undo(context: HostingContext, operation: Operation): Promise<void> {
  const { serverId, versionId, replaces } = operation
  if (serverId === null || versionId === null) return
  const server = await context.servers.find(serverId)
  if (replaces !== null && server !== null) {
    if (server.activeVersion === versionId) {
      await context.servers.update(serverId, { activeVersion: replaces })
    }
    await context.versions.remove(versionId)
    return
  }
  // The supervisor does not know it yet; an instance of it has no server any more and is reaped by recovery.
  await context.logs.remove(serverId)
  await context.files.remove(serverId)
  await context.servers.remove(serverId)
  await context.uids.release(serverId)
}

async function end(context: HostingContext, operation: Operation): Promise<void> {
  const now = context.clock.now()
  const error = renderError(
    new AppError('internal', 'The platform ended while this deployment was going on.', {
      hint: 'Deploy again: nothing of it is left.',
      details: { cause: 'platform' },
    }),
  )
  await context.operations.update(operation.id, {
    status: 'failed',
    error,
    endedAt: now,
    stages: operation.stages.map((record) =>
      record.status === 'running'
        ? { ...record, status: 'failed', note: error.message, endedAt: now }
        : record,
    ),
  })
  context.events.emit({
    type: 'deploy.ended',
    operationId: operation.id,
    server: operation.server,
    status: 'failed',
    code: error.code,
  })
}
