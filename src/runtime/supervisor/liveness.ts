/** Is a running server still there? An answered call is as good as an answered ping; three misses are death. */
import type { Clock } from '../../domain/clock.ts'
import type { Health } from '../../domain/server-state.ts'
import type { Connection, Vitals } from '../instance/connection.ts'

const PING_TIMEOUT_MS = 5000
const STRIKES = 3
/** So many calls given up in a row, without an answer in between, and calls in flight prove nothing any more. */
const ABANDONED_LIMIT = 3

export type LivenessHandlers = {
  readonly onHealth: (health: Health) => void
  readonly onDead: (detail: string) => void
}

/**
 * A server that works on a call need not answer pings meanwhile (a single-threaded one cannot): callers end a
 * call by its deadline, and what they gave up counts against it.
 */
function isBusyWorking(vitals: Vitals): boolean {
  return vitals.inFlight > 0 && vitals.abandoned < ABANDONED_LIMIT
}

/**
 * Checks every `intervalMs` until the result is called.
 * @param atOnce for an adopted server: the first ping also ends a line that a dead daemon may have left half written.
 */
export function startLiveness(
  connection: Connection,
  clock: Clock,
  intervalMs: number,
  { atOnce }: { readonly atOnce: boolean },
  handlers: LivenessHandlers,
): () => void {
  let strikes = 0
  let seen = connection.vitals().responses
  let stopped = false
  let cancelTimer = () => {}

  const later = (milliseconds: number, task: () => void) => {
    cancelTimer = clock.after(milliseconds, () => {
      if (!stopped) task()
    })
  }
  const alive = () => {
    strikes = 0
    handlers.onHealth('healthy')
  }
  const missed = () => {
    strikes++
    if (strikes < STRIKES) return handlers.onHealth('unhealthy')
    handlers.onDead(`It left ${STRIKES} pings in a row unanswered, ${PING_TIMEOUT_MS / 1000} s each.`)
  }

  const check = () => {
    const vitals = connection.vitals()
    const answered = vitals.responses > seen
    seen = vitals.responses
    if (answered) alive()
    if (answered || isBusyWorking(vitals)) later(intervalMs, check)
    else ping()
  }

  const ping = () => {
    try {
      const call = connection.request('ping', undefined, {
        onResponse() {
          if (stopped) return
          cancelTimer()
          seen = connection.vitals().responses
          alive()
          later(intervalMs, check)
        },
        onLost: () => {},
      })
      later(PING_TIMEOUT_MS, () => {
        call.cancel('The ping was not answered in time')
        later(Math.max(intervalMs - PING_TIMEOUT_MS, 0), check)
        missed()
      })
    } catch {
      // Refused as busy: it does not read or does not answer, which is what a ping would have shown.
      later(intervalMs, check)
      missed()
    }
  }

  if (atOnce) ping()
  else later(intervalMs, check)
  return () => {
    stopped = true
    cancelTimer()
  }
}
