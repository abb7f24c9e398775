/**
 * The allow-list proxy of one sandbox: CONNECT and absolute-form HTTP to the places that `find` opens, 403 for
 * everything else. Each request of a kept connection is judged anew.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { pipeline, type Duplex } from 'node:stream'
import type { Clock } from '../../domain/clock.ts'
import type { Place } from '../../domain/egress-rule.ts'
import { startRepeating } from '../../domain/repeat.ts'
import type { Logger } from '../../system/log.ts'
import { dialResolved, httpRequest } from '../../system/outbound.ts'
import type { EgressEntry } from '../ports.ts'
import { parseAuthority, parseTarget } from './decide-reach.ts'
import type { Way } from './find-way.ts'
import type { InnerListener } from './open-listener.ts'

export type ProxyOptions = {
  readonly listener: InnerListener
  readonly find: (place: Place) => Promise<Way>
  /** What was reached, moved and refused, as it happens. */
  readonly onEntry: (entry: EgressEntry) => void
  readonly clock: Clock
  readonly logger: Logger
}

export interface EgressProxy {
  close(): void
}

/** From the sandbox, and as many again from here to the places. */
const MAX_CONNECTIONS = 128
/** A long call to a model or a quiet stream is no dead connection yet. */
const IDLE_MS = 600_000
/** Bytes of a connection that stays open are told so often. */
const COUNT_MS = 2000
/** RFC 9110 §7.6.1: meant for one hop, besides what Connection names. `host` is set anew from the target. */
const HOP_HEADERS = /^(?:connection|proxy-.*|keep-alive|te|trailer|transfer-encoding|upgrade|host)$/

export function serveProxy({ listener, find, onEntry, clock, logger }: ProxyOptions): EgressProxy {
  const upstreams = new Map<Socket, Counted>()
  const clients = new Set<Duplex>()
  let isClosed = false

  const count = (socket: Socket, counted: Counted) => {
    const { bytesWritten, bytesRead } = socket
    const sent = bytesWritten - counted.sent
    const received = bytesRead - counted.received
    Object.assign(counted, { sent: bytesWritten, received: bytesRead })
    if (sent + received > 0) onEntry({ kind: 'moved', ...counted.place, sent, received })
  }
  const stopCounting = startRepeating(clock, COUNT_MS, () => {
    for (const [socket, counted] of upstreams) count(socket, counted)
  })

  /** Names that are asked for and connections that are opened, whether or not a client still waits for them. */
  let opening = 0

  /** A text when the place is refused; a reason that is the place's own is then told. */
  const open: Open = async (place) => {
    // One client connection may carry many requests at once, and may be gone before any of them is answered.
    if (opening + upstreams.size >= MAX_CONNECTIONS) return 'this sandbox has too many connections already'
    opening++
    try {
      return await openUpstream(place)
    } finally {
      opening--
    }
  }
  const openUpstream: Open = async (place) => {
    const way = await find(place)
    if (way.kind === 'refused') {
      onEntry({ kind: 'refused', ...place, reason: way.reason })
      return way.reason
    }
    const socket = await dialResolved(way.resolved, place.port)
    if (isClosed) {
      socket.destroy()
      throw new Error('the proxy is closed')
    }
    const counted = { place, sent: 0, received: 0 }
    upstreams.set(socket, counted)
    onEntry({ kind: 'opened', ...place })
    // What goes wrong on it is told to the client by whoever pipes; without a listener it would end the process.
    socket.on('error', () => undefined)
    socket.once('close', () => {
      upstreams.delete(socket)
      count(socket, counted)
    })
    return socket
  }

  const server = createServer({ requestTimeout: 0 }, (request, response) => {
    void forward(request, response, open).catch((error: unknown) => {
      logger.debug('egress failed', { err: error })
      refuse(response, 502, `The place cannot be reached: ${reasonOf(error)}.`)
    })
  })
  server.timeout = IDLE_MS
  server.on('connect', (request, socket, head) => {
    // A client may close its side at any moment.
    socket.on('error', () => undefined)
    void tunnel(request.url ?? '', socket, head, open).catch((error: unknown) => {
      logger.debug('egress failed', { err: error })
      answer(socket, 502, `The place cannot be reached: ${reasonOf(error)}.`)
    })
  })
  attach(server, listener, clients)
  return {
    close() {
      isClosed = true
      stopCounting()
      listener.close()
      for (const socket of [...clients, ...upstreams.keys()]) socket.destroy()
    },
  }
}

type Counted = { readonly place: Place; sent: number; received: number }
/** A connection, or why there is none for this sandbox. */
type Open = (place: Place) => Promise<Socket | string>

/** The connections come from a listener that another process opened, so the HTTP server itself listens nowhere. */
function attach(server: Server, listener: InnerListener, clients: Set<Duplex>): void {
  listener.maxConnections = MAX_CONNECTIONS
  // A client that has sent all it will send still wants its answer.
  listener.allowHalfOpen = true
  listener.on('connection', (socket: Duplex) => {
    clients.add(socket)
    socket.once('close', () => clients.delete(socket))
    server.emit('connection', socket)
  })
  server.on('clientError', (_error, socket) => answer(socket, 400, 'This is not a proxy request.'))
}

async function tunnel(authority: string, client: Duplex, head: Buffer, open: Open): Promise<void> {
  const place = parseAuthority(authority)
  if (place === null) return answer(client, 400, 'The target is not host:port.')
  const upstream = await open(place)
  if (typeof upstream === 'string') return answer(client, 403, renderRefusal(place, upstream))
  if (client.destroyed) return void upstream.destroy()
  upstream.setTimeout(IDLE_MS, () => upstream.destroy())
  client.write('HTTP/1.1 200 Connection Established\r\n\r\n')
  upstream.write(head)
  // Each way ends by itself: a half-closed tunnel still delivers the answer.
  const end = () => undefined
  pipeline(client, upstream, end)
  pipeline(upstream, client, end)
}

async function forward(request: IncomingMessage, response: ServerResponse, open: Open): Promise<void> {
  // A line break in the target makes it a request of 1991, whose rest would count as headers.
  const place = request.httpVersionMajor === 1 ? parseTarget(request.url ?? '') : null
  if (place === null) return refuse(response, 400, 'Only http:// targets and CONNECT are understood.')
  const socket = await open(place)
  if (typeof socket === 'string') return refuse(response, 403, renderRefusal(place, socket))
  try {
    const answered = await httpRequest({
      url: new URL(`http://${place.host}:${place.port}${place.path}`),
      method: request.method ?? 'GET',
      headers: Object.fromEntries(
        listKept(request).map(([name, value]) => [name, [value].flat().join(', ')]),
      ),
      ...(hasBody(request) ? { body: request } : {}),
      socket,
    })
    response.writeHead(answered.status, Object.fromEntries(listKept(answered)))
    pipeline(answered.body, response, () => socket.destroy())
  } catch (error) {
    socket.destroy()
    throw error
  }
}

/** RFC 9112 §6.3: these two say that there is one, whatever the method. */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined
}

function listKept({ headers }: Pick<IncomingMessage, 'headers'>): [string, string | string[]][] {
  const named = new Set((headers.connection ?? '').toLowerCase().split(/\s*,\s*/))
  // Without it the body would count as the next request, to whatever host that one names.
  named.delete('content-length')
  return Object.entries(headers).flatMap(([name, value]) =>
    value === undefined || HOP_HEADERS.test(name) || named.has(name) ? [] : [[name, value]],
  )
}

function renderRefusal({ host, port }: Place, reason: string): string {
  return `${host}:${port} is refused: ${reason}.`
}

function refuse(response: ServerResponse, status: number, text: string): void {
  if (response.headersSent) return void response.destroy()
  response.writeHead(status, { 'content-type': 'text/plain', connection: 'close' }).end(`${text}\n`)
}

function answer(socket: Duplex, status: 400 | 403 | 502, text: string): void {
  const reason = { 400: 'Bad Request', 403: 'Forbidden', 502: 'Bad Gateway' }[status]
  if (!socket.writable) return void socket.destroy()
  socket.end(
    `HTTP/1.1 ${status} ${reason}\r\ncontent-type: text/plain\r\n` +
      `content-length: ${Buffer.byteLength(text) + 1}\r\nconnection: close\r\n\r\n${text}\n`,
  )
}

function reasonOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'no answer'
}
