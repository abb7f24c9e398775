/**
 * A client on standard input and output, an MCP endpoint over HTTP. Sessions of the earlier revisions are the bridge's
 * business: a client on a pipe knows none, so one that the endpoint lost is opened again behind its back. Requests of
 * 2026-07-28 stand alone.
 */
import type { Clock } from '../../domain/clock.ts'
import { isJsonObject, type JsonObject } from '../../domain/json.ts'
import type { Ending, Endpoint, RpcError } from './endpoint.ts'
import { createModernSender, isModern } from './modern-sender.ts'
import { createRetry, type Retry } from './retry.ts'
import { createSession } from './session.ts'

export type BridgeDeps = {
  readonly endpoint: Endpoint
  readonly clock: Clock
  /** One message to the client; resolves when there is room for the next one. */
  readonly write: (message: JsonObject) => Promise<void>
  /** For people: what goes on behind the client's back. */
  readonly note: (text: string) => void
}

export interface Bridge {
  /** Messages are sent as they come, each answered when its answer is there. Resolves when it may be followed by more. */
  take(message: JsonObject): Promise<void>
  /** Waits for answers, `graceMs` at most, then ends the session. */
  close(graceMs: number): Promise<void>
}

const INTERNAL_ERROR = -32603
/** Requests under way; the client's next one waits to be read. */
const MAX_IN_FLIGHT = 256

type Id = string | number

export function createBridge(deps: BridgeDeps): Bridge {
  const { endpoint, clock, write, note } = deps
  const over = new AbortController()
  const inFlight = new Map<Id, AbortController>()
  const working = new Set<Promise<void>>()
  let room = () => {}
  const retry: Retry = createRetry(clock, over.signal, note)
  const session = createSession({ endpoint, retry, write, note, over: over.signal })
  const modern = createModernSender(endpoint)

  const refuse = (id: Id, error: RpcError) => write({ jsonrpc: '2.0', id, error })

  /** Sends it until it was taken or refused for good, and hands over its messages, the answer among them. */
  const request = async (message: JsonObject, id: Id, signal: AbortSignal): Promise<void> => {
    let answered = false
    const onMessage = async (part: JsonObject) => {
      if (part['method'] === undefined && part['id'] === id) answered = true
      await write(part)
    }
    const send = isModern(message)
      ? () => modern.send(message, onMessage, signal)
      : () => session.send(message, onMessage, signal)
    const ending = await retry.until(() => answered, send, message)
    if (answered || signal.aborted) return
    await refuse(id, explain(endpoint.url, ending))
  }

  const track = (work: Promise<void>) => {
    const done: Promise<void> = work
      .catch((error: unknown) => note(`a message was lost: ${String(error)}`))
      .finally(() => {
        working.delete(done)
        room()
      })
    working.add(done)
    return done
  }

  return {
    async take(message) {
      const { id, method, params } = message
      if (typeof method !== 'string') return void track(session.answer(message))
      if (id === undefined) {
        const cancelled = method === 'notifications/cancelled' ? readId(params) : null
        const controller = cancelled === null ? undefined : inFlight.get(cancelled)
        // A request of 2026-07-28 is cancelled by going away; the server of an earlier one has to be told.
        if (controller !== undefined && cancelled !== null && modern.owns(cancelled))
          return controller.abort()
        // What follows it must not overtake it: a server may refuse requests before `initialized`.
        return track(isModern(message) ? modern.notify(message, over.signal) : session.notify(message))
      }
      if (!isId(id))
        return write({
          jsonrpc: '2.0',
          error: { code: -32600, message: 'The id must be a string or an integer.' },
        })
      const controller = new AbortController()
      inFlight.set(id, controller)
      if (isModern(message)) modern.own(id)
      const signal = AbortSignal.any([controller.signal, over.signal])
      const done = track(
        request(message, id, signal).finally(() => {
          modern.disown(id)
          inFlight.delete(id)
        }),
      )
      // Everything else depends on it.
      if (method === 'initialize') return done
      while (working.size >= MAX_IN_FLIGHT && !over.signal.aborted) {
        await new Promise<void>((resolve) => {
          room = resolve
        })
      }
    },
    async close(graceMs) {
      const stop = clock.after(graceMs, () => over.abort())
      while (working.size > 0 && !over.signal.aborted) await Promise.all(working)
      stop()
      over.abort()
      await Promise.all(working)
      await session.end()
    },
  }
}

function explain(url: URL, ending: Ending): RpcError {
  if (ending.kind === 'refused') return ending.error
  const why =
    ending.kind === 'unreachable'
      ? `${url.host} does not answer (${ending.reason}).`
      : ending.kind === 'broken'
        ? `The connection to ${url.host} broke before the answer came (${ending.reason}); it may have been carried out.`
        : `${url.host} ended its answer before it was whole; it may have been carried out.`
  return { code: INTERNAL_ERROR, message: why, data: { code: 'daemon_unreachable' } }
}

function isId(value: unknown): value is Id {
  return typeof value === 'string' || Number.isSafeInteger(value)
}

function readId(params: unknown): Id | null {
  const id = isJsonObject(params) ? params['requestId'] : undefined
  return isId(id) ? id : null
}
