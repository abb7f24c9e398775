/**
 * Calls on one server: those it works on, up to a bound, and those that wait for a place. First come first served,
 * but for a caller that has its share of the places, since calls that never end would keep everybody else out, and for
 * calls that wait for the slot: of those that a server may ask something for, one runs at a time. Calls of tools that
 * never asked run beside each other, and beside the one in the slot where that is the same caller's: whoever is asked
 * is then never somebody else.
 */
import { ChurnMap, ChurnSet } from '../domain/churn.ts'
import type { JsonObject } from '../domain/json.ts'
import type { CallTrace } from '../domain/trace-context.ts'
import type { AskHabits } from './ask-habits.ts'
import type { CallRequest } from './call.ts'
import type { GatewayConfig } from './gateway-config.ts'
import type { UpstreamCall } from './ports.ts'

/** The calls that one connection has got, as far as what it asks may be for one of them. */
export type Shift = { slot: Call | null; readonly quiet: Set<Call> }

export type Call = {
  readonly request: CallRequest
  /** As they go to the server, with the trace. */
  readonly params: JsonObject | undefined
  readonly traceId: string | null
  readonly spans: CallTrace | null
  /** Monotonic milliseconds, as are the two below. */
  readonly startedAt: number
  readonly ceiling: number
  /** Without answer or progress. */
  readonly timeoutMs: number
  deadline: number
  /** When it went to the server and when its answer came; 0 before. */
  sentAt: number
  answeredAt: number
  upstream: UpstreamCall | null
  state: 'queued' | 'in_flight' | 'settled'
  /** Null while it waits. */
  shift: Shift | null
}

export interface CallQueue {
  readonly waiting: number
  /** In flight and waiting. */
  readonly load: number
  /** Of the calls that go out now. */
  readonly shift: Shift
  /** Another connection is next: the calls in flight go on, and take no place from those that come. */
  turn(): void
  /** The calls in flight that a question of the server may be for: that in the slot, else all that never asked. */
  listAskable(shift: Shift): readonly Call[]
  /** There is one, and it is not beyond this principal's share; for a call that may be asked something, see above. */
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

export function createCallQueue(config: GatewayConfig, habits: AskHabits): CallQueue {
  const inFlight = new ChurnSet<Call>()
  const queue: Call[] = []
  const held = new ChurnMap<string, number>()
  /** In flight on connections that take no more. */
  const left = new Set<Call>()
  let shift: Shift = { slot: null, quiet: new Set() }

  /** @param ahead those that wait longer: one that wants the slot is not overtaken for ever. */
  const mayBeAsked = (request: CallRequest, ahead: readonly Call[]): boolean => {
    const { slot, quiet } = shift
    const isOfAnother = (call: Call) => call.request.principalId !== request.principalId
    if (!habits.isQuiet(request)) return slot === null && !quiet.values().some(isOfAnother)
    if (slot !== null && isOfAnother(slot)) return false
    return !ahead.some(
      (call) => call.request.onPush !== undefined && isOfAnother(call) && !habits.isQuiet(call.request),
    )
  }
  const hasPlace = (request: CallRequest, ahead: readonly Call[] = queue) =>
    inFlight.size < config.maxInFlight &&
    (held.get(request.principalId) ?? 0) < Math.ceil(config.maxInFlight * SHARE) &&
    (request.onPush === undefined || mayBeAsked(request, ahead))
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
    get shift() {
      return shift
    },
    turn() {
      for (const call of inFlight.values()) left.add(call)
      inFlight.clear()
      held.clear()
      shift = { slot: null, quiet: new Set() }
    },
    listAskable: ({ slot, quiet }) => (slot === null ? [...quiet] : [slot]),
    hasPlace: (request) => hasPlace(request),
    isFull(principalId) {
      if (queue.length >= config.maxQueued) return true
      const mine = queue.filter(({ request }) => request.principalId === principalId)
      return mine.length >= config.maxQueuedPerPrincipal
    },
    wait: (call) => void queue.push(call),
    takeNext() {
      const next = queue.findIndex(({ request }, at) => hasPlace(request, queue.slice(0, at)))
      return next < 0 ? undefined : queue.splice(next, 1)[0]
    },
    enter(call) {
      call.state = 'in_flight'
      call.shift = shift
      inFlight.add(call)
      if (call.request.onPush !== undefined) {
        if (habits.isQuiet(call.request)) shift.quiet.add(call)
        else shift.slot = call
      }
      count(call, 1)
    },
    settle(call) {
      const at = call.state === 'queued' ? queue.indexOf(call) : -1
      if (at >= 0) queue.splice(at, 1)
      if (inFlight.delete(call)) count(call, -1)
      left.delete(call)
      if (call.shift?.slot === call) call.shift.slot = null
      call.shift?.quiet.delete(call)
      call.state = 'settled'
    },
    listInFlight: () => [...inFlight.values(), ...left],
    list: () => [...queue, ...inFlight.values(), ...left],
  }
}
