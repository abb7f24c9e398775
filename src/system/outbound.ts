/** The one door for calling out over HTTP. Bodies stream both ways; nothing follows redirects. */
import { request as httpRequestOf, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { request as httpsRequestOf } from 'node:https'
import { lookup } from 'node:dns/promises'
import { connect, type Socket } from 'node:net'
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
  /** An open connection to send it on, for a caller that resolved and judged the address itself. */
  readonly socket?: Socket
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
  const { url, method, headers, body, signal, socket } = outbound
  const open = url.protocol === 'https:' ? httpsRequestOf : httpRequestOf
  return new Promise((resolve, reject) => {
    const request = open(url, {
      method,
      headers,
      ...(signal === undefined ? {} : { signal }),
      ...(socket === undefined ? {} : { createConnection: () => socket }),
    })
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

/** A name with the addresses it had at one moment: what was judged is what is dialled. */
export type ResolvedHost = { readonly host: string; readonly addresses: readonly string[] }

/** Asks the system's resolver, /etc/hosts included, once. Rejects with the system's error (`code` ENOTFOUND …). */
export async function resolveHost(host: string): Promise<ResolvedHost> {
  const found = await lookup(host, { all: true })
  return { host, addresses: found.map(({ address }) => address) }
}

const DIAL_TIMEOUT_MS = 15_000

/** Connects to the first address that answers; never asks for the name again. Rejects with the last error. */
export async function dialResolved(resolved: ResolvedHost, port: number): Promise<Socket> {
  let last: unknown = new Error(`${resolved.host} has no address`)
  for (const address of resolved.addresses) {
    try {
      return await dialAddress(address, port)
    } catch (error) {
      last = error
    }
  }
  throw last
}

function dialAddress(address: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port })
    const fail = (error: Error) => {
      socket.destroy()
      reject(error)
    }
    socket.setTimeout(DIAL_TIMEOUT_MS, () => fail(new Error(`${address}:${port} does not answer`)))
    socket.once('error', fail)
    socket.once('connect', () => {
      socket.setTimeout(0)
      socket.off('error', fail)
      resolve(socket)
    })
  })
}
