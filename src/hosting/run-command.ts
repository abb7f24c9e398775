import { renderError } from '../domain/error.ts'
import type { PlatformEvent } from '../domain/event.ts'
import type { Principal } from '../domain/principal.ts'
import type { Server } from '../domain/server.ts'
import type { HostingContext } from './context.ts'

type Command = Extract<PlatformEvent, { type: 'server.command' }>['command']

/** Does `work` and says, as one event, who asked for what and what came of it. */
export async function runCommand(
  context: HostingContext,
  asked: { readonly command: Command; readonly server: Server; readonly principal: Principal },
  work: () => Promise<void>,
): Promise<void> {
  const { command, server, principal } = asked
  const tell = (outcome: 'done' | 'failed', code: string | null) =>
    context.events.emit(
      { type: 'server.command', serverId: server.id, server: server.name, command, outcome, code },
      principal.id,
    )
  try {
    await work()
  } catch (error) {
    tell('failed', renderError(error).code)
    throw error
  }
  tell('done', null)
}
