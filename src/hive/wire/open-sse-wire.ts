/** HTTP+SSE of 2024-11-05: one stream brings everything down and says first where to POST what goes up. */
import { isEventStream, isOk, openHttpPlace, parseMessage, readEvents } from './http-place.ts'
import { NOT_THERE, type OpenWire } from './wire.ts'

const MAX_ENDPOINT = 2_048

export function createSseOpener(url: string, readToken: () => Promise<string | null>): OpenWire {
  return async (handlers, signal) => {
    const place = await openHttpPlace(url, await readToken())
    const closing = new AbortController()
    const lasting = AbortSignal.any([closing.signal, signal])
    const stream = await place.request('GET', place.url, {
      headers: { accept: 'text/event-stream' },
      signal: lasting,
    })
    if (!isOk(stream) || !isEventStream(stream)) {
      stream.body.destroy()
      throw new Error(`${NOT_THERE} (status ${stream.status})`)
    }
    const where = Promise.withResolvers<URL>()
    readEvents(
      stream,
      ({ event, data }) => {
        if (event === 'endpoint') {
          const target = data.length > MAX_ENDPOINT ? null : URL.parse(data, place.url)
          if (target === null) where.reject(new Error('names no usable endpoint'))
          else where.resolve(target)
          return
        }
        const message = event === 'message' ? parseMessage(data) : null
        if (message !== null) handlers.onMessage(message)
      },
      (why) => {
        where.reject(new Error(why))
        handlers.onEnd(why)
      },
    )
    let target: URL
    try {
      target = await where.promise
      if (target.origin !== place.url.origin) throw new Error('names an endpoint at another place')
    } catch (error) {
      closing.abort()
      throw error
    }
    return {
      async send(message) {
        const answer = await place.request('POST', target, {
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(message),
          signal: lasting,
        })
        answer.body.resume()
        if (!isOk(answer)) throw new Error(`refuses messages (status ${answer.status})`)
      },
      close: () => closing.abort(),
    }
  }
}
