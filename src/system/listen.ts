/**
 * The one door that listens. It checks Host and Origin, bounds headers and slow senders, and dispatches on the path:
 * what a handler takes is its own, everything else goes to the fetch-style application.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createSocketServer, type AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { AppError } from '../domain/error.ts'
import { renderHost } from '../domain/host.ts'
import { KeptRequest } from './kept-request.ts'
import { sendProblem } from './problem.ts'
import { limitConnections } from './limit-connections.ts'
import type { Peer } from '../domain/peer.ts'
import { findListener } from './process-table.ts'
import { createPeerReader } from './peer.ts'
import { watchBodies, type BodyWatch } from './watch-bodies.ts'
import { createOriginCheck, type OriginRules } from './web-origin.ts'

/** Answers and returns true, or returns false and leaves the request untouched. */
type PathHandler = (
  req: IncomingMessage,
  res: ServerResponse,
  readPeer: (req: IncomingMessage) => Peer,
) => boolean
type FetchApp = (request: Request, peer: Peer) => Response | Promise<Response>

export type ListenOptions = Omit<OriginRules, 'port'> & {
  /** 0 lets the system choose. */
  readonly port: number
  readonly handlers: readonly PathHandler[]
  /** Somebody asked for a Host or from an Origin that is not served here. */
  readonly onRefused?: (error: AppError, peer: Peer) => void
  readonly app: FetchApp
  /** Addresses and networks of proxies that may say for whom they ask. */
  readonly trustedProxies?: readonly string[]
}

export type Listener = {
  readonly host: string
  readonly port: number
  /** For example http://127.0.0.1:8910. */
  readonly url: string
  /** Takes no more connections, lets answers under way end for up to `graceMs`, then cuts what is left. */
  close(graceMs?: number): Promise<void>
}

const MAX_HEADER_BYTES = 16 * 1024
const MAX_HEADERS = 100
const MAX_URL = 8 * 1024
/** Slow senders: headers within 10 s, the whole request within 5 minutes (archives are large). */
const HEADERS_TIMEOUT_MS = 10_000
const REQUEST_TIMEOUT_MS = 300_000
const KEEP_ALIVE_MS = 65_000

export type Tripwire = {
  readonly port: number
  /** How many connections came, over either way. */
  reached(): number
  close(): void
}

/** Listens on the loopback and under an abstract name for nobody: for trials of what cannot reach it. */
export async function openTripwire(name: string): Promise<Tripwire> {
  let count = 0
  const listen = async (
    where: { readonly host: string; readonly port: number } | { readonly path: string },
  ) => {
    const server = createSocketServer((socket) => {
      count++
      socket.on('error', () => undefined).end()
    })
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(where, resolve))
    return server
  }
  const port = await listen({ host: '0.0.0.0', port: 0 })
  const abstract = await listen({ path: `\0${name}` })
  return {
    port: (port.address() as AddressInfo).port,
    reached: () => count,
    close() {
      port.close()
      abstract.close()
    },
  }
}

/** Throws AppError `address_in_use`, or `invalid_platform_config` when the address cannot be bound. */
export async function startListener(options: ListenOptions): Promise<Listener> {
  const server = createServer({
    IncomingMessage: KeptRequest,
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: 5000,
  })
  server.maxHeadersCount = MAX_HEADERS
  limitConnections(server)
  const port = await bind(server, options)
  const bodies = watchBodies(refuseSlowBody)
  server.on('request', buildDispatch({ ...options, port }, bodies))
  return {
    host: options.host,
    port,
    url: `http://${renderHost(options.host)}:${port}`,
    async close(graceMs = 2000) {
      await closeServer(server, graceMs)
      bodies.stop()
    },
  }
}

function buildDispatch(
  options: ListenOptions,
  bodies: BodyWatch,
): (req: IncomingMessage, res: ServerResponse) => void {
  const check = createOriginCheck(options)
  const readPeer = createPeerReader(options.trustedProxies ?? [])
  const serveApp = getRequestListener(
    (request, env) =>
      options.app(request, readPeer((env as { readonly incoming: IncomingMessage }).incoming)),
    { overrideGlobalObjects: false },
  )
  return (req, res) => {
    res.on('error', ignore)
    const foreign = check.find(req.headers.host, req.headers.origin)
    if (foreign !== null) options.onRefused?.(foreign, readPeer(req))
    const refused = foreign ?? findUnserved(req)
    if (refused !== null) {
      sendProblem(res, refused, { Connection: 'close' })
      return
    }
    bodies.add(req, res)
    for (const handle of options.handlers) if (handle(req, res, readPeer)) return
    serveApp(req, res).catch((error: unknown) => void sendProblem(res, error))
  }
}

function refuseSlowBody(req: IncomingMessage, res: ServerResponse): void {
  sendProblem(res, new AppError('request_timeout', 'The body comes too slowly.'), { Connection: 'close' })
  // What is still to come is not waited for.
  if (res.headersSent && res.writableFinished) req.destroy()
  else res.once('close', () => req.destroy())
}

/** A peer that resets its connection is no reason to end the daemon. */
function ignore(): void {}

/** TRACE would echo credentials; an absolute or overlong target has no path of ours. */
function findUnserved({ method, url = '' }: IncomingMessage): AppError | null {
  if (method === 'TRACE') return new AppError('method_not_allowed', 'TRACE is not served.')
  if (url.length > MAX_URL) return new AppError('invalid_request', `A URL may have ${MAX_URL} characters.`)
  if (!url.startsWith('/')) return new AppError('invalid_request', 'The request target must be a path.')
  return isPlain(url) ? null : new AppError('invalid_request', 'The path has a dot segment or a backslash.')
}

/**
 * A URL parser takes `..` away and turns `\` around: behind it stands another path than the one that a proxy in front,
 * or a handler here, judged. No client of ours sends either.
 */
function isPlain(url: string): boolean {
  // Almost every URL, and every one of an MCP endpoint.
  if (!url.includes('.') && !url.includes('%') && !url.includes('\\')) return true
  const [path = ''] = url.split(/[?#]/, 1)
  return !path.includes('\\') && !/\/(?:\.|%2e){1,2}(?:\/|$)/i.test(path)
}

function bind(server: Server, { host, port }: ListenOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explainBind(error, host, port)))
    server.listen(port, host, () => {
      server.removeAllListeners('error')
      resolve((server.address() as AddressInfo).port)
    })
  })
}

function explainBind(error: NodeJS.ErrnoException, host: string, port: number): AppError {
  const where = `${host}:${port}`
  if (error.code === 'EADDRINUSE') {
    const owner = findListener(port)
    const who = owner === null ? 'Something else' : `${owner.name} (pid ${owner.pid})`
    const details = { pid: owner?.pid ?? null }
    return new AppError('address_in_use', `${who} listens on ${where}.`, { details, cause: error })
  }
  const text = `Listening on ${where} failed: ${error.code ?? error.message}.`
  const hint = 'Correct dashboard.host and dashboard.port; ports below 1024 need privileges.'
  return new AppError('invalid_platform_config', text, { hint, cause: error })
}

function closeServer(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), graceMs)
    server.close(() => {
      clearTimeout(cut)
      resolve()
    })
    server.closeIdleConnections()
  })
}
