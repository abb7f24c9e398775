import type { Principal } from '../domain/principal.ts'
import type { HostingContext } from './context.ts'
import { assertRunning, startAndWait, waitUntilSettled } from './run-server.ts'
import { findServer, viewServerByName, type ServerView } from './server-view.ts'

/** Ends the instance, if there is one, and starts a new one. Restarts by hand are never counted against a server. */
export async function restartServer(
  context: HostingContext,
  name: string,
  principal: Principal,
): Promise<ServerView> {
  context.locks.refuseDuringSwitch(name)
  const server = await findServer(context, name)
  await context.servers.update(server.id, { desired: 'running', updatedAt: context.clock.now() })
  if (context.supervision.state(server.id)?.kind === 'stopped') {
    await startAndWait(context, server, principal.id)
  } else {
    await context.supervision.restart(server.id, principal.id)
    assertRunning(name, await waitUntilSettled(context, server.id))
  }
  return viewServerByName(context, name)
}
