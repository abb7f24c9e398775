/** One server: a mailbox, so that two transitions never interleave, and the effects they ask for. */
import type { EventSink } from '../../domain/event.ts'
import type { ServerId } from '../../domain/id.ts'
import type { Era, ProcessKey } from '../../domain/process-key.ts'
import type { ServerConfig } from '../../domain/server.ts'
import { mergeServerConfig } from '../../domain/server-config.ts'
import type { Exit, ServerEvent, ServerState } from '../../domain/server-state.ts'
import type { Initialized } from '../instance/handshake.ts'
import type {
  Instance,
  LimitChange,
  MemoryRaise,
  RaiseMemory,
  ServerLaunch,
  ServerRecords,
} from '../ports.ts'
import { createHealthBook, describeHealth, type HealthBook } from './health-book.ts'
import { adoptRun, startRun } from './run.ts'
import type { Run, RunDeps, RunHandlers } from './run-types.ts'
import { buildStartFailure } from './start-failure.ts'
import type { StartGate } from './start-gate.ts'
import { transition, type Effect, type TransitionContext } from './transition.ts'
import { isDecided, waitForState } from './wait-for-state.ts'

export type SupervisedServerDeps = RunDeps & {
  readonly records: Pick<ServerRecords, 'findLaunchSpec' | 'beginLaunch' | 'saveState'>
  /** Another for each run, over all processes of a server. */
  readonly nextRun: () => number
  readonly events: EventSink
  readonly starts: StartGate
  /** Absent: nobody may raise it. */
  readonly raiseMemory?: RaiseMemory
  /** In [0, 1). */
  readonly random: () => number
}

export type Adoption = {
  readonly instance: Instance
  readonly initialized: Initialized
  readonly spec: ServerLaunch
  /** Milliseconds since the epoch. */
  readonly startedAt: number
}

export interface SupervisedServer {
  readonly serverId: ServerId
  readonly server: string
  /** Of the process that runs, or that ran last. */
  readonly key: ProcessKey
  /** What it was seen to speak; it goes on as it is. */
  learn(eras: readonly Era[]): void
  state(): ServerState
  restarts(): number
  run(): Run | null
  health(): ReturnType<HealthBook['view']>
  /** What it was started with last, or found running with; null before. */
  launch(): ServerLaunch | null
  /** Resolves when the event has been taken, not when what it began is done. */
  post(event: ServerEvent, actor?: string): Promise<void>
  adopt(adoption: Adoption): void
  /** A server in backoff when its daemon ended goes on waiting; milliseconds. */
  wakeAfter(milliseconds: number): void
  /** A next try is scheduled. */
  waits(): boolean
  /** The wait before its next try is over; by the monotonic clock. */
  isDue(): boolean
  /** In place, while it runs; false: from its next start on. What it is started with is the records' to say. */
  resize(change: LimitChange): Promise<boolean>
  /** After every change of the state. */
  onChange(listener: (state: ServerState) => void): () => void
  /** Nothing that was posted is still to be taken: what a state says now will not be overtaken. */
  drained(): Promise<void>
  /** Takes no event any more; with `release`, a living instance is left running. Resolves when nothing is under way. */
  retire(how: 'release' | 'forget'): Promise<void>
}

type Letter = { readonly event: ServerEvent; readonly actor: string; readonly taken: () => void }
type Policy = Pick<
  ServerConfig,
  'autoRestart' | 'maxRestarts' | 'restartDelaySeconds' | 'startTimeoutSeconds'
>

/** What a process may be made after. */
const BEGINS: readonly ServerEvent['kind'][] = ['start', 'restart', 'due', 'wake']

/** In force only until the record could be read once. */
const UNKNOWN_POLICY: Policy = mergeServerConfig([])

export type ProcessIdentity = {
  readonly serverId: ServerId
  readonly server: string
  /** By what it is started with. */
  readonly keyOf: (launch: ServerLaunch | null) => ProcessKey
  /** `calls`: one that ended is tried again when somebody asks for it, not before its next try is due. */
  readonly restartsBy: 'itself' | 'calls'
}

export function createSupervisedServer(
  deps: SupervisedServerDeps,
  identity: ProcessIdentity,
  initial: { readonly state: ServerState; readonly restarts: number },
): SupervisedServer {
  const { serverId, server, keyOf } = identity
  const { clock, records, logger } = deps
  const letters: Letter[] = []
  const listeners = new Set<(state: ServerState) => void>()
  let state = initial.state
  let restarts = initial.restarts
  let run: Run | null = null
  let readyAt: number | null = null
  /** The last one, before it ended. */
  let hadServed = false
  let policy = UNKNOWN_POLICY
  let spec: ServerLaunch | null = null
  let key = keyOf(null)
  let specError: unknown = null
  let working: Promise<void> | null = null
  let retired = false
  let dueAt = 0
  let cancelTimer: (() => void) | null = null
  const cancelWake = () => {
    cancelTimer?.()
    cancelTimer = null
  }
  const book = createHealthBook(clock)
  let begunAt = clock.monotonic()

  const post = (event: ServerEvent, actor = 'platform') =>
    new Promise<void>((resolve) => {
      if (retired) return resolve()
      letters.push({ event, actor, taken: resolve })
      working ??= work()
    })

  const work = async () => {
    // Not before `working` is set: what an effect posts at once belongs into this queue.
    await Promise.resolve()
    for (let letter = letters.shift(); letter !== undefined; letter = letters.shift()) {
      try {
        await take(letter)
      } catch (error) {
        logger.error('A transition failed', {
          server_id: serverId,
          server,
          actor: letter.actor,
          event: letter.event.kind,
          err: error,
        })
      }
      letter.taken()
    }
    working = null
  }

  const take = async ({ event, actor }: Letter) => {
    if (BEGINS.includes(event.kind)) await loadSpec()
    const raise = event.kind === 'exited' ? await findRaise(event.exit) : null
    const next = transition(state, event, buildContext(raise))
    const changed = next.state !== state
    if (changed && next.state.kind !== state.kind) cancelWake()
    state = next.state
    if (state.kind === 'running' && event.kind === 'answered') readyAt = clock.monotonic()
    if (event.kind === 'exited') {
      run = null
      hadServed = readyAt !== null
      readyAt = null
    }
    for (const effect of next.effects) await perform(effect, actor)
    if (changed) for (const listener of listeners) listener(state)
  }

  /** Only for what is tried again by itself: whoever asks for a process, or wants no restart, decides over its memory. */
  const findRaise = async (exit: Exit): Promise<MemoryRaise | null> => {
    const isRetried = policy.autoRestart && policy.maxRestarts > 0 && identity.restartsBy === 'itself'
    const isWanted = state.kind !== 'stopping' || state.next === 'decide'
    if (exit.class !== 'out_of_memory' || spec === null || !isRetried || !isWanted) return null
    return (await deps.raiseMemory?.(serverId, spec.config.limits.memoryMb)) ?? null
  }

  const loadSpec = async () => {
    try {
      spec = await records.findLaunchSpec(serverId, 'start')
      policy = spec.config
    } catch (error) {
      spec = null
      specError = error
    }
  }

  const buildContext = (raise: MemoryRaise | null): TransitionContext => ({
    raise,
    policy,
    now: clock.now(),
    ranMs: readyAt === null ? 0 : clock.monotonic() - readyAt,
    random: deps.random(),
  })

  const perform = async (effect: Effect, actor: string) => {
    switch (effect.kind) {
      case 'spawn':
        return spawn()
      case 'stop':
        return run?.stop(effect.cause, effect.detail)
      case 'wake':
        dueAt = clock.monotonic() + effect.afterMs
        return identity.restartsBy === 'itself' ? wakeAfter(effect.afterMs) : undefined
      case 'count_restart':
        restarts++
        return
      case 'forget_restarts':
        restarts = 0
        return
      case 'save':
        return save()
      case 'announce_status': {
        const { kind: _, ...told } = effect
        const isFull =
          told.class === 'out_of_memory' && (told.status === 'backoff' || told.status === 'failed')
        const met = isFull && spec !== null ? { memoryMb: spec.config.limits.memoryMb } : {}
        return deps.events.emit({ type: 'server.status', serverId, server, ...told, ...met }, actor)
      }
      case 'announce_health':
        if (state.kind !== 'running') return
        return deps.events.emit(
          { type: 'server.health', serverId, server, ...describeHealth(book, state) },
          actor,
        )
    }
  }

  /** A server runs on when its state cannot be written: the disk must not decide over it. */
  const save = async () => {
    try {
      await records.saveState(serverId, state, restarts)
    } catch (error) {
      logger.error('The state of a server was not saved', { server_id: serverId, server, err: error })
    }
  }

  const handlers: RunHandlers = {
    lastExit: () => state.lastExit,
    onReady(era) {
      book.noteStarted(Math.round(clock.monotonic() - begunAt), 'healthy')
      turnOutAs(era)
      void post({ kind: 'answered' })
    },
    onUnfit: (cause, detail) => void post({ kind: 'unfit', cause, detail }),
    onEvidence(evidence, vigil) {
      book.note(evidence, vigil)
      deps.onEvidence?.(serverId, evidence)
      if (vigil.health !== 'unknown') void post({ kind: 'health', health: vigil.health })
    },
    onEnded(exit, final) {
      book.noteEnded(exit.detail)
      void post({ kind: 'exited', exit, final })
    },
  }

  const spawn = () => {
    begunAt = clock.monotonic()
    if (spec !== null) {
      key = keyOf(spec)
      run = startRun(deps, { ...spec, key }, deps.nextRun(), handlers)
      return
    }
    void post({ kind: 'exited', ...buildStartFailure(specError, clock.now()) })
  }

  /** One that is asked for the first time may turn out to know no `initialize`: then it speaks the other era alone. */
  const turnOutAs = (era: Era) => {
    if (era !== key.era) learn([era])
    key = { ...key, era }
  }

  const learn = (eras: readonly Era[]) => {
    if (spec !== null) spec = { ...spec, eras }
  }

  const wakeAfter = (milliseconds: number) => {
    cancelWake()
    cancelTimer = clock.after(milliseconds, () => {
      let begun = false
      const cancel = deps.starts.enter(hadServed ? 'return' : 'restart', async () => {
        begun = true
        cancelTimer = null
        await post({ kind: 'due' })
        await waitForState({ server, state: () => state, onChange }, isDecided)
      })
      cancelTimer = begun ? null : cancel
    })
  }

  const onChange = (listener: (state: ServerState) => void) => {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }

  return {
    serverId,
    server,
    get key() {
      return key
    },
    learn,
    state: () => state,
    restarts: () => restarts,
    run: () => run,
    health: () => book.view(state),
    launch: () => spec,
    post,
    adopt(adoption) {
      const ranMs = Math.max(0, clock.now() - adoption.startedAt)
      readyAt = clock.monotonic() - ranMs
      policy = adoption.spec.config
      const { lastExit } = state
      const attempt = state.kind === 'stopped' ? 0 : state.attempt
      state = { kind: 'running', attempt, since: adoption.startedAt, health: 'unknown', lastExit }
      spec = adoption.spec
      key = keyOf(spec)
      turnOutAs(adoption.initialized.era)
      book.noteStarted(null, 'unknown')
      run = adoptRun(deps, { ...adoption.spec, key }, deps.nextRun(), handlers, adoption)
      deps.events.emit({ type: 'server.adopted', serverId, server, pid: adoption.instance.pid })
      void save()
    },
    wakeAfter,
    waits: () => cancelTimer !== null || working !== null,
    isDue: () => clock.monotonic() >= dueAt,
    async resize(change) {
      const current = run
      if (current === null || !(await current.resize(change))) return false
      if (run === current && spec !== null) {
        const limits = { ...spec.config.limits, ...change }
        spec = { ...spec, config: { ...spec.config, limits } }
      }
      return true
    },
    onChange,
    async drained() {
      for (let now = working; now !== null; now = working) await now
    },
    async retire(how) {
      retired = true
      cancelWake()
      for (const letter of letters.splice(0)) letter.taken()
      if (how === 'release') run?.release()
      await working
      listeners.clear()
    },
  }
}
