import { AppError } from '../domain/error.ts'
import type { ServerId } from '../domain/id.ts'
import type { Principal } from '../domain/principal.ts'
import { purgeServer } from './cleanup/archive-server.ts'
import { collectTrees } from './collect-trees.ts'
import type { HostingContext } from './context.ts'
import { stateOf } from './run-server.ts'
import { findServer } from './server-view.ts'

/**
 * Removes a server with its process, data, logs, versions and sessions. Of an archived one, its archive.
 * Without `force` a server that runs, is about to, or is being deployed is refused (`conflict`), so that a slip
 * cannot end it.
 */
export async function deleteServer(
  context: HostingContext,
  name: string,
  options: { readonly force: boolean },
  principal: Principal,
): Promise<{ readonly id: ServerId; readonly name: string }> {
  const archived = await context.servers.findArchived(name)
  if (archived !== null) {
    await purgeServer(context, archived, principal.id)
    await collectTrees(context)
    return { id: archived.id, name }
  }
  if (options.force) {
    await findServer(context, name)
    await cancelDeployment(context, name)
  }
  const lock = context.locks.hold(name, 'deleted')
  try {
    lock.beginSwitch()
    const server = await findServer(context, name)
    const status = stateOf(context, server).kind
    if (!options.force && status !== 'stopped' && status !== 'failed') {
      throw new AppError('conflict', `The server "${name}" is ${status}.`, {
        hint: 'Stop it first, or delete it with force.',
        details: { status },
      })
    }
    await context.servers.update(server.id, { desired: 'stopped' })
    await removeEverything(context, server.id, principal.id)
    context.events.emit({ type: 'server.deleted', serverId: server.id, server: name }, principal.id)
    await collectTrees(context)
    return { id: server.id, name }
  } finally {
    lock.release()
  }
}

/** Its end is recorded like every other; only then is there nothing that could still make something. */
async function cancelDeployment(context: HostingContext, name: string): Promise<void> {
  for (const { recorder, work } of context.live.values()) {
    if (recorder.current().server !== name) continue
    recorder.cancel('deleted')
    await work
  }
}

/** Files before rows: when it is cut short, what is left is a stopped server that can be deleted again. */
export async function removeEverything(context: HostingContext, id: ServerId, actor: string): Promise<void> {
  await context.supervision.remove(id, actor)
  context.onDeleted(id)
  await context.logs.remove(id)
  await context.files.remove(id)
  await context.servers.remove(id)
  await context.uids.release(id)
}
