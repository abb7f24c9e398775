import { AppError } from '../domain/error.ts'
import type { Principal } from '../domain/principal.ts'
import type { Server, Version } from '../domain/server.ts'
import { findPrevious } from '../domain/version-standing.ts'
import { assertReleased } from './approve-version.ts'
import type { HostingContext } from './context.ts'
import { findServer, viewServerByName, type ServerView } from './server-view.ts'
import { checkRuns, switchVersion } from './switch-version.ts'

/**
 * Makes an earlier version active: `number`, or the one before the active one. A server that is meant to run
 * is switched over and answers when it runs; if it does not, everything is as before and `start_failed` is thrown.
 */
export async function rollbackServer(
  context: HostingContext,
  name: string,
  number: number | null,
  principal: Principal,
): Promise<ServerView> {
  const lock = context.locks.hold(name, 'rolled back')
  try {
    lock.beginSwitch()
    const server = await findServer(context, name)
    const versions = await context.versions.list(server.id)
    const target = chooseVersion(server, versions, number)
    assertReleased(name, target)
    await activate(context, server, target, principal.id)
    // Whoever wants it back has seen why it was left.
    if (target.failure !== null) await context.versions.setFailure(target.id, null)
    const from = versions.find(({ id }) => id === server.activeVersion)
    if (from !== undefined) {
      const { number: to } = target
      const told = { from: from.number, to, reason: 'Asked for.', by: principal.id }
      context.events.emit(
        { type: 'version.rolled_back', serverId: server.id, server: name, ...told },
        principal.id,
      )
    }
    context.events.emit(
      { type: 'server.updated', serverId: server.id, server: name, changed: ['version'] },
      principal.id,
    )
    return await viewServerByName(context, name)
  } finally {
    lock.release()
  }
}

async function activate(
  context: HostingContext,
  server: Server,
  target: Version,
  actor: string,
): Promise<void> {
  if (server.desired === 'stopped') {
    await context.servers.update(server.id, {
      activeVersion: target.id,
      watch: null,
      updatedAt: context.clock.now(),
    })
    return
  }
  await switchVersion(context, {
    server,
    to: target,
    actor,
    check: (tried) => checkRuns(context, server, tried, actor),
  })
}

function chooseVersion(server: Server, newestFirst: readonly Version[], number: number | null): Version {
  const active = newestFirst.find(({ id }) => id === server.activeVersion)
  const target =
    number === null
      ? findPrevious(server, newestFirst)
      : newestFirst.find((version) => version.number === number)
  if (target === undefined || target === null) {
    throw new AppError(
      'version_not_found',
      number === null
        ? `The server "${server.name}" has no earlier version.`
        : `The server "${server.name}" has no version ${number}.`,
      { hint: `See haivemind versions ${server.name}.` },
    )
  }
  if (target === active) {
    throw new AppError('conflict', `Version ${target.number} is the active one already.`)
  }
  return target
}
