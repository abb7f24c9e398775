/** Is a running server still there? An answered call is as good as an answered ping; so many misses are death. */
import type { Clock } from '../../domain/clock.ts'
import { judgeProbe, type Evidence, type HealthRules, type Probe, type Vigil } from '../../domain/health.ts'
import type { AppError } from '../../domain/error.ts'
import type { Health } from '../../domain/server-state.ts'
import type { Connection, Vitals } from '../instance/connection.ts'

/** So many calls given up in a row, without an answer in between, and calls in flight prove nothing any more. */
const ABANDONED_LIMIT = 3
/** What seems to be well again is asked once more soon: callers wait for it. */
const CONFIRM_MS = 1000

export type LivenessHandlers = {
  /** For each probe, with what is known after it. */
  readonly onEvidence: (evidence: Evidence, vigil: Vigil) => void
  readonly onDead: (detail: string) => void
}

export type LivenessOptions = {
  readonly intervalMs: number
  readonly rules: HealthRules
  /** For an adopted server: the first ping also ends a line that a dead daemon may have left half written. */
  readonly atOnce: boolean
  readonly health: Health
  /** What a `ping` is to this server. */
  readonly how: Exclude<Probe, 'initialize' | 'call'>
}

/**
 * A server that works on a call need not answer pings meanwhile (a single-threaded one cannot): callers end a
 * call by its deadline, and what they gave up counts against it.
 */
function isBusyWorking(vitals: Vitals): boolean {
  return vitals.inFlight > 0 && vitals.abandoned < ABANDONED_LIMIT
}

function describeUnanswered({ timeoutSeconds }: HealthRules): string {
  return `No answer within ${timeoutSeconds} s.`
}

function buildDeath(how: LivenessOptions['how'], rules: HealthRules, last: string): string {
  const { failures, timeoutSeconds } = rules
  const isOne = failures === 1
  if (how !== 'health_check_url' && last === describeUnanswered(rules)) {
    return isOne
      ? `It left a ping unanswered for ${timeoutSeconds} s.`
      : `It left ${failures} pings in a row unanswered, ${timeoutSeconds} s each.`
  }
  const what = isOne ? 'a check of its health' : `${failures} checks of its health in a row`
  return `It failed ${what} (${how}). The last one: ${last}`
}

/** Checks every `intervalMs` until the result is called. */
export function startLiveness(
  connection: Pick<Connection, 'request' | 'vitals'>,
  clock: Clock,
  { intervalMs, rules, atOnce, health, how }: LivenessOptions,
  handlers: LivenessHandlers,
): () => void {
  const timeoutMs = rules.timeoutSeconds * 1000
  let vigil: Vigil = { health, misses: 0, passes: 0 }
  let seen = connection.vitals().responses
  let stopped = false
  let cancelTimer = () => {}
  /** Of its own is the operator's word on what health is: answers to callers do not replace it. */
  const asksAlways = how === 'health_check_url'

  const later = (milliseconds: number, task: () => void) => {
    cancelTimer()
    cancelTimer = clock.after(milliseconds, () => {
      if (!stopped) task()
    })
  }
  /** Tells what was seen and looks again; `waitedMs` of the interval have passed already. */
  const note = (from: Evidence['how'], ms: number | null, detail: string | null, waitedMs = 0) => {
    const passed = detail === null
    vigil = judgeProbe(vigil, passed, rules)
    const seemsWell = vigil.health === 'unhealthy' && passed
    later(Math.max((seemsWell ? Math.min(CONFIRM_MS, intervalMs) : intervalMs) - waitedMs, 0), check)
    handlers.onEvidence({ at: clock.now(), how: from, passed, ms, detail }, vigil)
    if (!passed && vigil.misses >= rules.failures) handlers.onDead(buildDeath(how, rules, detail))
  }

  const check = () => {
    const vitals = connection.vitals()
    const answered = vitals.responses > seen
    seen = vitals.responses
    if (answered && !asksAlways) note('call', null, null)
    else if (isBusyWorking(vitals)) later(intervalMs, check)
    else ping()
  }

  const ping = () => {
    const sentAt = clock.monotonic()
    const asked = { over: false }
    const end = (ms: number | null, detail: string | null, waitedMs: number) => {
      if (stopped || asked.over) return
      asked.over = true
      // Its own answer is no second proof at the next look.
      seen = connection.vitals().responses
      note(how, ms, detail, waitedMs)
    }
    const waited = () => Math.round(clock.monotonic() - sentAt)
    try {
      const call = connection.request('ping', undefined, {
        onResponse: () => end(waited(), null, 0),
        onLost: ({ message }: AppError) => end(null, message, waited()),
      })
      if (asked.over) return
      later(timeoutMs, () => {
        call.cancel('The ping was not answered in time')
        end(null, describeUnanswered(rules), timeoutMs)
      })
    } catch (error) {
      // Refused as busy: it does not read or does not answer, which is what a ping would have shown.
      end(null, error instanceof Error ? error.message : String(error), 0)
    }
  }

  if (atOnce) ping()
  else later(intervalMs, check)
  return () => {
    stopped = true
    cancelTimer()
  }
}
