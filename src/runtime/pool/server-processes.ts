/** All processes of one server: the main one, which the verbs are about, and those that calls start beside it. */
import { decideMainEra } from '../../domain/era.ts'
import { buildMainKey } from '../../domain/process-key.ts'
import type { ServerId } from '../../domain/id.ts'
import type { ServerState } from '../../domain/server-state.ts'
import type { ServerLaunch, ServerRecords } from '../ports.ts'
import {
  createSupervisedServer,
  type SupervisedServer,
  type SupervisedServerDeps,
} from '../supervisor/supervised-server.ts'
import { deriveState } from './derive-state.ts'
import { createProcessPool, type ProcessPool } from './process-pool.ts'

/** The server as a whole, for whoever waits for it. */
export type ServerProcesses = Pick<SupervisedServer, 'serverId' | 'server' | 'state' | 'onChange'> & {
  readonly main: SupervisedServer
  readonly pool: ProcessPool
}

export function createServerProcesses(
  deps: SupervisedServerDeps & { readonly records: ServerRecords },
  { serverId, server }: { readonly serverId: ServerId; readonly server: string },
  initial: { readonly state: ServerState; readonly restarts: number },
): ServerProcesses {
  const { records } = deps
  const mainDeps: SupervisedServerDeps = {
    ...deps,
    records: {
      findLaunchSpec: (id, purpose) => records.findLaunchSpec(id, purpose),
      saveState: (id, state, restarts) => records.saveState(id, state, restarts),
      async beginLaunch(launch) {
        await pool.drained()
        await records.beginLaunch(launch)
      },
    },
  }
  const keyOf = (launch: ServerLaunch | null) =>
    buildMainKey(launch === null ? 'legacy' : decideMainEra(launch.eras, launch.config.upstreamEra))
  const main = createSupervisedServer(mainDeps, { serverId, server, keyOf, restartsBy: 'itself' }, initial)
  const pool = createProcessPool(deps, { serverId, server }, main)
  const state = () => deriveState(main.state(), { living: pool.isLiving() })
  return {
    serverId,
    server,
    main,
    pool,
    state,
    onChange(listener) {
      const leave = [main, pool].map((part) => part.onChange(() => listener(state())))
      return () => leave.forEach((each) => each())
    },
  }
}
