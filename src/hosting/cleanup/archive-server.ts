/** The end of a server that nobody deletes: archived, restorable for a while, then gone. Each step is one write. */
import { AppError } from '../../domain/error.ts'
import { FOR_GOOD } from '../../domain/lifetime.ts'
import type { Principal } from '../../domain/principal.ts'
import type { Server } from '../../domain/server.ts'
import type { HostingContext } from '../context.ts'
import { removeEverything } from '../delete-server.ts'
import { assertRoom, stateOf } from '../run-server.ts'
import { viewServer, type ServerView } from '../server-view.ts'
import { decideNextStep, type NextStep } from './decide-lifetime.ts'

export function findNextStep(context: HostingContext, server: Server, now: number): NextStep | null {
  const state = stateOf(context, server)
  const failedSince = state.kind === 'failed' ? state.lastExit.at : null
  return decideNextStep(server.lifetime, failedSince, now, context.settings.cleanup)
}

/** Of all servers, archived ones too, whose next step comes within a day. Each is told once. */
export async function announceSteps(context: HostingContext, now: number): Promise<void> {
  for (const server of [...(await context.servers.list()), ...(await context.servers.listArchived())]) {
    await announceStep(context, server, now)
  }
}

export async function announceStep(context: HostingContext, server: Server, now: number): Promise<void> {
  const next = findNextStep(context, server, now)
  if (next === null) {
    // What was told does not come any more: the same again would be told again.
    if (server.lifetime.announcedAt !== null) await setAnnounced(context, server, null)
    return
  }
  if (!next.isToBeTold) return
  await setAnnounced(context, server, now)
  const { step, at, why } = next
  context.events.emit({
    type: 'server.expiring',
    serverId: server.id,
    server: server.name,
    step,
    dueAt: at,
    why,
  })
}

function setAnnounced(context: HostingContext, server: Server, announcedAt: number | null): Promise<void> {
  return context.servers.update(server.id, { lifetime: { ...server.lifetime, announcedAt } })
}

/**
 * Written first: a platform that is killed after it finds a server that is not to run, and ends what is left of it.
 * Artefacts, data, logs, settings and secrets stay, and its name.
 */
export async function archiveServer(context: HostingContext, server: Server, why: string): Promise<void> {
  const lock = context.locks.hold(server.name, 'archived')
  try {
    lock.beginSwitch()
    const now = context.clock.now()
    await context.servers.update(server.id, {
      desired: 'stopped',
      lifetime: { ...server.lifetime, announcedAt: null, archived: { at: now, why } },
      updatedAt: now,
    })
    await context.supervision.remove(server.id, 'platform')
    context.onDeleted(server.id)
    const about = { serverId: server.id, server: server.name }
    const until = now + context.settings.cleanup.graceDays * 86_400_000
    context.events.emit({ type: 'server.archived', ...about, why, until })
  } finally {
    lock.release()
  }
}

/** For good. What is cut short stays archived, and is tried again. */
export async function purgeServer(context: HostingContext, server: Server, actor: string): Promise<void> {
  const lock = context.locks.hold(server.name, 'deleted')
  try {
    await removeEverything(context, server.id, actor)
    context.events.emit({ type: 'server.purged', serverId: server.id, server: server.name }, actor)
  } finally {
    lock.release()
  }
}

/** As it was, stopped and for good. Throws `server_not_found`, `limit_reached`. */
export async function restoreServer(
  context: HostingContext,
  name: string,
  principal: Principal,
): Promise<ServerView> {
  const lock = context.locks.hold(name, 'restored')
  try {
    const server = await context.servers.findArchived(name)
    if (server === null) {
      throw new AppError('server_not_found', `There is no archived server "${name}".`, {
        hint: 'See haivemind list --archived.',
      })
    }
    await assertRoom(context, name)
    await context.servers.update(server.id, {
      desired: 'stopped',
      // Not `failed` any more: it would be archived again.
      lastState: { kind: 'stopped', lastExit: server.lastState.lastExit },
      lifetime: FOR_GOOD,
      updatedAt: context.clock.now(),
    })
    context.supervision.track(server.id, name)
    context.events.emit({ type: 'server.restored', serverId: server.id, server: name }, principal.id)
    return await viewServer(context, (await context.servers.find(server.id)) ?? server)
  } finally {
    lock.release()
  }
}
