/**
 * Calls on one server: those it works on, up to a bound, and those that wait for a place. First come first served,
 * but for a caller that has its share of the places, since calls that never end would keep everybody else out, and for
 * calls that wait for the slot: of those that a server may ask something for, one runs at a time.
 */
import { ChurnMap, ChurnSet } from '../domain/churn.ts'
import type { CallRequest } from './call.ts'
import type { GatewayConfig } from './gateway-config.ts'
import type { UpstreamCall } from './ports.ts'

export type Call = {
  readonly request: CallRequest
  /** Monotonic milliseconds, as are the two below. */
  readonly startedAt: number
  readonly ceiling: number
  deadline: number
  upstream: UpstreamCall | null
  state: 'queued' | 'in_flight' | 'settled'
}

export interface CallQueue {
  readonly waiting: number
  /** In flight and waiting. */
  readonly load: number
  /** The one call in flight that its server may ask something for; null where there is none. */
  readonly slot: Call | null
  /** There is one, and it is not beyond this principal's share; for a call that wants the slot, it is free. */
  hasPlace(request: CallRequest): boolean
  /** The whole queue is full, or this principal's share of it. */
  isFull(principalId: string): boolean
  wait(call: Call): void
  /** The next one, if there is a place for it. */
  takeNext(): Call | undefined
  enter(call: Call): void
  settle(call: Call): void
  listInFlight(): readonly Call[]
  /** Waiting ones first. */
  list(): readonly Call[]
}

/** Of the places, for one principal; rounded up, so that a single place is everybody's. */
const SHARE = 0.75

export function createCallQueue(config: GatewayConfig): CallQueue {
  const inFlight = new ChurnSet<Call>()
  const queue: Call[] = []
  const share = Math.ceil(config.maxInFlight * SHARE)
  const held = new ChurnMap<string, number>()
  let slot: Call | null = null
  const hasPlace = ({ principalId, onPush }: CallRequest) =>
    inFlight.size < config.maxInFlight &&
    (held.get(principalId) ?? 0) < share &&
    (slot === null || onPush === undefined)
  const count = ({ request: { principalId } }: Call, change: 1 | -1) => {
    const left = (held.get(principalId) ?? 0) + change
    if (left === 0) held.delete(principalId)
    else held.set(principalId, left)
  }
  return {
    get waiting() {
      return queue.length
    },
    get load() {
      return queue.length + inFlight.size
    },
    get slot() {
      return slot
    },
    hasPlace,
    isFull(principalId) {
      if (queue.length >= config.maxQueued) return true
      const mine = queue.filter(({ request }) => request.principalId === principalId)
      return mine.length >= config.maxQueuedPerPrincipal
    },
    wait: (call) => void queue.push(call),
    takeNext() {
      const next = queue.findIndex(({ request }) => hasPlace(request))
      return next < 0 ? undefined : queue.splice(next, 1)[0]
    },
    enter(call) {
      call.state = 'in_flight'
      inFlight.add(call)
      if (call.request.onPush !== undefined) slot = call
      count(call, 1)
    },
    settle(call) {
      const at = call.state === 'queued' ? queue.indexOf(call) : -1
      if (at >= 0) queue.splice(at, 1)
      if (inFlight.delete(call)) count(call, -1)
      if (slot === call) slot = null
      call.state = 'settled'
    },
    listInFlight: () => inFlight.values(),
    list: () => [...queue, ...inFlight.values()],
  }
}
