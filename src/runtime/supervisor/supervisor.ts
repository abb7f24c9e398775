/** All servers: which there are, the verbs on them, and the way of a call to a running one. */
import { AppError } from '../../domain/error.ts'
import type { ServerId, VersionId } from '../../domain/id.ts'
import type { Difference, Observation } from '../../domain/difference.ts'
import type { ServerHealth } from '../../domain/health.ts'
import { toSpoken } from '../../domain/era.ts'
import { isSameKey, type Era, type ProcessKey } from '../../domain/process-key.ts'
import { sumUsage, type ProcessView } from '../../domain/process-view.ts'
import type { InstanceFacts, ResourceUsage } from '../../domain/server.ts'
import { isLiving, type ServerState } from '../../domain/server-state.ts'
import type { ServerTraits } from '../../domain/server-traits.ts'
import type { LimitChange } from '../ports.ts'
import { buildTraits } from './build-traits.ts'
import { createPresence } from './presence.ts'
import { createProbes, type EraProof } from './probe-modern.ts'
import { tryVersionBeside, type TriedVersion } from './try-version-beside.ts'
import { recoverServers, type RecoveryReport } from './recover.ts'
import { createReconciler } from './reconcile/reconciler.ts'
import { createStartGate, type StartLimits } from './start-gate.ts'
import type { ServerConnection } from './server-connection.ts'
import { buildNotRunning } from './not-running.ts'
import type { ProcessLimits } from '../pool/decide-room.ts'
import { isResting } from '../pool/derive-state.ts'
import { createRoom } from '../pool/room.ts'
import {
  createServerProcesses,
  viewProcesses,
  type ServerProcesses,
  type ServerProcessesDeps,
} from '../pool/server-processes.ts'
import type { SupervisedServer } from './supervised-server.ts'
import { waitForState } from './wait-for-state.ts'

export type SupervisorDeps = Omit<
  ServerProcessesDeps,
  'nextRun' | 'room' | 'idleSeconds' | 'presence' | 'starts'
> & {
  readonly starts: StartLimits
  readonly processes: ProcessLimits & { readonly idleSeconds: number }
}

export interface Supervisor {
  /**
   * Adopts, reaps and sweeps; resolves when every ledger row is decided. Servers that should run and do not are
   * started behind it, as many at once as there are places.
   */
  recover(): Promise<RecoveryReport>
  /** Makes a new server known; it is `stopped`. Idempotent. */
  track(serverId: ServerId, server: string): void
  /** The verbs resolve when the wish is taken; `settled` waits for what comes of it. Unknown: `server_not_found`. */
  start(serverId: ServerId, actor: string): Promise<ServerState>
  stop(serverId: ServerId, actor: string): Promise<ServerState>
  restart(serverId: ServerId, actor: string): Promise<ServerState>
  /** Begins to start another version beside what runs. It serves nobody until it is promoted. */
  tryBeside(serverId: ServerId, versionId: VersionId): Promise<TriedVersion>
  /** The connection of the version that is tried beside this server; null while it does not run. */
  beside(serverId: ServerId): ServerConnection | null
  /** Stops and forgets it; resolves when nothing of it runs. Unknown servers are fine. */
  remove(serverId: ServerId, actor: string): Promise<void>
  /** The first state that `fits`, now or later. Throws `wait_timeout` when `signal` aborts first. */
  settled(
    serverId: ServerId,
    fits: (state: ServerState) => boolean,
    signal: AbortSignal,
  ): Promise<ServerState>
  /** All that are known. */
  list(): readonly ServerId[]
  state(serverId: ServerId): ServerState | null
  /** Of the main process, or of another while that rests; null unless running. */
  facts(serverId: ServerId): InstanceFacts | null
  /** The latest samples of all its processes, seconds old at most; null unless an instance lives. */
  usage(serverId: ServerId): ResourceUsage | null
  /** The main one first. */
  processes(serverId: ServerId): readonly ProcessView[]
  /** Automatic restarts since the last manual start. */
  restarts(serverId: ServerId): number
  /** Compares desired and observed once; see Reconciler. For the platform's timer. */
  reconcile(switching: () => readonly string[]): Promise<void>
  observation(serverId: ServerId): Observation
  differences(): readonly Difference[]
  /** Of the main process. */
  health(serverId: ServerId): ServerHealth | null
  findByName(server: string): ServerId | null
  names(): readonly string[]
  /** Asks a process of its own whether the server speaks 2026-07-28. */
  probeModern(serverId: ServerId, signal: AbortSignal): Promise<EraProof>
  /** What it was seen to speak, from now on. */
  learnEras(serverId: ServerId, eras: readonly Era[]): void
  /** Of all its processes, while they run; false: some get it at their next start only. */
  resize(serverId: ServerId, change: LimitChange): Promise<boolean>
  /** See Upstreams of the gateway, which this fulfils. */
  traits(serverId: ServerId): ServerTraits
  open(serverId: ServerId, key: ProcessKey, signal: AbortSignal): Promise<ServerConnection>
  current(serverId: ServerId, key: ProcessKey): ServerConnection | null
  isUnfit(serverId: ServerId, key: ProcessKey): boolean
  release(serverId: ServerId, key: ProcessKey): void
  /**
   * `stop` ends all servers at once and leaves their desired states; `handover` leaves them running for the
   * next daemon. Nothing is taken afterwards.
   */
  close(how: 'stop' | 'handover'): Promise<void>
}

export function createSupervisor(given: SupervisorDeps): Supervisor {
  let runs = 0
  const { processes } = given
  const deps = {
    ...given,
    nextRun: () => ++runs,
    room: createRoom(processes),
    presence: createPresence(),
    starts: createStartGate(given.clock, given.starts),
    idleSeconds: processes.idleSeconds,
  }
  const probes = createProbes(deps)
  const servers = new Map<ServerId, ServerProcesses>()
  const names = new Map<string, ServerId>()
  /** Waiting for one of the few places to start in after a recovery: as good as starting. */
  const queued = new Set<ServerId>()
  /** Nothing starts for them any more, whoever asked before they were to go. */
  const leaving = new Set<ServerId>()
  let closing = false
  let recovered = false
  let recovery: Promise<RecoveryReport> | null = null

  const find = (serverId: ServerId): ServerProcesses => {
    const found = servers.get(serverId)
    if (found === undefined || leaving.has(serverId))
      throw new AppError('server_not_found', `There is no server ${serverId}.`)
    return found
  }

  const register = (server: ServerProcesses) => {
    servers.set(server.serverId, server)
    names.set(server.server, server.serverId)
  }

  const ask = async (serverId: ServerId, kind: 'start' | 'stop' | 'restart', actor: string) => {
    const server = find(serverId)
    if (closing) throw new AppError('not_ready', 'The platform is stopping.')
    queued.delete(serverId)
    await probes.end(serverId)
    if (kind === 'restart') server.pool.endAll()
    await server.main.post({ kind }, actor)
    return server.state()
  }

  const list = (serverId: ServerId): readonly ProcessView[] => {
    const found = servers.get(serverId)
    return found === undefined ? [] : viewProcesses(found)
  }

  /** Waits while it comes up. */
  const openMain = async (server: ServerProcesses, signal: AbortSignal): Promise<ServerConnection> => {
    for (;;) {
      if (closing) throw new AppError('not_ready', 'The platform is stopping.')
      const { main } = find(server.serverId)
      const state = main.state()
      const connection = state.kind === 'running' ? main.run()?.connection() : null
      if (connection !== null && connection !== undefined) return connection
      if (isResting(state)) void main.post({ kind: 'wake' })
      else if (!queued.has(main.serverId) && !isComingUp(state))
        throw buildNotRunning(main.server, state, deps.clock.now())
      await waitForState(
        { server: main.server, state: () => server.main.state(), onChange: server.onChange },
        () => server.main !== main || main.state() !== state,
        signal,
        () => buildNotRunning(main.server, server.main.state(), deps.clock.now()),
      )
    }
  }

  const openBeside = async (
    server: ServerProcesses,
    key: ProcessKey,
    signal: AbortSignal,
  ): Promise<ServerConnection> => {
    const { pool } = server
    const admit = async () => {
      if (!isResting(server.main.state())) await openMain(server, signal)
      if (server.pool !== pool) throw new AppError('not_ready', 'Another version serves by now.')
    }
    try {
      return await pool.open(key, admit, signal)
    } catch (error) {
      // Its version was replaced while it was waited for: the next one has a process of this key too.
      if (server.pool === pool || signal.aborted) throw error
      return openBeside(server, key, signal)
    }
  }

  const settled: Supervisor['settled'] = (serverId, fits, signal) => {
    const server = find(serverId)
    return waitForState(server, fits, signal, () => {
      const word = server.state().kind
      return new AppError('wait_timeout', `${server.server} is still ${word}.`, { details: { status: word } })
    })
  }

  const track: Supervisor['track'] = (serverId, server) => {
    if (servers.has(serverId)) return
    register(
      createServerProcesses(
        deps,
        { serverId, server },
        { state: { kind: 'stopped', lastExit: null }, restarts: 0 },
      ),
    )
  }

  const remove: Supervisor['remove'] = async (serverId, actor) => {
    const server = servers.get(serverId)
    if (server === undefined) return
    queued.delete(serverId)
    leaving.add(serverId)
    try {
      await probes.end(serverId)
      void server.endBeside()
      // Repeated, since a start that was taken before would bring it back.
      for (;;) {
        await server.main.drained()
        if (server.state().kind === 'stopped') break
        await server.main.post({ kind: 'stop' }, actor)
        await waitForState(server, (state) => state.kind === 'stopped' || state.kind === 'starting')
      }
      await server.endBeside()
      await Promise.all([server.main.retire('forget'), server.pool.close('stop')])
      servers.delete(serverId)
      if (names.get(server.server) === serverId) names.delete(server.server)
    } finally {
      leaving.delete(serverId)
    }
  }

  const reconciler = createReconciler(deps, {
    servers,
    queued,
    isOpen: () => recovered && !closing,
    track,
    forget: (serverId) => remove(serverId, 'platform'),
  })

  return {
    async recover() {
      recovery = recoverServers(deps, { register, queued, isClosing: () => closing })
      const report = await recovery
      recovered = true
      return report
    },
    track,
    start: (serverId, actor) => ask(serverId, 'start', actor),
    stop: (serverId, actor) => ask(serverId, 'stop', actor),
    restart: (serverId, actor) => ask(serverId, 'restart', actor),
    remove,
    reconcile: (switching) => reconciler.look(switching),
    observation: (serverId) => reconciler.observation(serverId),
    differences: () => reconciler.differences(),
    settled,
    list: () => [...servers.keys()],
    state: (serverId) => servers.get(serverId)?.state() ?? null,
    facts: (serverId) => list(serverId).find(({ facts }) => facts !== null)?.facts ?? null,
    usage: (serverId) => sumUsage(list(serverId).flatMap(({ usage }) => usage ?? [])),
    processes: list,
    restarts: (serverId) => servers.get(serverId)?.main.restarts() ?? 0,
    health: (serverId) => servers.get(serverId)?.main.health() ?? null,
    findByName: (server) => names.get(server) ?? null,
    names: () => [...names.keys()],
    tryBeside: async (serverId, versionId) => {
      if (closing) throw new AppError('not_ready', 'The platform is stopping.')
      const server = find(serverId)
      await probes.end(serverId)
      return tryVersionBeside(server, versionId, probes)
    },
    beside(serverId) {
      const tried = servers.get(serverId)?.tried() ?? null
      return tried?.main.state().kind === 'running' ? (tried.main.run()?.connection() ?? null) : null
    },
    learnEras: (serverId, eras) => servers.get(serverId)?.main.learn(eras),
    async resize(serverId, change) {
      const server = servers.get(serverId)
      if (server === undefined) return false
      // The main one first: what is started beside it takes its limits.
      const isDone = await server.main.resize(change)
      const others = server.pool.list().filter((process) => isLiving(process.state()))
      const done = await Promise.all(others.map((process) => process.resize(change)))
      return isDone && done.every(Boolean)
    },
    async probeModern(serverId, signal) {
      const launch = servers.get(serverId)?.main.launch() ?? null
      if (launch === null || closing) return { modern: 'unknown', detail: 'it was not started yet' }
      return probes.ask(launch, signal)
    },
    isUnfit(serverId, key) {
      const server = servers.get(serverId)
      if (server === undefined) return false
      const state = (isSameKey(key, server.main.key) ? server.main : server.pool.find(key))?.state()
      if (state?.kind === 'running') return state.health === 'unhealthy'
      return state?.kind === 'backoff' || state?.kind === 'failed'
    },
    current(serverId, key) {
      const server = servers.get(serverId)
      if (server === undefined) return null
      const found = isSameKey(key, server.main.key) ? server.main : server.pool.find(key)
      return found?.state().kind === 'running' ? (found.run()?.connection() ?? null) : null
    },
    traits: (serverId) => buildTraits(servers.get(serverId)?.next() ?? null, processes.perServer),
    release: (serverId, key) => servers.get(serverId)?.pool.release(key),
    async open(serverId, key, signal) {
      const server = find(serverId)
      const { main } = server
      // A session may have begun with a version that spoke something else.
      const spoken = toSpoken(key, server.next()?.eras ?? null)
      return isSameKey(spoken, main.key) ? openMain(server, signal) : openBeside(server, spoken, signal)
    },
    async close(how) {
      closing = true
      deps.starts.close()
      // What is being taken over has to be known before it can be ended or left.
      await recovery?.catch(() => {})
      queued.clear()
      const all = [...servers.values()]
      await Promise.all(all.map((server) => probes.end(server.serverId)))
      // Only what serves is there for the next daemon.
      await Promise.all(all.map((server) => server.endBeside()))
      await Promise.all(
        all.map(({ main, pool }) =>
          how === 'stop'
            ? Promise.all([stopForGood(main), pool.close('stop')])
            : Promise.all([main.retire('release'), pool.close('release')]),
        ),
      )
    },
  }
}

/** A running one whose connection is closed is about to rest. */
function isComingUp(state: ServerState): boolean {
  if (state.kind === 'running') return true
  return state.kind === 'starting' || (state.kind === 'stopping' && state.next === 'start')
}

/** Waiting for a next try, or given up, a server has no process and stays what it is for the next daemon. */
async function stopForGood(server: SupervisedServer): Promise<void> {
  // One whose start is just being taken still reads as stopped.
  await server.drained()
  const { kind } = server.state()
  if (kind === 'starting' || kind === 'running' || kind === 'stopping') {
    await server.post({ kind: 'stop' })
    await waitForState(server, (state) => state.kind === 'stopped')
  }
  await server.retire('forget')
}
