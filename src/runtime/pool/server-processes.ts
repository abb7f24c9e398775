/** All processes of one server: the main one, which the verbs are about, and those that calls start beside it. */
import { decideMainEra } from '../../domain/era.ts'
import { buildMainKey } from '../../domain/process-key.ts'
import type { ServerId } from '../../domain/id.ts'
import type { ProcessView } from '../../domain/process-view.ts'
import type { ServerState } from '../../domain/server-state.ts'
import type { ServerLaunch, ServerRecords } from '../ports.ts'
import {
  createSupervisedServer,
  type SupervisedServer,
  type SupervisedServerDeps,
} from '../supervisor/supervised-server.ts'
import { deriveState } from './derive-state.ts'
import { watchIdle } from './idle-watch.ts'
import { createProcessPool, type PoolDeps, type ProcessPool } from './process-pool.ts'

type Next = Pick<ServerLaunch, 'config' | 'eras'>

/** The server as a whole, for whoever waits for it. */
export type ServerProcesses = Pick<SupervisedServer, 'serverId' | 'server' | 'state' | 'onChange'> & {
  readonly main: SupervisedServer
  /** What it runs with, or would be started with. */
  next(): Next | null
  readonly pool: ProcessPool
}

export type ServerProcessesDeps = PoolDeps & { readonly records: ServerRecords }

export function createServerProcesses(
  deps: ServerProcessesDeps,
  { serverId, server }: { readonly serverId: ServerId; readonly server: string },
  initial: {
    readonly state: ServerState
    readonly restarts: number
    /** Before its first start here. */
    readonly next?: Next | null
  },
): ServerProcesses {
  const { records } = deps
  const mainDeps: SupervisedServerDeps = {
    ...deps,
    records: {
      findLaunchSpec: (id, purpose) => records.findLaunchSpec(id, purpose),
      saveState: (id, state, restarts) => records.saveState(id, state, restarts),
      async beginLaunch(launch) {
        await pool.prepare(launch)
        await records.beginLaunch(launch)
      },
    },
  }
  const keyOf = (launch: ServerLaunch | null) => {
    const known = launch ?? initial.next ?? null
    return buildMainKey(known === null ? 'legacy' : decideMainEra(known.eras, known.config.upstreamEra))
  }
  const main = createSupervisedServer(mainDeps, { serverId, server, keyOf, restartsBy: 'itself' }, initial)
  const pool = createProcessPool(deps, { serverId, server }, main)
  const idleMs = () => {
    const seconds = main.launch()?.config.idleStopSeconds ?? 0
    return seconds === 0 ? null : seconds * 1000
  }
  watchIdle(deps.clock, main, idleMs, () => void main.post({ kind: 'rest' }))
  const state = () =>
    deriveState(
      main.state(),
      pool.list().map((member) => member.state()),
    )
  return {
    serverId,
    server,
    main,
    pool,
    next: () => main.launch() ?? initial.next ?? null,
    state,
    onChange(listener) {
      const leave = [main, pool].map((part) => part.onChange(() => listener(state())))
      return () => leave.forEach((each) => each())
    },
  }
}

/** The main one whatever its state, and of the others those that live or wait to be tried again. */
export function viewProcesses({ main, pool }: ServerProcesses): readonly ProcessView[] {
  const others = pool.list().filter((process) => process.state().kind !== 'stopped')
  return [main, ...others].map((process) => ({
    key: process.key,
    isMain: process === main,
    state: process.state(),
    facts: process.run()?.facts() ?? null,
    usage: process.run()?.usage() ?? null,
    inFlight: process.run()?.activity()?.inFlight ?? 0,
  }))
}
