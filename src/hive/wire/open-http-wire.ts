/** Streamable HTTP: each message is a POST, and what comes back is one message or a stream of them. */
import type { OutboundResponse } from '../../system/outbound.ts'
import { isEventStream, isOk, openHttpPlace, parseMessage, readEvents, readText } from './http-place.ts'
import { NOT_THERE, type OpenWire } from './wire.ts'

const SESSION_ID = /^[\x21-\x7e]{1,1024}$/

export function createHttpOpener(url: string, readToken: () => Promise<string | null>): OpenWire {
  return async (handlers, signal) => {
    const place = await openHttpPlace(url, await readToken())
    const closing = new AbortController()
    const lasting = AbortSignal.any([closing.signal, signal])
    let session: string | null = null
    let isOpen = false

    const take = async (answer: OutboundResponse) => {
      if (isEventStream(answer)) {
        readEvents(
          answer,
          ({ event, data }) => {
            const message = event === 'message' ? parseMessage(data) : null
            if (message !== null) handlers.onMessage(message)
          },
          () => {},
        )
        return
      }
      const message = parseMessage(await readText(answer))
      if (message !== null) handlers.onMessage(message)
    }
    return {
      async send(message) {
        const answer = await place.request('POST', place.url, {
          headers: {
            'content-type': 'application/json',
            accept: 'application/json, text/event-stream',
            ...(session === null ? {} : { 'mcp-session-id': session }),
          },
          body: JSON.stringify(message),
          signal: lasting,
        })
        if (!isOk(answer)) {
          answer.body.resume()
          if (!isOpen) throw new Error(`${NOT_THERE} (status ${answer.status})`)
          // The session went with a restart: a new one is opened over a new wire.
          if (answer.status === 404) handlers.onEnd('ended the session')
          throw new Error(`refuses messages (status ${answer.status})`)
        }
        isOpen = true
        const given = answer.headers['mcp-session-id']
        if (typeof given === 'string' && SESSION_ID.test(given)) session = given
        // What comes is told by `onMessage`; a break of it is a missing answer.
        take(answer).catch((error: unknown) => handlers.onEnd(String(error)))
      },
      close: () => closing.abort(),
    }
  }
}
