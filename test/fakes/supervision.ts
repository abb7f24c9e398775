import { AppError } from '../../src/domain/error.ts'
import type { ServerId } from '../../src/domain/id.ts'
import { buildMainKey } from '../../src/domain/process-key.ts'
import {
  DEFAULT_LIMITS,
  NO_DETAIL,
  type InstanceFacts,
  type ResourceLimits,
  type ResourceUsage,
} from '../../src/domain/server.ts'
import type { Exit, ServerState } from '../../src/domain/server-state.ts'
import type { Supervision } from '../../src/hosting/ports.ts'
import type { ServerRecords } from '../../src/runtime/ports.ts'
import { buildStartFailure } from '../../src/runtime/supervisor/start-failure.ts'
import { STRONG_ENFORCEMENT } from './enforcement.ts'

export const FACTS: Omit<InstanceFacts, 'pid'> = {
  uid: 210_000,
  tier: 'strong',
  enforcement: STRONG_ENFORCEMENT,
  limits: DEFAULT_LIMITS,
  egress: [],
  adopted: false,
  protocolVersion: '2025-11-25',
  serverInfo: { name: 'fake', version: '1' },
}

export function buildExit(changes: Partial<Exit> = {}): Exit {
  return {
    cause: 'exited',
    class: 'unknown',
    fingerprint: null,
    code: 1,
    signal: null,
    detail: 'it exited with code 1',
    hint: null,
    stderrTail: 'ModuleNotFoundError: httpx\n',
    at: 0,
    ...changes,
  }
}

/**
 * Servers that start at once, or do not when `breaks` says so of their command. It reads the launch spec as the real
 * one does, so a version that was not made active is not what starts.
 */
export function createFakeSupervision(options: {
  readonly records: ServerRecords
  readonly now: () => number
  readonly breaks?: (command: readonly string[]) => boolean
  /** Never answers: it starts until it is stopped. */
  readonly hangs?: (command: readonly string[]) => boolean
}): Supervision & {
  readonly starts: (readonly [serverId: ServerId, command: string])[]
  /** As if the process had ended by itself and was given up. */
  crash(id: ServerId, exit?: Partial<Exit>): void
  /** As if nobody had used it for a while. */
  rest(id: ServerId): void
} {
  const states = new Map<ServerId, ServerState>()
  const limits = new Map<ServerId, ResourceLimits>()
  const starts: (readonly [ServerId, string])[] = []
  let pid = 1000
  const stateOf = (id: ServerId) => {
    const state = states.get(id)
    if (state === undefined) throw new Error(`the supervisor does not know ${id}`)
    return state
  }
  const start = async (id: ServerId) => {
    if (stateOf(id).kind === 'running') return
    const spec = await options.records.findLaunchSpec(id, 'start').catch((error: unknown) => error as Error)
    if (spec instanceof Error) {
      const { exit } = buildStartFailure(spec, options.now())
      states.set(id, { kind: 'failed', attempt: 1, reason: exit.detail, lastExit: exit })
      return options.records.saveState(id, stateOf(id), 0)
    }
    await options.records.beginLaunch(spec)
    const { command } = spec
    starts.push([id, command.join(' ')])
    limits.set(id, spec.config.limits)
    pid++
    if (options.hangs?.(command) === true) {
      const now = options.now()
      states.set(id, { kind: 'starting', attempt: 1, since: now, deadline: now + 30_000, lastExit: null })
    } else if (options.breaks?.(command) === true) {
      states.set(id, { kind: 'failed', attempt: 1, reason: 'gave up', lastExit: buildExit() })
    } else {
      states.set(id, { kind: 'running', attempt: 1, since: options.now(), health: 'healthy', lastExit: null })
    }
    await options.records.saveState(id, stateOf(id), 0)
  }
  const stop = async (id: ServerId) => {
    const lastExit = stateOf(id).kind === 'running' ? buildExit({ cause: 'asked' }) : stateOf(id).lastExit
    states.set(id, { kind: 'stopped', lastExit })
    await options.records.saveState(id, stateOf(id), 0)
  }
  const factsOf = (id: ServerId) =>
    states.get(id)?.kind === 'running' ? { ...FACTS, pid, limits: limits.get(id) ?? DEFAULT_LIMITS } : null
  const usageOf = (id: ServerId): ResourceUsage | null =>
    states.get(id)?.kind === 'running'
      ? {
          memoryBytes: 50_000_000,
          memoryPeakBytes: 60_000_000,
          cpuSeconds: 1,
          cpuThrottledSeconds: 0,
          processes: 2,
          oomKills: 0,
          cpuPercent: 3,
          detail: { ...NO_DETAIL, isWatched: false },
          at: options.now(),
        }
      : null
  return {
    starts,
    crash: (id, exit) =>
      void states.set(id, {
        kind: 'failed',
        attempt: 5,
        reason: 'gave up after 5',
        lastExit: buildExit(exit),
      }),
    rest: (id) => void states.set(id, { kind: 'stopped', lastExit: null, idle: true }),
    track: (id) => void states.set(id, { kind: 'stopped', lastExit: null }),
    async start(id) {
      await start(id)
      return stateOf(id)
    },
    async stop(id) {
      await stop(id)
      return stateOf(id)
    },
    async restart(id) {
      await stop(id)
      await start(id)
      return stateOf(id)
    },
    remove: async (id) => void states.delete(id),
    settled: (id, fits, signal) => waitFor(id, () => stateOf(id), fits, signal),
    async tryBeside(id, versionId) {
      const stopped: ServerState = { kind: 'stopped', lastExit: null }
      let state: ServerState = stopped
      let pidBeside = 0
      return {
        versionId,
        async start() {
          const spec = await options.records
            .findLaunchSpec(id, 'start', versionId)
            .catch((error: unknown) => error as Error)
          if (spec instanceof Error) {
            const { exit } = buildStartFailure(spec, options.now())
            state = { kind: 'failed', attempt: 1, reason: exit.detail, lastExit: exit }
            return
          }
          await options.records.beginLaunch(spec, 'beside')
          const { command } = spec
          starts.push([id, command.join(' ')])
          pidBeside = ++pid
          const now = options.now()
          if (options.hangs?.(command) === true)
            state = { kind: 'starting', attempt: 1, since: now, deadline: now + 30_000, lastExit: null }
          else if (options.breaks?.(command) === true)
            state = { kind: 'failed', attempt: 1, reason: 'gave up', lastExit: buildExit() }
          else state = { kind: 'running', attempt: 1, since: now, health: 'healthy', lastExit: null }
        },
        state: () => state,
        settled: (fits, signal) => waitFor(id, () => state, fits, signal),
        facts: () => (state.kind === 'running' ? { ...FACTS, pid: pidBeside } : null),
        probeModern: async () => ({ modern: false, detail: 'it knows no server/discover' }),
        learnEras: () => {},
        promote() {
          states.set(id, state)
          void options.records.saveState(id, state, 0)
        },
        discard: async () => void (state = stopped),
      }
    },
    list: () => [...states.keys()],
    state: (id) => states.get(id) ?? null,
    observation: () => ({ at: options.now(), isStale: false, differences: [] }),
    restarts: () => 0,
    health(id) {
      const state = states.get(id)
      if (state === undefined) return null
      const evidence = { at: options.now(), how: 'ping', passed: true, ms: 2, detail: null } as const
      const isRunning = state.kind === 'running'
      return {
        startup: { status: 'passed', evidence: { ...evidence, how: 'initialize' } },
        liveness: { status: isRunning ? state.health : 'unknown', evidence, misses: 0, passes: 1 },
        readiness: { ready: isRunning, since: options.now(), reason: isRunning ? null : 'It is stopped.' },
        history: [{ ...evidence, health: 'healthy' }],
      }
    },
    facts: factsOf,
    usage: usageOf,
    processes(id) {
      const state = states.get(id)
      const key = buildMainKey('legacy')
      return state === undefined
        ? []
        : [
            {
              key,
              instanceId: null,
              isMain: true,
              state,
              facts: factsOf(id),
              usage: usageOf(id),
              inFlight: 0,
            },
          ]
    },
    probeModern: async () => ({ modern: false, detail: 'it knows no server/discover' }),
    learnEras: () => {},
    async resize(id, change) {
      if (states.get(id)?.kind !== 'running') return false
      limits.set(id, { ...(limits.get(id) ?? DEFAULT_LIMITS), ...change })
      return true
    },
  }
}

async function waitFor(
  id: ServerId,
  state: () => ServerState,
  fits: (state: ServerState) => boolean,
  signal: AbortSignal,
): Promise<ServerState> {
  if (fits(state())) return state()
  signal.throwIfAborted()
  return new Promise((_, refuse) => {
    signal.addEventListener('abort', () => refuse(new AppError('wait_timeout', `${id} is still starting`)))
  })
}
