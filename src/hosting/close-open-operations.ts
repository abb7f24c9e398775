import type { Operation } from '../domain/deployment.ts'
import type { ServerId } from '../domain/id.ts'
import { AppError, renderError } from '../domain/error.ts'
import { collectTrees } from './collect-trees.ts'
import type { HostingContext } from './context.ts'

/**
 * At start, before anything is adopted or started: deployments that a dead daemon left open end. A next version that
 * was active already had passed every look, and stays: its deployment succeeded. All others have `failed`, and what
 * they had half made goes: a first version with its server, a next one that the version before never made room for.
 * Only from the database: an instance of it may still run, and recovery ends it; its files go after that.
 * Returns how many there were.
 */
export async function closeOpenOperations(context: HostingContext): Promise<number> {
  const open = await context.operations.listRunning()
  for (const operation of open) {
    if (await isDone(context, operation)) {
      await endWell(context, operation)
      continue
    }
    await undo(context, operation)
    await end(context, operation)
  }
  await collectTrees(context)
  return open.length
}

async function isDone(
  context: HostingContext,
  { serverId, versionId, replaces }: Operation,
): Promise<boolean> {
  if (serverId === null || versionId === null || replaces === null) return false
  return (await context.servers.find(serverId))?.activeVersion === versionId
}

async function endWell(context: HostingContext, operation: Operation): Promise<void> {
  const now = context.clock.now()
  await context.operations.update(operation.id, { status: 'succeeded', endedAt: now })
  context.events.emit({
    type: 'deploy.ended',
    operationId: operation.id,
    server: operation.server,
    status: 'succeeded',
    code: null,
  })
}

async function undo(context: HostingContext, operation: Operation): Promise<void> {
  const { serverId, versionId, replaces } = operation
  if (serverId === null || versionId === null) return
  const server = await context.servers.find(serverId)
  if (replaces !== null && server !== null) {
    await context.versions.remove(versionId)
    return
  }
  await context.servers.remove(serverId)
}

/**
 * At start, after recovery has reaped what has no server any more: data, logs and uids of servers that are gone.
 * @param busy servers of which something may still run: theirs stay until a later start.
 */
export async function removeStrays(context: HostingContext, busy: readonly ServerId[]): Promise<void> {
  const found = [
    ...(await context.files.list()),
    ...(await context.logs.list()),
    ...(await context.uids.list()),
  ]
  for (const id of new Set(found)) {
    if (busy.includes(id) || (await context.servers.find(id)) !== null) continue
    await context.logs.remove(id)
    await context.files.remove(id)
    await context.uids.release(id)
  }
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
