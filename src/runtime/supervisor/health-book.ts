/** What was seen of one process's life, over its restarts, in memory. */
import type { Clock } from '../../domain/clock.ts'
import { HEALTH_SLOTS, type Evidence, type ServerHealth, type Vigil } from '../../domain/health.ts'
import type { Health, ServerState } from '../../domain/server-state.ts'

export interface HealthBook {
  note(evidence: Evidence, vigil: Vigil): void
  /** It answered `initialize`, or was taken over having done so. `ms` since it was started. */
  noteStarted(ms: number | null, health: Health): void
  /** It ended; `detail` says why where that was before it answered. */
  noteEnded(detail: string): void
  view(state: ServerState): ServerHealth
}

const FRESH: Vigil = { health: 'unknown', misses: 0, passes: 0 }

export function createHealthBook(clock: Clock): HealthBook {
  let startup: Evidence | null = null
  let latest: Evidence | null = null
  let vigil = FRESH
  let isReady = false
  let since = clock.now()
  const history: (Evidence & { readonly health: Health })[] = []

  const turn = (ready: boolean) => {
    if (ready === isReady) return
    isReady = ready
    since = clock.now()
  }
  const keep = (evidence: Evidence, health: Health) => {
    history.push({ ...evidence, health })
    if (history.length > HEALTH_SLOTS) history.shift()
  }

  return {
    note(evidence, next) {
      latest = evidence
      vigil = next
      turn(next.health !== 'unhealthy')
      keep(evidence, next.health)
    },
    noteStarted(ms, health) {
      startup = { at: clock.now(), how: 'initialize', passed: true, ms, detail: null }
      latest = startup
      vigil = { ...FRESH, health }
      turn(true)
      keep(startup, health)
    },
    noteEnded(detail) {
      const wasReady = vigil !== FRESH
      if (!wasReady) {
        startup = { at: clock.now(), how: 'initialize', passed: false, ms: null, detail }
        latest = null
        keep(startup, 'unknown')
      }
      vigil = FRESH
      turn(false)
    },
    view(state) {
      const isRunning = state.kind === 'running'
      return {
        startup: { status: readStartup(state, startup), evidence: startup },
        liveness: {
          status: isRunning ? state.health : 'unknown',
          evidence: latest,
          misses: isRunning ? vigil.misses : 0,
          passes: isRunning ? vigil.passes : 0,
        },
        readiness: {
          ready: isRunning && isReady,
          since,
          reason: explain(state, latest),
        },
        history: [...history],
      }
    },
  }
}

function readStartup(state: ServerState, last: Evidence | null): ServerHealth['startup']['status'] {
  if (state.kind === 'starting') return 'pending'
  if (last === null) return 'none'
  return last.passed ? 'passed' : 'failed'
}

/** Why no calls go to it. */
function explain(state: ServerState, last: Evidence | null): string | null {
  switch (state.kind) {
    case 'running':
      return state.health === 'unhealthy' ? (last?.detail ?? 'It is asked once more.') : null
    case 'starting':
      return 'It is starting.'
    case 'stopping':
      return state.detail
    case 'failed':
      return state.reason
    case 'backoff':
      return state.lastExit.detail
    case 'stopped':
      return state.idle === true ? 'Nobody used it; the next call starts it.' : 'It is stopped.'
    default:
      return null
  }
}

/** For those who are told of a change. */
export function describeHealth(
  book: Pick<HealthBook, 'view'>,
  state: Extract<ServerState, { kind: 'running' }>,
): { readonly health: Health; readonly reason: string | null } {
  return { health: state.health, reason: book.view(state).readiness.reason }
}
