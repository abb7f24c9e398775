/** One server: the crew that serves it, one that may be tried beside it, and those that leave. */
import { AppError } from '../../domain/error.ts'
import type { ServerId, VersionId } from '../../domain/id.ts'
import type { ProcessView } from '../../domain/process-view.ts'
import { isIdle, type ServerState } from '../../domain/server-state.ts'
import type { SupervisedServer } from '../supervisor/supervised-server.ts'
import { createCrew, type Crew, type CrewDeps, type Next } from './crew.ts'
import { deriveState } from './derive-state.ts'

/** The server as a whole, for whoever waits for it. */
export type ServerProcesses = Pick<SupervisedServer, 'serverId' | 'server' | 'state' | 'onChange'> &
  /** Of the crew that serves: another one after a switch of versions. */
  Pick<Crew, 'main' | 'pool' | 'next'> & {
    /** A crew of this version, which serves nobody. Throws AppError `conflict` while there is one. */
    tryBeside(versionId: VersionId): Crew
    /** The one that is tried. */
    tried(): Crew | null
    /** Those that do not serve: tried, or on their way out. */
    beside(): readonly Crew[]
    /** It is not to serve; resolves when nothing of it is left. */
    discard(crew: Crew): Promise<void>
    /** From this moment on it serves. What served before leaves. */
    promote(crew: Crew, told: { readonly reason: string; readonly actor: string }, drainMs: number): void
    /** Ends what does not serve; resolves when nothing of it is left. */
    endBeside(): Promise<void>
  }

export type ServerProcessesDeps = CrewDeps

export function createServerProcesses(
  deps: ServerProcessesDeps,
  identity: { readonly serverId: ServerId; readonly server: string },
  initial: {
    readonly state: ServerState
    readonly restarts: number
    /** Before its first start here. */
    readonly next?: Next | null
  },
): ServerProcesses {
  const { serverId, server } = identity
  const { records, logger } = deps
  const listeners = new Set<(state: ServerState) => void>()
  const leaving = new Map<Crew, Promise<void>>()
  let serving = createCrew(deps, identity, initial)
  let tried: Crew | null = null
  let endTrial = () => {}

  const state = () => {
    const main = serving.main.state()
    const others = serving.pool.list()
    const isStopped = main.kind === 'stopped' && !isIdle(main)
    const left = isStopped ? [...leaving.keys()].flatMap((crew) => [crew.main, ...crew.pool.list()]) : []
    return deriveState(
      main,
      [...others, ...left].map((process) => process.state()),
    )
  }
  const tell = () => {
    for (const listener of listeners) listener(state())
  }
  const watch = (crew: Crew) => {
    crew.main.onChange((changed) => {
      // Whoever stops the server stops all of it.
      if (crew === serving && isBeingStopped(changed)) for (const old of leaving.keys()) void old.end()
      tell()
    })
    crew.pool.onChange(tell)
  }
  watch(serving)

  const settle = async (crew: Crew, gone: Promise<void>, endSharing: () => void) => {
    await gone
    endSharing()
    leaving.delete(crew)
    tell()
    if (leaving.size > 0 || tried !== null) return
    await records
      .endLaunchBeside(serverId, serving.main.launch())
      .catch((error: unknown) =>
        logger.error('What a version before was given is still noted', { server, err: error }),
      )
  }
  const letGo = (crew: Crew, drainMs: number) => {
    const done = settle(crew, crew.leave(drainMs), deps.presence.share(serverId))
    leaving.set(crew, done)
    return done
  }
  const discard = async (crew: Crew) => {
    if (tried !== crew) return leaving.get(crew)
    tried = null
    await letGo(crew, 0)
    endTrial()
  }

  return {
    serverId,
    server,
    get main() {
      return serving.main
    },
    get pool() {
      return serving.pool
    },
    next: () => serving.next(),
    state,
    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    tryBeside(versionId) {
      if (tried !== null) throw new AppError('conflict', `Another version of ${server} is being tried.`)
      endTrial = deps.presence.share(serverId)
      const stopped = { state: { kind: 'stopped', lastExit: null }, restarts: 0 } as const
      tried = createCrew(deps, identity, stopped, versionId)
      return tried
    },
    tried: () => tried,
    beside: () => [...(tried === null ? [] : [tried]), ...leaving.keys()],
    discard,
    promote(crew, { reason, actor }, drainMs) {
      if (tried !== crew) throw new AppError('conflict', `That version of ${server} is not tried any more.`)
      tried = null
      const before = serving
      serving = crew
      void letGo(before, drainMs)
      endTrial()
      crew.serve()
      watch(crew)
      announce(deps, crew.main, reason, actor)
      tell()
    },
    async endBeside() {
      for (const crew of leaving.keys()) void crew.end()
      await Promise.all([tried === null ? null : discard(tried), ...leaving.values()])
    },
  }
}

function isBeingStopped(state: ServerState): boolean {
  return state.kind === 'stopping' ? state.next === 'stop' : state.kind === 'stopped' && !isIdle(state)
}

/** Its state was nobody's business before. */
function announce(
  { events, records, logger }: CrewDeps,
  main: SupervisedServer,
  reason: string,
  actor: string,
): void {
  const { serverId, server } = main
  const state = main.state()
  events.emit(
    {
      type: 'server.status',
      serverId,
      server,
      status: state.kind,
      reason,
      cause: null,
      class: null,
      attempt: state.kind === 'stopped' ? 0 : state.attempt,
      nextTry: state.kind === 'backoff' ? state.nextTry : null,
    },
    actor,
  )
  records
    .saveState(serverId, state, main.restarts())
    .catch((error: unknown) => logger.error('The state of a server was not saved', { server, err: error }))
}

/** The main one whatever its state, and of the others those that live or wait to be tried again. */
export function viewProcesses({
  main,
  pool,
}: Pick<ServerProcesses, 'main' | 'pool'>): readonly ProcessView[] {
  const others = pool.list().filter((process) => process.state().kind !== 'stopped')
  return [main, ...others].map((process) => ({
    key: process.key,
    instanceId: process.run()?.instanceId() ?? null,
    isMain: process === main,
    state: process.state(),
    facts: process.run()?.facts() ?? null,
    usage: process.run()?.usage() ?? null,
    inFlight: process.run()?.activity()?.inFlight ?? 0,
  }))
}
