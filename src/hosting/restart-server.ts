import type { Principal } from '../domain/principal.ts'
import { assertReleased } from './approve-version.ts'
import type { HostingContext } from './context.ts'
import { assertRunning, waitUntilSettled } from './run-server.ts'
import { findServer, viewServerByName, type ServerView } from './server-view.ts'

/** Ends the instance, if there is one, and starts a new one; answers once it runs. Restarts by hand are never counted against a server. */
export async function restartServer(
  context: HostingContext,
  name: string,
  principal: Principal,
): Promise<ServerView> {
  context.locks.refuseDuringSwitch(name)
  const server = await findServer(context, name)
  assertReleased(name, server.activeVersion && (await context.versions.find(server.activeVersion)))
  await context.servers.update(server.id, { desired: 'running', updatedAt: context.clock.now() })
  await context.supervision.restart(server.id, principal.id)
  assertRunning(name, await waitUntilSettled(context, server.id))
  return viewServerByName(context, name)
}
