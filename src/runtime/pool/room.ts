/** The places that processes beside the main ones may take, on one server and on the host. */
import { AppError } from '../../domain/error.ts'
import { isLiving } from '../../domain/server-state.ts'
import type { SupervisedServer } from '../supervisor/supervised-server.ts'
import { waitForState } from '../supervisor/wait-for-state.ts'
import { decideRoom, type Place, type ProcessLimits } from './decide-room.ts'

export interface Room {
  /** What a pool has is counted from now on. */
  join(members: () => Iterable<SupervisedServer>): () => void
  /**
   * Runs `start` with a place for it, ending an idle process for that if need be. Throws AppError `too_many_processes`
   * when every place is in use.
   */
  enter(process: SupervisedServer, start: () => Promise<void>): Promise<void>
}

export function createRoom(limits: ProcessLimits): Room {
  const pools = new Set<() => Iterable<SupervisedServer>>()
  /** Not started yet, and counted. */
  const entering = new Set<SupervisedServer>()

  const listPlaces = (): Place<SupervisedServer>[] =>
    [...pools].flatMap((members) => [...members()].flatMap((process) => describe(process, entering)))

  return {
    join(members) {
      pools.add(members)
      return () => void pools.delete(members)
    },
    async enter(process, start) {
      for (;;) {
        const decision = decideRoom(process.serverId, listPlaces(), limits)
        if (decision.kind === 'start') break
        if (decision.kind === 'full') throw buildFull(process, decision.limit, limits)
        // Between the look and now somebody may have begun to use it.
        if (decision.kind === 'evict' && decision.process.run()?.retire() !== true) continue
        if (decision.kind === 'evict') void decision.process.post({ kind: 'stop' })
        await waitForState(decision.process, (state) => !isLiving(state))
      }
      entering.add(process)
      try {
        await start()
      } finally {
        entering.delete(process)
      }
    },
  }
}

function describe(
  process: SupervisedServer,
  entering: ReadonlySet<SupervisedServer>,
): Place<SupervisedServer>[] {
  const state = process.state()
  if (!isLiving(state) && !entering.has(process)) return []
  const activity = process.run()?.activity() ?? null
  const isIdle = state.kind === 'running' && activity !== null && activity.inFlight + activity.holds === 0
  const use = state.kind === 'stopping' ? 'ending' : isIdle ? 'idle' : 'busy'
  return [{ serverId: process.serverId, process, use, usedAt: activity?.usedAt ?? 0 }]
}

const KEYS = { perServer: 'per_server', total: 'total' } as const

function buildFull(
  { server }: SupervisedServer,
  limit: keyof ProcessLimits,
  limits: ProcessLimits,
): AppError {
  const whose = limit === 'perServer' ? server : 'This platform'
  return new AppError(
    'too_many_processes',
    `${whose} has ${limits[limit]} processes for separate clients, and all are in use.`,
    {
      hint: `Try again in a moment, or raise mcp_hosting.processes.${KEYS[limit]}.`,
      details: { limit: KEYS[limit], processes: limits[limit] },
    },
  )
}
