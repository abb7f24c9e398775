/** The one door for calling out over HTTP. Bodies stream both ways; nothing follows redirects. */
import { request as httpRequestOf, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { request as httpsRequestOf } from 'node:https'
import { pipeline } from 'node:stream'
import type { Readable } from 'node:stream'

export type OutboundRequest = {
  readonly url: URL
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  /** A stream is sent as it comes and needs its own content-length header, else it goes chunked. */
  readonly body?: string | Uint8Array | Readable
  /** Ends the request and the response's stream. */
  readonly signal?: AbortSignal
}

export type OutboundResponse = {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** Must be read to its end or destroyed. */
  readonly body: IncomingMessage
}

/**
 * Resolves with the status and headers; rejects with the system's error (`code` ECONNREFUSED and the like).
 * An answer that comes before the body is sent wins: a server may refuse early and close.
 */
export function httpRequest(outbound: OutboundRequest): Promise<OutboundResponse> {
  const { url, method, headers, body, signal } = outbound
  const open = url.protocol === 'https:' ? httpsRequestOf : httpRequestOf
  return new Promise((resolve, reject) => {
    const request = open(url, { method, headers, ...(signal === undefined ? {} : { signal }) })
    request.once('response', (response) => {
      // Without a listener a later reset of the connection would end the process instead of the reader.
      response.on('error', () => {})
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: response })
    })
    request.on('error', reject)
    if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) request.end(body)
    else {
      pipeline(body, request, (error) => {
        if (error) reject(error)
      })
    }
  })
}
