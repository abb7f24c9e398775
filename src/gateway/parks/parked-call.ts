/**
 * One call of a client of 2026-07-28 at a server of an earlier revision that asks back. The server's questions end the
 * client's request with `input_required`; its call goes on, and the client's retry brings the answers and waits on
 * (R70–R74). Somebody visits the call while a request waits for it; between two visits it is parked.
 */
import type { Clock } from '../../domain/clock.ts'
import { AppError } from '../../domain/error.ts'
import type { Json, JsonObject } from '../../domain/json.ts'
import type { CapabilityClass } from '../../domain/process-key.ts'
import type { ServerRequest } from '../../domain/server-request.ts'
import type { Outcome, LaneTicket } from '../call.ts'
import { INTERNAL_ERROR } from '../fault.ts'
import { digest } from './digest-request.ts'
import { buildInputRequest, type InputRequest } from './input-request.ts'
import { parseInputResponse } from './input-response.ts'

/** A server seldom asks for more than one thing at once; what it asks beyond this it has to ask again. */
const MAX_OPEN = 32
/** They go to the client in one message, and are kept for a restart. Characters. */
const MAX_ASKED = 4 * 1024 * 1024

/** The server did not wait for its client, and its answer came when there was no room for it. */
const NOT_KEPT: Outcome = {
  kind: 'failed',
  error: new AppError(
    'answer_lost',
    'The server answered before its client did, and too much waits already.',
  ),
}

/** One request of the client that waits for the call. */
export type Visit = {
  /** Declared by this request: nothing else may be asked of it (R72). */
  readonly capabilities: CapabilityClass
  readonly onAsk: (requests: Readonly<Record<string, InputRequest>>, state: string) => void
  readonly onDone: (outcome: Outcome) => void
  /** Progress and log messages of the call. */
  readonly onTold: (method: string, params: JsonObject) => void
}

/** Key → answer, as the client sent it. */
export type Answers = JsonObject

export type Question = {
  readonly push: ServerRequest
  readonly request: InputRequest
  readonly digest: string
}

export interface ParkedCall {
  /** Of the one state that continues it; null while somebody visits. */
  readonly serial: string | null
  /** Its process is gone, and nothing of it will come any more. */
  readonly lost: boolean
  /** Characters of the answer that came without waiting for its client; 0: it goes on, in its process. */
  readonly kept: number
  /** Questions without an answer, by key. */
  readonly open: ReadonlyMap<string, Question>
  /** Keys given so far. */
  readonly count: number
  /** To be called at once with the way to end the call at the server. */
  hold(ticket: LaneTicket): void
  /** The key of an answer whose shape does not fit its question; null when all fit. Unknown keys are ignored. */
  findMalformed(answers: Answers): string | null
  /** The client is back. What it did not answer is asked again. */
  resume(visit: Visit, answers: Answers): void
  /** The visitor went away before its answer: that cancels the call (R63). Parked, it stays. */
  leave(visit: Visit): void
  take(push: ServerRequest): void
  /** A question that an earlier daemon put to the client. */
  recall(key: string, question: Question): void
  settle(outcome: Outcome): void
  /** A notification for whoever visits; dropped while nobody does. */
  tell(method: string, params: JsonObject): void
  /** Forgets it; the server is told that the call is cancelled. */
  cancel(reason: string): void
  /** Forgets it here and leaves it as it is at the server, for the next daemon. */
  abandon(): void
}

export type ParkedCallDeps = {
  readonly clock: Clock
  readonly quietMs: number
  readonly parkMs: number
  /** Null when there is room for one more parked call; otherwise what its client is told. */
  readonly refuse: () => AppError | null
  /** An answer of so many characters may be kept for a client that has to come back for it. */
  readonly hasRoom: (characters: number) => boolean
  readonly createSerial: () => string
  readonly renderState: (call: ParkedCall) => string
  /** What would be needed to finish it after a restart is another than before. */
  readonly save: (call: ParkedCall) => void
  /** Nothing is to be kept for a restart. */
  readonly unsave: () => void
  /** Its client takes its time now, and its process with it. */
  readonly onParked: () => void
  /** It is over for everybody. */
  readonly onOver: () => void
}

/** What an earlier daemon knew of a call: it begins parked. */
export type Restored = {
  readonly serial: string
  readonly count: number
  readonly leftMs: number
  /** Its process is gone as well. */
  readonly lost: boolean
}

/** @param known answers to equal questions, by digest: for a call that is made a second time. */
export function createParkedCall(
  first: Visit | null,
  deps: ParkedCallDeps,
  known: Map<string, Json> = new Map(),
  restored: Restored | null = null,
): ParkedCall {
  const { clock } = deps
  const open = new Map<string, Question>()
  let visit: Visit | null = first
  let capabilities = first?.capabilities ?? ''
  let serial = restored?.serial ?? null
  let count = restored?.count ?? 0
  let ticket: LaneTicket | null = null
  let lost = restored?.lost ?? false
  /** Came while nobody visited. */
  let ended: Outcome | null = null
  let kept = 0
  let over = false
  let stopQuiet = () => {}
  let stopExpiry = () => {}

  const refuseOpen = (message: string) => {
    const questions = [...open.values()]
    open.clear()
    for (const { push } of questions) push.refuse({ code: INTERNAL_ERROR, message })
  }

  const finish = (message: string) => {
    over = true
    visit = null
    serial = null
    stopQuiet()
    stopExpiry()
    refuseOpen(message)
    deps.unsave()
    deps.onOver()
  }

  const armQuiet = () => {
    stopQuiet()
    if (visit !== null) stopQuiet = clock.after(deps.quietMs, ask)
  }

  const armExpiry = (milliseconds: number) => {
    stopExpiry = clock.after(milliseconds, () => call.cancel('the client did not answer in time'))
  }

  const put = (key: string, question: Question) => {
    open.set(key, question)
    question.push.onCancelled(() => {
      if (open.delete(key) && serial !== null && !over) deps.save(call)
    })
  }

  const ask = () => {
    if (visit === null || open.size === 0) return
    const to = visit
    const refusal = deps.refuse()
    if (refusal !== null) {
      call.cancel(refusal.message)
      return to.onDone({ kind: 'failed', error: refusal })
    }
    visit = null
    serial = deps.createSerial()
    armExpiry(deps.parkMs)
    deps.save(call)
    to.onAsk(
      Object.fromEntries([...open].map(([key, { request }]) => [key, request])),
      deps.renderState(call),
    )
    deps.onParked()
  }

  const call: ParkedCall = {
    get serial() {
      return serial
    },
    get lost() {
      return lost
    },
    get kept() {
      return kept
    },
    get count() {
      return count
    },
    open,
    hold: (given) => void (ticket = given),
    findMalformed(answers) {
      for (const [key, { request }] of open) {
        const answer = Object.hasOwn(answers, key) ? answers[key] : undefined
        if (answer !== undefined && parseInputResponse(request, answer) === null) return key
      }
      return null
    },
    resume(next, answers) {
      stopExpiry()
      deps.unsave()
      visit = next
      ;({ capabilities } = next)
      serial = null
      for (const [key, { push, request }] of open) {
        const result = Object.hasOwn(answers, key) ? parseInputResponse(request, answers[key]) : null
        if (result === null) continue
        open.delete(key)
        push.respond(result)
      }
      if (ended !== null) {
        const outcome = ended
        finish('the call is over')
        next.onDone(outcome)
      } else if (open.size > 0) armQuiet()
    },
    leave(leaving) {
      if (visit === leaving) call.cancel('the client went away')
    },
    take(push) {
      if (over) return push.refuse({ code: INTERNAL_ERROR, message: 'the call is over' })
      const built = buildInputRequest(push.method, push.params, capabilities)
      if (built.kind === 'refuse') return push.refuse(built.error)
      const asked = digest({ method: built.request.method, params: built.request.params ?? {} })
      const answer = known.get(asked)
      const result = answer === undefined ? null : parseInputResponse(built.request, answer)
      known.delete(asked)
      if (result !== null) return push.respond(result)
      if (open.size >= MAX_OPEN) {
        return push.refuse({ code: INTERNAL_ERROR, message: `${MAX_OPEN} questions wait for the client` })
      }
      const asking = [...open.values()].reduce((sum, each) => sum + JSON.stringify(each.request).length, 0)
      if (asking + JSON.stringify(built.request).length > MAX_ASKED) {
        return push.refuse({ code: INTERNAL_ERROR, message: 'What is asked together is too large' })
      }
      const key = `req_${++count}`
      put(key, { push, request: built.request, digest: asked })
      if (serial !== null) deps.save(call)
      else armQuiet()
    },
    recall: put,
    settle(outcome) {
      if (over) return
      const to = visit
      if (to !== null) {
        finish('the call is over')
        return to.onDone(outcome)
      }
      if (outcome.kind !== 'failed') {
        refuseOpen('the call is over')
        kept = JSON.stringify(outcome).length
        ended = deps.hasRoom(kept) ? outcome : NOT_KEPT
        if (ended === NOT_KEPT) kept = 1
        return deps.unsave()
      }
      if (outcome.error.code !== 'server_stopped_answering') return finish('the call is over')
      // Kept until its time is up: the client learns of it, or has it made again.
      open.clear()
      lost = true
    },
    tell: (method, params) => visit?.onTold(method, params),
    cancel(reason) {
      if (over) return
      const held = ticket
      finish(reason)
      held?.cancel(reason)
    },
    abandon() {
      over = true
      stopQuiet()
      stopExpiry()
      ticket?.release()
    },
  }
  if (restored !== null) armExpiry(restored.leftMs)
  return call
}
