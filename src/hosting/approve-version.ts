/** A held version and its release. */
import { AppError } from '../domain/error.ts'
import type { Principal } from '../domain/principal.ts'
import type { Server, Version } from '../domain/server.ts'
import { isIdle, type ServerState } from '../domain/server-state.ts'
import type { HostingContext } from './context.ts'
import { startAndWait, stateOf } from './run-server.ts'
import { findServer, viewServerByName, type ServerView } from './server-view.ts'
import { checkRuns, switchVersion } from './switch-version.ts'

export type ApproveRequest = {
  /** Null: the one that waits, where it is only one. */
  readonly version: number | null
  readonly reason: string
  /** Whether it becomes the active version and runs, as its deployment had meant. */
  readonly start: boolean
}

/** Throws AppError `approval_required` for a version that waits. */
export function assertReleased(name: string, version: Pick<Version, 'number' | 'review'> | null): void {
  if (version?.review?.state !== 'pending') return
  throw new AppError(
    'approval_required',
    `Version ${version.number} of "${name}" is held: its scan asks for a review.`,
    {
      hint:
        `Read haivemind findings ${name}; an administrator releases it with ` +
        `haivemind approve ${name} --reason ….`,
      details: { server: name, version: version.number },
    },
  )
}

/** Throws `version_not_found`, and `conflict` when nothing of it waits, or more than one and none is named. */
export async function approveVersion(
  context: HostingContext,
  name: string,
  request: ApproveRequest,
  principal: Principal,
): Promise<ServerView> {
  const lock = context.locks.hold(name, 'approved')
  try {
    const server = await findServer(context, name)
    const version = await choosePending(context, server, request.version)
    await context.versions.setReview(version.id, {
      state: 'approved',
      by: principal.id,
      reason: request.reason,
      at: context.clock.now(),
    })
    const { id: versionId, number } = version
    context.events.emit(
      { type: 'version.approved', serverId: server.id, server: name, versionId, number },
      principal.id,
    )
    if (request.start) {
      lock.beginSwitch()
      await run(context, server, version, principal.id)
    } else if (isStopped(stateOf(context, server))) {
      await context.servers.update(server.id, { activeVersion: version.id, updatedAt: context.clock.now() })
    }
    return await viewServerByName(context, name)
  } finally {
    lock.release()
  }
}

async function run(context: HostingContext, server: Server, version: Version, actor: string): Promise<void> {
  if (server.activeVersion === version.id) {
    await context.servers.update(server.id, { desired: 'running', updatedAt: context.clock.now() })
    await startAndWait(context, server, actor)
    return
  }
  await switchVersion(context, {
    server,
    to: version,
    actor,
    check: (tried) => checkRuns(context, server, tried, actor),
  })
}

async function choosePending(
  context: HostingContext,
  server: Server,
  number: number | null,
): Promise<Version> {
  const versions = await context.versions.list(server.id)
  const waiting = versions.filter(({ review }) => review?.state === 'pending')
  if (number !== null && !versions.some((version) => version.number === number)) {
    throw new AppError('version_not_found', `The server "${server.name}" has no version ${number}.`, {
      hint: `See haivemind versions ${server.name}.`,
    })
  }
  if (number === null && waiting.length > 1) {
    // The newest may have come after whoever approves looked: it would run unseen.
    const numbers = waiting.map((version) => version.number).join(', ')
    throw new AppError('conflict', `Several versions of "${server.name}" wait for approval: ${numbers}.`, {
      hint: `Say which one: haivemind approve ${server.name} ${waiting[0]?.number} --reason …, after reading haivemind findings ${server.name}.`,
      details: { server: server.name, versions: waiting.map((version) => version.number) },
    })
  }
  const chosen = number === null ? waiting[0] : waiting.find((version) => version.number === number)
  if (chosen !== undefined) return chosen
  const what = number === null ? 'No version' : `Version ${number}`
  throw new AppError(
    'conflict',
    `${what} of "${server.name}" ${number === null ? 'waits' : 'does not wait'} for approval.`,
    {
      hint: `See haivemind versions ${server.name}.`,
    },
  )
}

function isStopped(state: ServerState): boolean {
  return state.kind === 'stopped' && !isIdle(state)
}
