import type { Principal } from '../domain/principal.ts'
import type { HostingContext } from './context.ts'
import { stopAndWait } from './run-server.ts'
import { findServer, viewServerByName, type ServerView } from './server-view.ts'

/** Stops a server and answers once nothing of it runs. It stays stopped, over restarts of the platform too. */
export async function stopServer(
  context: HostingContext,
  name: string,
  principal: Principal,
): Promise<ServerView> {
  context.locks.refuseDuringSwitch(name)
  const server = await findServer(context, name)
  // Written first: a platform killed in between must not bring the server back.
  await context.servers.update(server.id, { desired: 'stopped', updatedAt: context.clock.now() })
  await stopAndWait(context, server.id, principal.id)
  return viewServerByName(context, name)
}
