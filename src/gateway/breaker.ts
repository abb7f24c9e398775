/**
 * Opens when a process fails again and again without a sign of life in between: calls that time out, losses of the
 * process, starts that were waited for in vain. Then callers are refused at once, until the time is up or another
 * process is there; of the calls that come then, one tries, and its end decides. What a tool answers never counts,
 * an error no more than a result: who answers lives.
 */
import type { BreakerView } from '../domain/breaker.ts'
import type { Clock } from '../domain/clock.ts'
import { AppError } from '../domain/error.ts'
import type { Outcome } from './call.ts'
import type { Call } from './call-queue.ts'
import type { GatewayConfig } from './gateway-config.ts'

export interface Breaker {
  /** Null where it is closed. */
  readonly view: BreakerView | null
  /** Rejects with AppError `server_unresponsive` while nobody may go to the process. */
  guard<T>(open: () => Promise<T>): Promise<T>
  /** A start that fails after it was waited for is a failure. */
  watch<T>(open: () => Promise<T>): Promise<T>
  /** Null: the call may go, and where the breaker is open it is the one that tries. */
  admit(call: Call): AppError | null
  /** It answered, reported or asked. */
  noteLife(): void
  /** @param wasSent it reached the process */
  noteEnd(call: Call, outcome: Outcome | null, wasSent: boolean): void
  /** The process ended with calls in flight. */
  noteFailure(): void
}

type Deps = {
  readonly clock: Clock
  readonly config: Pick<GatewayConfig, 'breakerFailures' | 'breakerMs'>
  /** Of the process that runs now; null where none does. */
  readonly findInstance: () => string | null
  readonly onChange: (view: BreakerView | null) => void
}

/** A start that fails sooner kept nobody waiting. */
const WAITED_MS = 1000

export function createBreaker({ clock, config, findInstance, onChange }: Deps): Breaker {
  let failures = 0
  let lastLife = -Infinity
  /** Whose calls timed out; who calls tools that take long keeps only themselves out. */
  const late = new Set<string>()
  let isEveryones = false
  let opened: { readonly until: number; readonly instance: string | null } | null = null
  let trial: Call | null = null
  let awaited: Promise<unknown> | null = null

  const isDue = () => {
    if (opened === null) return true
    if (clock.monotonic() >= opened.until) return true
    const instance = findInstance()
    return instance !== null && instance !== opened.instance
  }
  const buildView = (): BreakerView | null =>
    opened === null
      ? null
      : {
          state: isDue() ? 'half_open' : 'open',
          failures,
          retryAt: Math.round(clock.now() + Math.max(0, opened.until - clock.monotonic())),
        }
  const refuse = (): AppError => {
    const left = opened === null ? 0 : opened.until - clock.monotonic()
    const seconds = Math.max(1, Math.ceil(left / 1000))
    const text = `The server failed ${failures} times in a row without any answer, so calls do not wait for it now.`
    return new AppError('server_unresponsive', text, { details: { retry_after_seconds: seconds } })
  }
  const close = () => {
    failures = 0
    late.clear()
    isEveryones = false
    if (opened === null) return
    opened = null
    trial = null
    onChange(null)
  }
  const fail = (forAll: boolean) => {
    isEveryones ||= forAll
    failures += 1
    if (config.breakerFailures === 0 || failures < config.breakerFailures) return
    const wasOpen = opened !== null
    opened = { until: clock.monotonic() + config.breakerMs, instance: findInstance() }
    if (!wasOpen) onChange(buildView())
  }

  return {
    get view() {
      return buildView()
    },
    guard: (open) => (opened !== null && isEveryones && !isDue() ? Promise.reject(refuse()) : open()),
    async watch(open) {
      const since = clock.monotonic()
      const attempt = open()
      // Many may wait for the one start.
      const isFirst = attempt !== awaited
      awaited = attempt
      try {
        return await attempt
      } catch (error) {
        // What is said at once costs nobody a wait, and says more than a breaker can.
        if (isFirst && clock.monotonic() - since >= WAITED_MS) fail(true)
        throw error
      }
    },
    admit(call) {
      if (opened === null || call.request.unrecorded === true) return null
      const isKeptOut = isEveryones || late.size > 1 || late.has(call.request.principalId)
      if (!isKeptOut) return null
      if (trial !== null || !isDue()) return refuse()
      trial = call
      return null
    },
    noteLife() {
      lastLife = clock.monotonic()
      if (failures > 0) close()
    },
    noteEnd(call, outcome, wasSent) {
      if (trial === call) trial = null
      if (outcome?.kind !== 'failed' || outcome.error.code !== 'call_timeout' || !wasSent) return
      if (lastLife >= call.startedAt || call.request.unrecorded === true) return
      late.add(call.request.principalId)
      fail(false)
    },
    noteFailure: () => fail(true),
  }
}
