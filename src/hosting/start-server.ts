import type { Principal } from '../domain/principal.ts'
import { assertReleased } from './approve-version.ts'
import type { HostingContext } from './context.ts'
import { assertRoom, startAndWait, stateOf } from './run-server.ts'
import { findServer, viewServerByName, type ServerView } from './server-view.ts'

/** Starts a server and answers once it runs. Throws `start_failed`; starting a running one changes nothing. */
export async function startServer(
  context: HostingContext,
  name: string,
  principal: Principal,
): Promise<ServerView> {
  context.locks.refuseDuringSwitch(name)
  const server = await findServer(context, name)
  assertReleased(name, server.activeVersion && (await context.versions.find(server.activeVersion)))
  if (stateOf(context, server).kind === 'failed') await assertRoom(context, name)
  await context.servers.update(server.id, { desired: 'running', updatedAt: context.clock.now() })
  await startAndWait(context, server, principal.id)
  return viewServerByName(context, name)
}
