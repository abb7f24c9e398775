/**
 * A call of a client with a session, at a server of 2026-07-28. Where that server answers with questions, the client is
 * asked on the stream of its own request, and the call is made again with what it said, until there is a result.
 */
import type { Clock } from '../../domain/clock.ts'
import type { Json, JsonObject } from '../../domain/json.ts'
import type { CapabilityClass } from '../../domain/process-key.ts'
import type { CallRequest, Outcome, Ticket } from '../call.ts'
import type { LegacyVersion, LogLevel } from '../envelope.ts'
import { INTERNAL_ERROR } from '../fault.ts'
import type { Lane } from '../lane.ts'
import { addEnvelope } from './build-envelope.ts'
import { lowerError, lowerResult } from './lower-result.ts'
import { readInputRequests, type InputRequest } from './read-input-requests.ts'

/** A server that asks for ever is broken; people answer within minutes. */
const MAX_ROUNDS = 10
const ROUND_MS = 10 * 60_000

export type FulfilledClient = {
  readonly version: LegacyVersion
  readonly capabilities: CapabilityClass
  /** Of `buildClientEnvelope`. */
  readonly envelope: JsonObject
  readonly logLevel: LogLevel | null
}

export type FulfilDeps = { readonly clock: Clock; readonly createId: () => string }

export function requestFulfilled(
  lane: Pick<Lane, 'request'>,
  request: CallRequest,
  client: FulfilledClient,
  deps: FulfilDeps,
): Ticket {
  // The stream is the gateway's to use: this server asks nothing by itself, so the call holds no process.
  const { onPush, ...plain } = request
  let ticket: Ticket | null = null
  let stopAsking: ((reason: string) => void) | null = null
  let over = false

  const send = (more: JsonObject, round: number) => {
    let answered = false
    const sent = lane.request({
      ...plain,
      params: addEnvelope({ ...request.params, ...more }, client.envelope, client.logLevel),
      onDone(outcome) {
        answered = true
        ticket = null
        if (!over) take(outcome, round)
      },
    })
    // It may have failed at once, or even asked and been sent again.
    if (!answered) ticket = sent
  }

  const take = (outcome: Outcome, round: number) => {
    if (outcome.kind === 'failed') return finish(outcome)
    if (outcome.kind === 'error') return finish({ kind: 'error', error: lowerError(outcome.error) })
    const { result } = outcome
    if (result['resultType'] !== 'input_required')
      return finish({ kind: 'result', result: lowerResult(request.method, result) })
    const asked = readInputRequests(result['inputRequests'], client, deps.createId)
    if (typeof asked === 'string') return giveUp(asked)
    if (round >= MAX_ROUNDS) return giveUp(`it asked ${MAX_ROUNDS} times without coming to a result`)
    const state = result['requestState']
    const next = (inputResponses: JsonObject) =>
      send(
        {
          ...(asked.length === 0 ? {} : { inputResponses }),
          ...(state === undefined ? {} : { requestState: state }),
        },
        round + 1,
      )
    if (asked.length === 0) next({})
    else if (onPush === undefined) giveUp('it asks for input, and this request has no stream to ask on')
    else ask(asked, onPush, next)
  }

  const ask = (
    asked: readonly InputRequest[],
    push: NonNullable<CallRequest['onPush']>,
    next: (responses: JsonObject) => void,
  ) => {
    const responses: Record<string, Json> = {}
    const cancelled: ((reason: string) => void)[] = []
    let left = asked.length
    let ended = false
    const stop = (reason: string) => {
      if (ended) return
      ended = true
      stopAsking = null
      cancelDeadline()
      for (const listener of cancelled) listener(reason)
    }
    const fail = (why: string) => {
      stop(why)
      if (!over) giveUp(why)
    }
    const cancelDeadline = deps.clock.after(ROUND_MS, () => fail('its question was not answered in time'))
    stopAsking = stop
    for (const { key, method, params } of asked) {
      if (ended) return
      let open = true
      const settle = (task: () => void) => {
        if (!open || ended) return
        open = false
        task()
      }
      push({
        id: key,
        method,
        params,
        respond: (answer) =>
          settle(() => {
            responses[key] = answer
            left--
            if (left > 0) return
            ended = true
            stopAsking = null
            cancelDeadline()
            next(responses)
          }),
        refuse: ({ message }) => settle(() => fail(`the client did not answer ${method}: ${message}`)),
        onCancelled: (listener) => void cancelled.push((reason) => open && listener(reason)),
      })
    }
  }

  const giveUp = (why: string) => {
    const message = `The server did not finish: ${why}.`
    if (request.method !== 'tools/call')
      return finish({ kind: 'error', error: { code: INTERNAL_ERROR, message } })
    finish({ kind: 'result', result: { content: [{ type: 'text', text: message }], isError: true } })
  }

  const finish = (outcome: Outcome) => {
    if (over) return
    over = true
    request.onDone(outcome)
  }

  send({}, 0)
  return {
    cancel(reason) {
      if (over) return
      over = true
      stopAsking?.(reason)
      ticket?.cancel(reason)
    },
  }
}
