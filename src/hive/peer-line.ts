/** The connection to one hAIveMind: kept open, opened again after a while with jitter when it breaks (B12). */
import type { Clock } from '../domain/clock.ts'
import { openSession, type HiveSession } from './session.ts'
import type { OpenWire } from './wire/wire.ts'

/** Of what is asked a second, over all that is asked. */
const PER_SECOND = 10
const FIRST_WAIT_MS = 1_000
const MAX_WAIT_MS = 300_000

export interface PeerLine {
  /** Null: there is none now. Never waits. */
  session(): HiveSession | null
  /** Opens it when it is time to. Never rejects. */
  ensure(): Promise<HiveSession | null>
  /** Resolves when one more request is within the rate. */
  pause(): Promise<void>
  /** This session is of no use any more. */
  drop(session: HiveSession, why: string): void
  readonly problem: string | null
}

export function createPeerLine(deps: {
  readonly openers: readonly OpenWire[]
  readonly clock: Clock
  readonly version: string
  /** In [0, 1). */
  readonly random: () => number
  readonly signal: AbortSignal
}): PeerLine {
  const { openers, clock, version, random, signal } = deps
  let current: HiveSession | null = null
  let failures = 0
  let retryAt = 0
  let problem: string | null = null
  let freeAt = 0

  const fail = (why: string) => {
    problem = why
    retryAt = clock.monotonic() + decideWait(failures++, random)
  }
  const look = () => {
    const ended = current === null ? null : current.ended
    if (ended !== null) {
      fail(ended)
      current = null
    }
    return current
  }
  return {
    session: look,
    get problem() {
      look()
      return problem
    },
    async ensure() {
      if (look() !== null || clock.monotonic() < retryAt || signal.aborted) return current
      try {
        current = await openSession(openers, { clock, version, signal })
        failures = 0
        problem = null
      } catch (error) {
        fail(error instanceof Error ? error.message : String(error))
      }
      return current
    },
    pause() {
      const at = Math.max(freeAt, clock.monotonic())
      freeAt = at + 1000 / PER_SECOND
      const wait = at - clock.monotonic()
      return wait <= 0 ? Promise.resolve() : new Promise((resolve) => void clock.after(wait, resolve))
    },
    drop(session, why) {
      if (session !== current) return
      session.close()
      current = null
      fail(why)
    },
  }
}

/** Half of it is chance, so that those who lost the same hAIveMind do not come back together. */
export function decideWait(failures: number, random: () => number): number {
  const most = Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(failures, 20))
  return most / 2 + (random() * most) / 2
}
