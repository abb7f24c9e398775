/**
 * What streams said, kept for a while in memory, so that a client that lost one can have it again (R107). Bounded for
 * each session in events, bytes and age, and for all of them together: then whoever holds most loses first.
 */
import type { Clock } from '../domain/clock.ts'

export type ReplayLimits = {
  readonly maxReplayEvents: number
  readonly maxReplayBytes: number
  readonly maxReplayBytesInAll: number
  readonly replayMs: number
}

type Kept = { readonly stream: number; readonly sequence: number; readonly text: string; readonly at: number }

export type Missed = {
  readonly texts: readonly string[]
  /** Of the stream's last event. */
  readonly latest: number
}

/** Of one session. */
export interface Ring {
  add(stream: number, sequence: number, text: string): void
  /** What is kept of a stream beyond one event, oldest first; null where nothing of the stream is kept. */
  after(stream: number, sequence: number): Missed | null
  clear(): void
}

export interface Replay {
  readonly createRing: (principalId: string) => Ring
  /** Bytes held, for all or for one principal. */
  size(principalId?: string): number
}

const SWEEP_MS = 60_000

export function createReplay(limits: ReplayLimits, clock: Clock): Replay {
  /** Rings that hold something, by principal. */
  const holders = new Map<string, Set<KeptEvents>>()
  let total = 0
  let sweeping = false

  const sizeOf = (rings: Iterable<KeptEvents>) => {
    let bytes = 0
    for (const ring of rings) bytes += ring.bytes
    return bytes
  }

  const onResized = (ring: KeptEvents, bytes: number) => {
    total += bytes
    const mine = holders.get(ring.principalId) ?? new Set()
    if (ring.bytes > 0) holders.set(ring.principalId, mine.add(ring))
    else if (mine.delete(ring) && mine.size === 0) holders.delete(ring.principalId)
  }

  /** Half of the greatest ring at a time, so that a full store does not search for each event. */
  const shrink = () => {
    while (total > limits.maxReplayBytesInAll) {
      const rings = [...holders.values()].reduce((most, other) =>
        sizeOf(other) > sizeOf(most) ? other : most,
      )
      const greatest = [...rings].reduce((most, other) => (other.bytes > most.bytes ? other : most))
      greatest.halve()
    }
  }

  const sweep = () => {
    if (sweeping) return
    sweeping = true
    clock.after(SWEEP_MS, () => {
      sweeping = false
      for (const rings of holders.values()) for (const ring of rings) ring.expire(clock.monotonic())
      if (holders.size > 0) sweep()
    })
  }

  return {
    createRing(principalId) {
      const ring = new KeptEvents(principalId, limits, onResized)
      return {
        add(stream, sequence, text) {
          ring.add({ stream, sequence, text, at: clock.monotonic() })
          shrink()
          sweep()
        },
        after(stream, sequence) {
          ring.expire(clock.monotonic())
          return ring.after(stream, sequence)
        },
        clear: () => ring.drop(ring.length),
      }
    },
    size: (principalId) => (principalId === undefined ? total : sizeOf(holders.get(principalId) ?? [])),
  }
}

class KeptEvents {
  readonly principalId: string
  bytes = 0
  readonly #limits: ReplayLimits
  readonly #onResized: (ring: KeptEvents, bytes: number) => void
  readonly #events: Kept[] = []

  constructor(
    principalId: string,
    limits: ReplayLimits,
    onResized: (ring: KeptEvents, bytes: number) => void,
  ) {
    this.principalId = principalId
    this.#limits = limits
    this.#onResized = onResized
  }

  get length(): number {
    return this.#events.length
  }

  add(event: Kept): void {
    this.#events.push(event)
    this.#resize(sizeOf(event))
    let beyond = Math.max(0, this.#events.length - this.#limits.maxReplayEvents)
    let left = this.bytes
    for (const { text } of this.#events.slice(0, beyond)) left -= sizeOf({ text })
    while (left > this.#limits.maxReplayBytes) left -= sizeOf(this.#events[beyond++] as Kept)
    this.drop(beyond)
    this.expire(event.at)
  }

  after(stream: number, sequence: number): Missed | null {
    const kept = this.#events.filter((event) => event.stream === stream)
    const latest = kept.at(-1)?.sequence
    if (latest === undefined) return null
    return { texts: kept.filter((event) => event.sequence > sequence).map(({ text }) => text), latest }
  }

  expire(now: number): void {
    const first = this.#events.findIndex(({ at }) => now - at <= this.#limits.replayMs)
    this.drop(first < 0 ? this.#events.length : first)
  }

  halve(): void {
    this.drop(Math.ceil(this.#events.length / 2))
  }

  drop(count: number): void {
    if (count === 0) return
    const bytes = this.#events.splice(0, count).reduce((sum, event) => sum + sizeOf(event), 0)
    this.#resize(-bytes)
  }

  #resize(bytes: number): void {
    this.bytes += bytes
    this.#onResized(this, bytes)
  }
}

/** As V8 holds it: a byte a character where all are Latin-1, two otherwise; the latter is what is counted. */
function sizeOf({ text }: Pick<Kept, 'text'>): number {
  return text.length * 2
}
