/** How many servers the platform starts by itself at once, and how many in a minute: a host that fell must get up. */
import type { Clock } from '../../domain/clock.ts'

export type StartLimits = {
  /** Places to start in. */
  readonly places: number
  /** Restarts a minute, after a burst. */
  readonly perMinute: number
  readonly burst: number
}

type StartKind = 'boot' | 'restart' | 'return'

export interface StartGate {
  /**
   * Begins `go` when there is a place for it; it holds that until what it returns is settled. `boot` is bounded by the
   * places alone, `restart` by its number a minute too, and so is `return`, of one that had served, unless nothing else
   * starts or waits: one that falls alone is no host that fell. The result takes it back while it waits.
   */
  enter(kind: StartKind, go: () => Promise<unknown>): () => void
  /** Nothing that waits begins any more. */
  close(): void
}

type Waiting = { readonly kind: StartKind; readonly go: () => Promise<unknown> }

export function createStartGate(clock: Clock, limits: StartLimits): StartGate {
  const waiting: Waiting[] = []
  let running = 0
  let tokens = limits.burst
  let filledAt = clock.monotonic()
  let cancelTimer: (() => void) | null = null
  let closed = false

  const refill = () => {
    const now = clock.monotonic()
    tokens = Math.min(limits.burst, tokens + ((now - filledAt) / 60_000) * limits.perMinute)
    filledAt = now
  }
  const isAlone = () => running === 0 && waiting.length === 1
  const mayGo = ({ kind }: Waiting) => kind === 'boot' || tokens >= 1 || (kind === 'return' && isAlone())

  const drain = () => {
    if (closed) return
    refill()
    while (running < limits.places) {
      const index = waiting.findIndex(mayGo)
      const [next] = index === -1 ? [] : waiting.splice(index, 1)
      if (next === undefined) break
      begin(next)
    }
    // Nothing else wakes those that wait for the next minute's share.
    if (waiting.length === 0 || running >= limits.places || cancelTimer !== null) return
    const needed = Math.ceil(((1 - tokens) / limits.perMinute) * 60_000)
    cancelTimer = clock.after(Math.max(1, needed), () => {
      cancelTimer = null
      drain()
    })
  }

  const begin = ({ kind, go }: Waiting) => {
    running++
    if (kind !== 'boot') tokens = Math.max(0, tokens - 1)
    void go()
      .catch(() => undefined)
      .then(() => {
        running--
        drain()
      })
  }

  return {
    enter(kind, go) {
      const entry = { kind, go }
      waiting.push(entry)
      drain()
      return () => {
        const index = waiting.indexOf(entry)
        if (index !== -1) waiting.splice(index, 1)
      }
    },
    close() {
      closed = true
      cancelTimer?.()
      waiting.length = 0
    },
  }
}
