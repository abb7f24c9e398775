/** What start, restart, rollback and deploy share: bring a server up and tell truthfully whether it is up. */
import { AppError } from '../domain/error.ts'
import type { ServerId } from '../domain/id.ts'
import type { Server } from '../domain/server.ts'
import type { ServerState } from '../domain/server-state.ts'
import type { HostingContext } from './context.ts'
import type { TriedVersion } from './ports.ts'

/** Longer than any start_timeout with a stop ladder behind it: a state that takes this long is a defect. */
const SETTLE_MS = 660_000

/** Starts and waits until it runs. Throws AppError `start_failed` with the exit's sentence and last lines. */
export async function startAndWait(context: HostingContext, server: Server, actor: string): Promise<void> {
  await context.supervision.start(server.id, actor)
  assertRunning(server.name, await waitUntilSettled(context, server.id))
}

/** Never cut short, by the platform's end neither: what follows relies on nothing being left, and the ladder is short. */
export async function stopAndWait(context: HostingContext, id: ServerId, actor: string): Promise<void> {
  await context.supervision.stop(id, actor)
  await waitFor(context, id, ({ kind }) => kind === 'stopped')
}

/** Until it is neither coming up nor going down. */
export function waitUntilSettled(
  context: HostingContext,
  id: ServerId,
  signal?: AbortSignal,
): Promise<ServerState> {
  return waitFor(context, id, isSettled, listCuts(context, signal))
}

/** The same, of a version that is tried. */
export function waitUntilTried(
  context: HostingContext,
  tried: TriedVersion,
  signal?: AbortSignal,
): Promise<ServerState> {
  return withDeadline(context, listCuts(context, signal), (cut) => tried.settled(isSettled, cut))
}

function isSettled({ kind }: ServerState): boolean {
  return kind !== 'starting' && kind !== 'stopping'
}

function listCuts({ closing }: HostingContext, signal?: AbortSignal): readonly AbortSignal[] {
  return signal === undefined ? [closing] : [closing, signal]
}

async function waitFor(
  context: HostingContext,
  id: ServerId,
  fits: (state: ServerState) => boolean,
  cuts: readonly AbortSignal[] = [],
): Promise<ServerState> {
  return withDeadline(context, cuts, (signal) => context.supervision.settled(id, fits, signal))
}

async function withDeadline(
  context: HostingContext,
  cuts: readonly AbortSignal[],
  wait: (signal: AbortSignal) => Promise<ServerState>,
): Promise<ServerState> {
  const deadline = new AbortController()
  const cancel = context.clock.after(SETTLE_MS, () => deadline.abort())
  try {
    return await wait(AbortSignal.any([deadline.signal, ...cuts]))
  } finally {
    cancel()
  }
}

export function assertRunning(name: string, state: ServerState): void {
  if (state.kind === 'running') return
  const exit = state.lastExit
  throw new AppError(
    exit?.refusal ?? 'start_failed',
    exit === null
      ? `The server "${name}" is ${state.kind}.`
      : `The server "${name}" did not start: ${exit.detail}`,
    {
      hint: (exit?.hint ?? 'See haivemind logs <name>.').replaceAll('<name>', name),
      details: {
        status: state.kind,
        ...(exit === null
          ? {}
          : {
              cause: exit.cause,
              class: exit.class,
              exit_code: exit.code,
              signal: exit.signal,
              stderr_tail: exit.stderrTail,
            }),
      },
    },
  )
}

/**
 * Throws AppError `limit_reached` when `name` beside the others would be over `max_servers`. Servers that are
 * `failed` do not count; names that are being deployed do.
 */
export async function assertRoom(context: HostingContext, name: string): Promise<void> {
  const { maxServers } = context.settings
  const counted = (await context.servers.list()).filter(
    (server) => stateOf(context, server).kind !== 'failed',
  )
  const others = new Set([...counted.map((server) => server.name), ...context.locks.names()])
  others.delete(name)
  if (others.size < maxServers) return
  throw new AppError('limit_reached', `This platform hosts at most ${maxServers} servers.`, {
    hint: 'Delete a server, or raise mcp_hosting.max_servers.',
    details: { max_servers: maxServers },
  })
}

/** As it runs; before the supervisor knows it, as it was last saved. */
export function stateOf(context: HostingContext, server: Server): ServerState {
  return context.supervision.state(server.id) ?? server.lastState
}
