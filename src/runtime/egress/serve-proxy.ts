/** The allow-list proxy of one sandbox: CONNECT and absolute-form HTTP to exact places, 403 for everything else. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { pipeline, Transform, type Duplex } from 'node:stream'
import type { Logger } from '../../system/log.ts'
import { dialResolved, httpRequest, resolveHost } from '../../system/outbound.ts'
import { isReachable, parseAuthority, parseTarget, type Place } from './decide-reach.ts'
import type { InnerListener } from './open-listener.ts'

export type ProxyOptions = {
  readonly listener: InnerListener
  readonly allowed: readonly Place[]
  readonly logger: Logger
}

export interface EgressProxy {
  /** Bytes both ways for each host that was reached. */
  readonly bytes: ReadonlyMap<string, number>
  close(): void
}

const MAX_CONNECTIONS = 128
const IDLE_MS = 120_000
/** RFC 9110 §7.6.1: meant for one hop. `host` is set anew from the target. */
const HOP_HEADERS = /^(?:connection|proxy-.*|keep-alive|te|trailer|transfer-encoding|upgrade|host)$/

export function serveProxy({ listener, allowed, logger }: ProxyOptions): EgressProxy {
  const bytes = new Map<string, number>()
  const open = new Set<Duplex>()
  const count = (host: string) => createCounter((size) => bytes.set(host, (bytes.get(host) ?? 0) + size))
  const server = createServer({ requestTimeout: 0 }, (request, response) => {
    void forward(request, response, allowed, count).catch((error: unknown) => {
      logger.debug('egress failed', { err: error })
      refuse(response, 502, `The place cannot be reached: ${reasonOf(error)}`)
    })
  })
  server.on('connect', (request, socket, head) => {
    // A job that ends closes its side at any moment.
    socket.on('error', () => undefined)
    void tunnel(request.url ?? '', socket, head, { allowed, count, open }).catch((error: unknown) => {
      logger.debug('egress failed', { err: error })
      answer(socket, 502, `The place cannot be reached: ${reasonOf(error)}`)
    })
  })
  attach(server, listener, open)
  return {
    bytes,
    close() {
      listener.close()
      for (const socket of open) socket.destroy()
    },
  }
}

/** The connections come from a listener that another process opened, so the HTTP server itself listens nowhere. */
function attach(server: Server, listener: InnerListener, open: Set<Duplex>): void {
  listener.maxConnections = MAX_CONNECTIONS
  // A client that has sent all it will send still wants its answer.
  listener.allowHalfOpen = true
  listener.on('connection', (socket: Duplex & { setTimeout(ms: number, then: () => void): void }) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    socket.setTimeout(IDLE_MS, () => socket.destroy())
    server.emit('connection', socket)
  })
  server.on('clientError', (_error, socket) => answer(socket, 400, 'This is not a proxy request.'))
}

type Tunnel = {
  readonly allowed: readonly Place[]
  readonly count: (host: string) => Transform
  readonly open: Set<Duplex>
}

async function tunnel(authority: string, client: Duplex, head: Buffer, { allowed, count, open }: Tunnel) {
  const place = parseAuthority(authority)
  if (place === null) return answer(client, 400, 'The target is not host:port.')
  if (!isReachable(place, allowed)) return answer(client, 403, refusal(place))
  const upstream = await dialResolved(await resolveHost(place.host), place.port)
  open.add(upstream)
  upstream.once('close', () => open.delete(upstream))
  client.write('HTTP/1.1 200 Connection Established\r\n\r\n')
  upstream.write(head)
  // Each way ends by itself: a half-closed tunnel still delivers the answer.
  const end = () => undefined
  pipeline(client, count(place.host), upstream, end)
  pipeline(upstream, count(place.host), client, end)
}

async function forward(
  request: IncomingMessage,
  response: ServerResponse,
  allowed: readonly Place[],
  count: (host: string) => Transform,
): Promise<void> {
  const place = parseTarget(request.url ?? '')
  if (place === null) return refuse(response, 400, 'Only http:// targets and CONNECT are understood.')
  if (!isReachable(place, allowed)) return refuse(response, 403, refusal(place))
  const socket = await dialResolved(await resolveHost(place.host), place.port)
  const headers = Object.entries(request.headers).filter(([name]) => !HOP_HEADERS.test(name))
  const answered = await httpRequest({
    url: new URL(`http://${place.host}:${place.port}${place.path}`),
    method: request.method ?? 'GET',
    headers: Object.fromEntries(headers.map(([name, value]) => [name, [value].flat().join(', ')])),
    ...(request.method === 'GET' || request.method === 'HEAD'
      ? {}
      : { body: request.pipe(count(place.host)) }),
    socket,
  })
  const kept = Object.entries(answered.headers).filter(([name]) => !HOP_HEADERS.test(name))
  response.writeHead(answered.status, Object.fromEntries(kept))
  pipeline(answered.body, count(place.host), response, () => socket.destroy())
}

function refusal({ host, port }: Place): string {
  return `${host}:${port} is not one of the places that this sandbox may reach.`
}

function refuse(response: ServerResponse, status: number, text: string): void {
  if (response.headersSent) return void response.destroy()
  response.writeHead(status, { 'content-type': 'text/plain', connection: 'close' }).end(`${text}\n`)
}

function answer(socket: Duplex, status: 400 | 403 | 502, text: string): void {
  const reason = { 400: 'Bad Request', 403: 'Forbidden', 502: 'Bad Gateway' }[status]
  if (!socket.writable) return void socket.destroy()
  socket.end(
    `HTTP/1.1 ${status} ${reason}\r\ncontent-type: text/plain\r\ncontent-length: ${text.length + 1}\r\n` +
      `connection: close\r\n\r\n${text}\n`,
  )
}

function reasonOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'no answer'
}

function createCounter(onSize: (size: number) => void): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      onSize(chunk.length)
      done(null, chunk)
    },
  })
}
