/** What start, restart, rollback and deploy share: bring a server up and tell truthfully whether it is up. */
import { AppError } from '../domain/error.ts'
import type { ServerId } from '../domain/id.ts'
import type { Server } from '../domain/server.ts'
import type { ServerState } from '../domain/server-state.ts'
import type { HostingContext } from './context.ts'

/** Starts and waits until it runs. Throws AppError `start_failed` with the exit's sentence and last lines. */
export async function startAndWait(context: HostingContext, server: Server): Promise<void> {
  await context.supervision.start(server.id)
  assertRunning(server.name, await context.supervision.settled(server.id))
}

export async function stopAndWait(context: HostingContext, id: ServerId): Promise<void> {
  await context.supervision.stop(id)
  await context.supervision.settled(id)
}

export function assertRunning(name: string, state: ServerState): void {
  if (state.kind === 'running') return
  const exit = state.lastExit
  throw new AppError(
    'start_failed',
    exit === null
      ? `The server "${name}" is ${state.kind}.`
      : `The server "${name}" did not start: ${exit.detail}`,
    {
      hint: exit?.hint ?? `See haivemind logs ${name}.`,
      details: {
        status: state.kind,
        ...(exit === null
          ? {}
          : { cause: exit.cause, exit_code: exit.code, signal: exit.signal, stderr_tail: exit.stderrTail }),
      },
    },
  )
}

/** Throws AppError `limit_reached` when one more server would be over `max_servers`; `failed` ones do not count. */
export async function assertRoom(context: HostingContext, besides: ServerId | null): Promise<void> {
  const { maxServers } = context.settings
  const others = (await context.servers.list()).filter(
    ({ id, lastState }) => id !== besides && (context.supervision.state(id) ?? lastState).kind !== 'failed',
  )
  if (others.length < maxServers) return
  throw new AppError('limit_reached', `This platform hosts at most ${maxServers} servers.`, {
    hint: 'Delete a server, or raise mcp_hosting.max_servers.',
    details: { max_servers: maxServers },
  })
}
