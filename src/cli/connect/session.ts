/** A session of 2024-11-05 to 2025-11-25 at an endpoint, held for a client that does not know of sessions. */
import { isJsonObject, type JsonObject } from '../../domain/json.ts'
import type { Ending, Endpoint, OnMessage } from './endpoint.ts'
import type { Retry } from './retry.ts'

export type SessionDeps = {
  readonly endpoint: Endpoint
  readonly retry: Retry
  readonly write: (message: JsonObject) => Promise<void>
  readonly note: (text: string) => void
  readonly over: AbortSignal
}

export interface ClientSession {
  send(message: JsonObject, onMessage: OnMessage, signal: AbortSignal): Promise<Ending>
  notify(message: JsonObject): Promise<void>
  /** The client's answer to what a server asked. */
  answer(message: JsonObject): Promise<void>
  end(): Promise<void>
}

const END_MS = 2000
const MAX_RESUMES = 10
/** Sessions opened for the sake of the stream alone, before the client's next request has to show that they are any good. */
const MAX_RENEWALS = 3
const INITIALIZED: JsonObject = { jsonrpc: '2.0', method: 'notifications/initialized' }

export function createSession({ endpoint, retry, write, note, over }: SessionDeps): ClientSession {
  let initialize: JsonObject | null = null
  let id: string | null = null
  let version: string | null = null
  /** The endpoint keeps sessions, and the one it gave is gone: it has to be opened anew before anything else. */
  let lost = false
  let renewing: Promise<void> | null = null
  let standing: AbortController | null = null
  let renewals = 0

  const buildHeaders = (): Record<string, string> => ({
    ...(id === null ? {} : { 'mcp-session-id': id }),
    ...(version === null ? {} : { 'mcp-protocol-version': version }),
  })

  const begin = async (message: JsonObject, onMessage: OnMessage, signal: AbortSignal): Promise<Ending> => {
    initialize = message
    id = null
    version = null
    const ending = await endpoint.post(
      message,
      {},
      async (part) => {
        const result = part['id'] === message['id'] ? part['result'] : undefined
        const negotiated = isJsonObject(result) ? result['protocolVersion'] : undefined
        if (typeof negotiated === 'string') version = negotiated
        await onMessage(part)
      },
      signal,
    )
    const given = ending.kind === 'ended' ? ending.headers['mcp-session-id'] : undefined
    if (typeof given === 'string') {
      id = given
      lost = false
    }
    return ending
  }

  /** Once for everybody who found it gone. */
  const renew = (): Promise<void> => {
    renewing ??= (async () => {
      if (initialize === null) return
      lost = true
      note('the endpoint lost the session; opening another one')
      await begin(initialize, async () => {}, over)
      if (lost) return
      await endpoint.post(INITIALIZED, buildHeaders(), async () => {}, over)
      listen()
    })().finally(() => {
      renewing = null
    })
    return renewing
  }

  /** With the session in force; a lost one is opened again, once. */
  const withSession = async (post: () => Promise<Ending>): Promise<Ending> => {
    if (lost) await renew()
    else await renewing
    const used = id
    const ending = await post()
    if (ending.kind !== 'refused' || ending.status !== 404 || used === null) return ending
    if (id === used) await renew()
    return post()
  }

  /** The stream for what a server says by itself; it goes on where it was cut, and stops where there is none. */
  const listen = () => {
    standing?.abort()
    const own = new AbortController()
    standing = own
    const signal = AbortSignal.any([own.signal, over])
    const loop = async () => {
      let eventId: string | null = null
      let wasThere = false
      for (let attempt = 0; !signal.aborted;) {
        const last: Record<string, string> = eventId === null ? {} : { 'last-event-id': eventId }
        const begun = { heard: false }
        const onMessage = async (message: JsonObject) => {
          begun.heard = true
          await write(message)
        }
        const ending: Ending = await endpoint.listen({ ...buildHeaders(), ...last }, onMessage, signal)
        if (signal.aborted) return
        // Some say 404 for a stream that they do not have: only one that was there tells of a session that is gone.
        if (ending.kind === 'refused' && ending.status === 404 && id !== null && wasThere) {
          if (++renewals <= MAX_RENEWALS) void renew()
          return
        }
        if (ending.kind === 'refused' && ending.status < 500) return
        if ((ending.kind === 'ended' || ending.kind === 'broken') && ending.eventId !== null)
          eventId = ending.eventId
        wasThere ||= ending.kind !== 'refused' && ending.kind !== 'unreachable'
        attempt = begun.heard ? 1 : attempt + 1
        if (!(await retry.pause(attempt))) return
      }
    }
    loop().catch((error: unknown) => note(`the stream of server messages ended: ${String(error)}`))
  }

  /** The rest of an answer whose stream was cut: the call itself goes on meanwhile. */
  const resume = async (
    cut: Ending,
    isAnswered: () => boolean,
    onMessage: OnMessage,
    signal: AbortSignal,
  ) => {
    let ending = cut
    for (let attempt = 1; !isAnswered() && !signal.aborted; attempt++) {
      if (ending.kind !== 'ended' && ending.kind !== 'broken' && ending.kind !== 'unreachable') return ending
      const eventId: string | null = 'eventId' in ending ? ending.eventId : null
      const from: string | null = eventId ?? ('eventId' in cut ? cut.eventId : null)
      if (from === null || attempt > MAX_RESUMES || !(await retry.pause(attempt))) return ending
      ending = await endpoint.listen({ ...buildHeaders(), 'last-event-id': from }, onMessage, signal)
    }
    return ending
  }

  const post = (message: JsonObject) =>
    withSession(() => endpoint.post(message, buildHeaders(), async (part) => write(part), over))

  return {
    async send(message, onMessage, signal) {
      if (message['method'] === 'initialize') return begin(message, onMessage, signal)
      let answered = false
      const watch = async (part: JsonObject) => {
        if (part['method'] === undefined && part['id'] === message['id']) answered = true
        await onMessage(part)
      }
      const ending = await withSession(() => endpoint.post(message, buildHeaders(), watch, signal))
      if (ending.kind === 'ended') renewals = 0
      return resume(ending, () => answered, watch, signal)
    },
    async notify(message) {
      let taken = false
      const send = async () => {
        const ending = await post(message)
        taken = ending.kind === 'ended' || ending.kind === 'broken'
        return ending
      }
      const ending = await retry.until(() => taken, send, message)
      if (ending.kind === 'refused')
        note(`${JSON.stringify(message['method'])} was refused: ${ending.error.message}`)
      if (message['method'] === INITIALIZED['method']) listen()
    },
    async answer(message) {
      await post(message)
    },
    async end() {
      standing?.abort()
      if (id !== null) await endpoint.endSession(buildHeaders(), AbortSignal.timeout(END_MS))
    },
  }
}
