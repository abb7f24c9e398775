/** Calls on one server: those it works on, up to a bound, and those that wait for a place, first come first served. */
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
  hasPlace(): boolean
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

export function createCallQueue(config: GatewayConfig): CallQueue {
  const inFlight = new Set<Call>()
  const queue: Call[] = []
  const hasPlace = () => inFlight.size < config.maxInFlight
  return {
    get waiting() {
      return queue.length
    },
    hasPlace,
    isFull(principalId) {
      if (queue.length >= config.maxQueued) return true
      const mine = queue.filter(({ request }) => request.principalId === principalId)
      return mine.length >= config.maxQueuedPerPrincipal
    },
    wait: (call) => void queue.push(call),
    takeNext: () => (hasPlace() ? queue.shift() : undefined),
    enter(call) {
      call.state = 'in_flight'
      inFlight.add(call)
    },
    settle(call) {
      const at = call.state === 'queued' ? queue.indexOf(call) : -1
      if (at >= 0) queue.splice(at, 1)
      inFlight.delete(call)
      call.state = 'settled'
    },
    listInFlight: () => [...inFlight],
    list: () => [...queue, ...inFlight],
  }
}
