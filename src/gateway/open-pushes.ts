/**
 * What the server of one process asks and nobody has answered yet. A push on a pipe that many share names no caller,
 * so it goes to the one call that it can be for; where a process has a single client, to that client. None stays
 * without an answer (R134): when its call ends, or its time, the server is told so, and likewise when it may be for
 * several callers, none of whom shall be asked for another.
 */
import type { Clock } from '../domain/clock.ts'
import type { JsonObject } from '../domain/json.ts'
import type { ServerRequest } from '../domain/server-request.ts'
import type { AskHabits } from './ask-habits.ts'
import type { Call, CallQueue, Shift } from './call-queue.ts'
import { INTERNAL_ERROR, METHOD_NOT_FOUND } from './fault.ts'
import type { GatewayConfig } from './gateway-config.ts'

export type PushListener = (push: ServerRequest) => boolean

export interface OpenPushes {
  /** False: nobody takes it. @param shift the calls that its connection has got */
  take(push: ServerRequest, shift: Shift): boolean
  /** Takes those of no call. A listener takes one by returning true. */
  onOutside(listener: PushListener): void
  /** The call has ended: what was asked for it needs no answer of its client any more. */
  end(call: Call): void
  /** Nobody will answer those of no call any more. */
  close(): void
}

/** `owner`: the call that it was asked for; null for one of no call. */
type Open = { readonly owner: Call | null; readonly end: (why: string) => void }

const ENDED = 'The call that this was asked for has ended'
const NOT_TAKEN = { code: METHOD_NOT_FOUND, message: 'The client takes no such request here' }
const SEVERAL = 'Several calls are in flight that this may be for; call the tool again'
const CLOSED = 'The client is gone'
const LATE = 'The client did not answer in time'

/** What a session's own process asks before the session is there. */
const MAX_EARLY = 16

/** @param keepsEarly what comes before there is a listener for those of no call waits for the first. */
export function createOpenPushes(
  calls: Pick<CallQueue, 'listAskable' | 'listInFlight' | 'shift'>,
  habits: Pick<AskHabits, 'asked'>,
  clock: Clock,
  config: Pick<GatewayConfig, 'parkMs'>,
  keepsEarly = false,
): OpenPushes {
  const outside: PushListener[] = []
  const early: ServerRequest[] = []
  const open = new Map<ServerRequest, Open>()

  /** While a client is asked, the call is not late: people take their time. Afterwards it has its usual time again. */
  const giveTime = (owner: Call | null, milliseconds: number | null) => {
    for (const call of owner === null ? calls.listInFlight() : [owner]) {
      call.deadline = Math.min(clock.monotonic() + (milliseconds ?? call.timeoutMs), call.ceiling)
    }
  }
  const isAsked = (owner: Call | null) => open.values().some((each) => each.owner === owner)

  /** The push as its taker sees it: it knows by itself when it is answered. `drop` forgets it unanswered. */
  const track = (push: ServerRequest, owner: Call | null) => {
    let onCancelled = (_reason: string) => {}
    const drop = () => {
      stopWaiting()
      if (open.delete(tracked) && !isAsked(owner)) giveTime(owner, null)
    }
    const tracked: ServerRequest = {
      id: push.id,
      method: push.method,
      params: push.params,
      respond(result: JsonObject) {
        drop()
        push.respond(result)
      },
      refuse(error) {
        drop()
        push.refuse(error)
      },
      onCancelled: (listener) => void (onCancelled = listener),
    }
    const end = (why: string) => {
      tracked.refuse({ code: INTERNAL_ERROR, message: why })
      onCancelled(why)
    }
    push.onCancelled((reason) => {
      drop()
      onCancelled(reason)
    })
    // The one of a call ends with the call's deadline.
    const stopWaiting = owner === null ? clock.after(config.parkMs, () => end(LATE)) : () => {}
    open.set(tracked, { owner, end })
    giveTime(owner, config.parkMs)
    return { tracked, drop }
  }

  const take = (push: ServerRequest, shift: Shift): boolean => {
    const askable = calls.listAskable(shift)
    for (const { request } of askable) habits.asked(request)
    if (askable.length > 1) {
      push.refuse({ code: INTERNAL_ERROR, message: SEVERAL })
      return true
    }
    const owner = askable[0] ?? null
    if (owner === null && outside.length === 0) {
      return keepsEarly && early.length < MAX_EARLY && early.push(push) > 0
    }
    const { tracked, drop } = track(push, owner)
    if (owner === null) {
      const isTaken = outside.some((listener) => listener(tracked))
      if (!isTaken) drop()
      return isTaken
    }
    owner.request.onPush?.(tracked)
    return true
  }

  return {
    take,
    onOutside(listener) {
      outside.push(listener)
      for (const push of early.splice(0)) if (!take(push, calls.shift)) push.refuse(NOT_TAKEN)
    },
    end(call) {
      if (open.size === 0) return
      for (const { owner, end } of open.values()) if (owner === call) end(ENDED)
    },
    close() {
      for (const push of early.splice(0)) push.refuse(NOT_TAKEN)
      for (const { owner, end } of open.values()) if (owner === null) end(CLOSED)
    },
  }
}
