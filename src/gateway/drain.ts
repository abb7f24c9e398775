/** Before the platform ends: nothing new begins, and what is under way gets a while to end. */
import type { Clock } from '../domain/clock.ts'
import { AppError } from '../domain/error.ts'
import { isJsonObject, type Json } from '../domain/json.ts'

export interface Drain {
  /** Is it work that may not begin any more? Answers of clients and notifications help what is under way to end. */
  refuses(body: unknown): boolean
  /** From now on; resolves when nothing is under way, at the latest after `ms`. */
  begin(ms: number): Promise<void>
}

const LOOK_MS = 20
/** By then the next platform serves, or nobody does. */
export const DRAIN_HEADERS = { 'Retry-After': '5', Connection: 'close' } as const

export const buildDraining = () => new AppError('not_ready', 'The platform is stopping.')

/** @param countCalls under way and waiting, in all lanes */
export function createDrain(clock: Clock, countCalls: () => number): Drain {
  let isDraining = false
  return {
    refuses: (body) => isDraining && asksForWork(body as Json),
    async begin(ms) {
      isDraining = true
      const end = clock.monotonic() + ms
      while (countCalls() > 0 && clock.monotonic() < end) {
        await new Promise<void>((resolve) => void clock.after(LOOK_MS, resolve))
      }
    },
  }
}

/** A request has a method and an id (JSON-RPC 2.0, 4); a batch is one where any of its messages is. */
function asksForWork(body: Json): boolean {
  if (Array.isArray(body)) return body.some(asksForWork)
  return isJsonObject(body) && 'method' in body && 'id' in body
}
