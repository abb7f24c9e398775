/**
 * The processes of one version of a server: a main one and those that calls start beside it. One crew serves. Another
 * may be tried beside it, and serves nobody; those before it leave, and finish what they were asked.
 */
import { labelLogs } from '../instance/label-logs.ts'
import { decideMainEra } from '../../domain/era.ts'
import { AppError } from '../../domain/error.ts'
import { buildMainKey } from '../../domain/process-key.ts'
import type { ServerId, VersionId } from '../../domain/id.ts'
import { isLiving, type ServerState } from '../../domain/server-state.ts'
import type { ServerLaunch, ServerRecords } from '../ports.ts'
import {
  createSupervisedServer,
  type SupervisedServer,
  type SupervisedServerDeps,
} from '../supervisor/supervised-server.ts'
import { waitForState } from '../supervisor/wait-for-state.ts'
import { watchIdle } from './idle-watch.ts'
import { createProcessPool, type PoolDeps, type ProcessPool } from './process-pool.ts'

export type Next = Pick<ServerLaunch, 'config' | 'eras'>
export type CrewDeps = PoolDeps & { readonly records: ServerRecords }

export interface Crew {
  readonly main: SupervisedServer
  readonly pool: ProcessPool
  /** What it runs with, or would be started with. */
  next(): Next | null
  /** From now on its state is the server's. */
  serve(): void
  /**
   * Nothing new goes to it. Each of its processes ends when it has answered what it was asked, or after `drainMs`.
   * Resolves when none is left.
   */
  leave(drainMs: number): Promise<void>
  /** Ends at once; resolves when nothing of it is left. */
  end(): Promise<void>
  /** When the last of it is told to end, whatever it is asked; by the monotonic clock. Null: it does not leave. */
  leavesBy(): number | null
}

type Role = 'tried' | 'serving' | 'leaving'

/** How often it is looked whether a process that leaves is still needed. */
const LOOK_MS = 50
const LABELS = { tried: '[next version] ', serving: '', leaving: '[version before] ' } as const

/** @param tried the version to be tried; null: the active one, which serves. */
export function createCrew(
  deps: CrewDeps,
  { serverId, server }: { readonly serverId: ServerId; readonly server: string },
  initial: { readonly state: ServerState; readonly restarts: number; readonly next?: Next | null },
  tried: VersionId | null = null,
): Crew {
  let role: Role = tried === null ? 'serving' : 'tried'
  let leaving: Promise<void> | null = null
  let leavesBy: number | null = null
  const cut = new AbortController()
  const { records, clock } = deps
  const own: CrewDeps = {
    ...deps,
    logs: labelLogs(deps.logs, () => LABELS[role]),
    records: {
      ...records,
      async findLaunchSpec(id, purpose) {
        if (role === 'leaving') throw new AppError('not_ready', `Another version of ${server} serves by now.`)
        return records.findLaunchSpec(id, purpose, role === 'tried' && tried !== null ? tried : undefined)
      },
      beginLaunch: (launch) => records.beginLaunch(launch, role === 'tried' ? 'beside' : 'alone'),
    },
  }
  const mainDeps: SupervisedServerDeps = {
    ...own,
    // A setting of the server, which a version that does not serve has no say in.
    raiseMemory: async (id, limitMb) =>
      role === 'serving' ? ((await deps.raiseMemory?.(id, limitMb)) ?? null) : null,
    events: {
      emit(event, actor) {
        if (role === 'serving') deps.events.emit(event, actor)
      },
    },
    records: {
      findLaunchSpec: (id, purpose) => own.records.findLaunchSpec(id, purpose),
      async saveState(id, state, restarts) {
        if (role === 'serving') await records.saveState(id, state, restarts)
      },
      async beginLaunch(launch) {
        await pool.prepare(launch)
        await own.records.beginLaunch(launch)
      },
    },
  }
  const keyOf = (launch: ServerLaunch | null) => {
    const known = launch ?? initial.next ?? null
    return buildMainKey(known === null ? 'legacy' : decideMainEra(known.eras, known.config.upstreamEra))
  }
  const main = createSupervisedServer(mainDeps, { serverId, server, keyOf, restartsBy: 'itself' }, initial)
  const pool = createProcessPool(own, { serverId, server }, main)
  const idleMs = () => {
    const seconds = main.launch()?.config.idleStopSeconds ?? 0
    return seconds === 0 || role !== 'serving' ? null : seconds * 1000
  }
  const lookIdle = watchIdle(clock, main, idleMs, () => void main.post({ kind: 'rest' }))
  main.onChange((state) => {
    // It is not started again for anybody.
    if (role === 'leaving' && state.kind === 'backoff') void main.post({ kind: 'stop' })
  })

  const drain = async (drainMs: number) => {
    const until = clock.monotonic() + drainMs
    leavesBy = until
    const error = new AppError('server_not_running', `Another version of ${server} serves by now.`)
    const processes = [main, ...pool.list()]
    for (const process of processes) process.run()?.supersede(error)
    const endOne = async (process: SupervisedServer) => {
      while (!cut.signal.aborted && clock.monotonic() < until && isNeeded(process)) {
        await new Promise<void>((resolve) => void clock.after(LOOK_MS, resolve))
      }
      await process.drained()
      if (process.state().kind !== 'stopped') await process.post({ kind: 'stop' })
      await waitForState(process, (state) => !isLiving(state))
    }
    await Promise.all(processes.map(endOne))
    await Promise.all([main.retire('forget'), pool.close('stop')])
  }

  return {
    main,
    pool,
    next: () => main.launch() ?? initial.next ?? null,
    serve() {
      role = 'serving'
      lookIdle()
    },
    leave(drainMs) {
      if (leaving !== null) return leaving
      role = 'leaving'
      pool.leave()
      leaving = drain(drainMs)
      return leaving
    },
    end() {
      const gone = leaving ?? this.leave(0)
      cut.abort()
      leavesBy = Math.min(leavesBy ?? Infinity, clock.monotonic())
      return gone
    },
    leavesBy: () => leavesBy,
  }
}

function isNeeded(process: SupervisedServer): boolean {
  const activity = process.run()?.activity() ?? null
  return process.state().kind === 'running' && activity !== null && activity.inFlight + activity.holds > 0
}
