/** The one door for calling out over HTTP. Bodies stream both ways; nothing follows redirects. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { lookup } from 'node:dns/promises'
import { connect, isIP, type LookupFunction, type Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { pipeline } from 'node:stream'
import type { Duplex, Readable } from 'node:stream'
import { normalizeAddress } from '../domain/address-rules.ts'

// An import of node:http names Node's fetch too, which is loaded for it: a tenth of what a short command takes.
const { Agent, request: httpRequestOf } = process.getBuiltinModule('node:http')
const { request: httpsRequestOf } = process.getBuiltinModule('node:https')

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
  /** Whose connections it goes over. */
  readonly pool?: ConnectionPool
  /** Dialled instead of asking for the host's name again; an answer from any other address is refused. */
  readonly addresses?: readonly string[]
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
  const { url, method, headers, body, signal, socket, pool, addresses } = outbound
  const open = url.protocol === 'https:' ? httpsRequestOf : httpRequestOf
  return new Promise((resolve, reject) => {
    const request = open(url, {
      method,
      headers,
      ...(signal === undefined ? {} : { signal }),
      ...(socket === undefined ? {} : { createConnection: () => socket }),
      ...(pool === undefined ? {} : { agent: pool }),
      // A connection of its own: one from a pool was dialled for another judgement.
      ...(addresses === undefined ? {} : { agent: false, lookup: answerWith(addresses) }),
    })
    if (addresses !== undefined) request.once('socket', (dialled) => holdPeer(dialled, addresses))
    request.once('response', (response) => {
      // Without a listener a later reset of the connection would end the process instead of the reader.
      response.on('error', () => {})
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: response })
    })
    // Nobody asked for another protocol. Unheard, it would leave the caller waiting.
    request.once('upgrade', (_response, switched) => {
      switched.destroy()
      reject(new Error('it switched to another protocol'))
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

/** How long a connection that nobody uses is kept: shorter than any server keeps it, which would close it meanwhile. */
const SPARE_MS = 2000

/** Connections that somebody else makes, shared by requests: at most `max` at once, further requests wait. */
export class ConnectionPool extends Agent {
  readonly #open: () => Promise<Duplex>

  constructor(open: () => Promise<Duplex>, max: number) {
    super({ keepAlive: true, maxSockets: max, maxFreeSockets: 4, timeout: SPARE_MS })
    this.#open = open
  }

  override createConnection(
    _options: object,
    done?: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    void this.#connect(done ?? (() => {}))
  }

  async #connect(done: (error: Error | null, stream: Duplex) => void): Promise<void> {
    let socket: Duplex
    try {
      socket = await this.#open()
    } catch (error) {
      // With an error Node reads no stream.
      done(error instanceof Error ? error : new Error(String(error)), undefined as unknown as Duplex)
      return
    }
    done(null, socket)
  }
}

/** As `dns.lookup` is called by node:net; TLS still checks the name itself. */
function answerWith(addresses: readonly string[]): LookupFunction {
  const found = addresses.map((address) => ({ address, family: isIP(address) }))
  return (_host, options, done) => {
    const [first] = found
    if (first === undefined) done(new Error('no address'), '', 0)
    else if (options.all === true) done(null, [...found])
    else done(null, first.address, first.family)
  }
}

/** Before a byte is sent or, with TLS, a certificate is looked at. */
function holdPeer(socket: Socket, addresses: readonly string[]): void {
  const judged = new Set(addresses.map(normalizeAddress))
  socket.once('connect', () => {
    const peer = socket.remoteAddress
    if (peer !== undefined && judged.has(normalizeAddress(peer))) return
    socket.destroy(new Error(`connected to ${peer ?? 'nobody'}, which was not judged`))
  })
}

/** A name with the addresses it had at one moment: what was judged is what is dialled. */
export type ResolvedHost = { readonly host: string; readonly addresses: readonly string[] }

/** Asks the system's resolver, /etc/hosts included, once. Rejects with the system's error (`code` ENOTFOUND …). */
export async function resolveHost(host: string): Promise<ResolvedHost> {
  const found = await lookup(host, { all: true })
  return { host, addresses: found.map(({ address }) => address) }
}

/** This machine's own, public ones included: what listens there may trust whoever comes from here. */
export function listOwnAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address))
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
      // What was judged is what must be there: nothing on the way may have sent the connection elsewhere.
      if (normalizeAddress(socket.remoteAddress ?? '') !== normalizeAddress(address)) {
        return fail(new Error(`${address}:${port} turned out to be ${socket.remoteAddress}`))
      }
      socket.setTimeout(0)
      socket.off('error', fail)
      resolve(socket)
    })
  })
}
