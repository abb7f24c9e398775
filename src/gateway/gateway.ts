/**
 * The data plane: `/servers/{name}/mcp`, `/hub/mcp` for several at once, and `/sse` with `/messages` for the oldest
 * clients. Who asks and may come here is decided before the body is read (R145); which generation of the protocol
 * serves it is decided by the body (classify.ts).
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AuditNotes } from '../domain/audit.ts'
import type { ResourceServer } from '../domain/challenge.ts'
import type { Clock } from '../domain/clock.ts'
import { AppError } from '../domain/error.ts'
import type { ServerId } from '../domain/id.ts'
import type { Peer } from '../domain/peer.ts'
import type { Principal, Principals } from '../domain/principal.ts'
import type { Logger } from '../system/log.ts'
import { sendProblem } from '../system/problem.ts'
import { createAdmission, refuseUnauthenticated } from './admission.ts'
import { Arrival, type ReadPeer } from './arrival.ts'
import { allowOrigin, answerPreflight } from './browser-access.ts'
import { findBrowser, type Browsers } from './browser-caller.ts'
import { createCallRecords } from './call-records.ts'
import { classify } from './classify.ts'
import { createClientSightings, type ClientSighting } from './client-sightings.ts'
import { buildErrorMessage, PARSE_ERROR, type Fault } from './fault.ts'
import { buildDraining, createDrain, DRAIN_HEADERS } from './drain.ts'
import { DEFAULT_GATEWAY_CONFIG, type GatewayConfig } from './gateway-config.ts'
import { createHostedServers } from './hosted-servers.ts'
import { createHostedTools, type HostedTools } from './hosted-tools.ts'
import { createHub } from './hub/hub.ts'
import type { LaneDeps } from './lane.ts'
import { parseMessage, readId, type Notification, type Request, type RequestId } from './message.ts'
import { createPace } from './pace.ts'
import { findMethodFault, parsePlace } from './place.ts'
import type { CallLog, DefinitionRecords, Parks, Sessions, StateSeal, Tasks, Upstreams } from './ports.ts'
import { createEarlierParks } from './parks/earlier-parks.ts'
import { createParkTable } from './parks/park-table.ts'
import { readBody, type Body } from './read-body.ts'
import { sendJson } from './reply.ts'
import { createReplay } from './replay.ts'
import { createSessionStreams } from './session-streams.ts'
import { createSessionTable } from './session-table.ts'
import { createSlowAnswers } from './slow-answers.ts'
import { createStreams, type StreamKind } from './streams.ts'
import { buildRevoked, isRevoked, readHeader, type Exchange } from './transport/exchange.ts'
import { serveHubModern } from './transport/hub-modern.ts'
import { serveLegacyLife, serveLegacyPost, type LegacyDeps } from './transport/legacy.ts'
import { serveModern } from './transport/modern.ts'
import type { ParkDeps } from './transport/modern-parks.ts'
import type { Tracer } from './trace.ts'
import { createSseTransport } from './transport/sse.ts'

export type GatewayDeps = {
  readonly upstreams: Upstreams
  readonly definitions: DefinitionRecords
  readonly sessions: Sessions
  readonly tasks: Tasks
  readonly parks: Parks
  readonly stateSeal: StateSeal
  readonly calls: CallLog
  readonly principals: Principals
  readonly notes: AuditNotes
  /** Null where no external issuer is configured. */
  readonly resourceServer: ResourceServer | null
  /** Counts the starts of the daemon. */
  readonly generation: number
  readonly clock: Clock
  readonly logger: Logger
  /** Calls of a process are refused from now on, or, with null, go again. */
  readonly onBreaker?: LaneDeps['onBreaker']
  /** Each call once it has ended; it lies on the way of all of them. */
  readonly onCall?: LaneDeps['record']
  /** Signed-in browsers, on the platform's own page; absent: tokens alone let anybody in. */
  readonly browsers?: Browsers
  /** An MCP client began. */
  readonly onClient?: (sighting: ClientSighting) => void
  /** Absent: no call is traced. */
  readonly tracer?: Tracer
  /** Somebody sends more messages than they may. */
  readonly onLimited?: () => void
  readonly config?: Partial<GatewayConfig>
  /** Every server is known. Until then requests wait: one that is not known yet is none that does not exist. */
  readonly recovered?: Promise<void>
}

export type GatewayFigures = {
  readonly servers: readonly {
    readonly serverId: ServerId
    readonly inFlight: number
    readonly waiting: number
  }[]
  readonly sessions: number
  readonly streams: Readonly<Record<StreamKind, number>>
}

export interface Gateway {
  /** Reads the sessions and parked calls that clients still hold. Before it, their requests would be 404. */
  start(): Promise<void>
  /** A client still waits for a call that an earlier daemon sent to this process. */
  isAwaited(instanceId: string): boolean
  /** Goes on with the parked calls of an earlier daemon, once its processes are taken over. */
  resumeParked(): void
  /** True when the path is the gateway's; then it answers. Origin and Host were checked by the listener. */
  handle(req: IncomingMessage, res: ServerResponse, readPeer?: ReadPeer): boolean
  readonly hostedTools: HostedTools
  /** Looks at what a server that has just come up says of itself, before any client asks. */
  meet(serverId: ServerId): void
  /** How much is going on, in memory. */
  figures(): GatewayFigures
  /** What clients have open, by server; those without are absent. */
  loads(): ReadonlyMap<ServerId, { readonly sessions: number; readonly streams: number }>
  /** Ends a deleted server's sessions, streams and calls. */
  forgetServer(serverId: ServerId): void
  /** Holds from now on, for what is under way too where a bound is looked at again. */
  configure(change: Partial<GatewayConfig>): void
  /** Refuses what begins, and waits for what is under way, for `ms` at the most. */
  drain(ms: number): Promise<void>
  /** Ends streams in order and calls with an error, and writes what is left to write. */
  close(): Promise<void>
}

export function createGateway(deps: GatewayDeps): Gateway {
  const config = { ...DEFAULT_GATEWAY_CONFIG, ...deps.config }
  const { upstreams, principals, clock, logger } = deps
  const records = createCallRecords(deps.calls, clock, logger)
  const servers = createHostedServers({
    upstreams,
    definitions: deps.definitions,
    clock,
    config,
    logger,
    record(record, overheadMs) {
      records.add(record)
      deps.onCall?.(record, overheadMs)
    },
    ...(deps.onBreaker === undefined ? {} : { onBreaker: deps.onBreaker }),
    ...(deps.tracer === undefined ? {} : { tracer: deps.tracer }),
  })
  const hub = createHub({ servers, upstreams, seal: deps.stateSeal, clock, config })
  const listLanes = () => servers.list().flatMap(({ lanes }) => lanes())
  const streams = createStreams(config, clock)
  const { createRing } = createReplay(config, clock)
  const resume = { streams, createRing, generation: deps.generation }
  const sessions = createSessionTable({
    store: deps.sessions,
    findHosted: (serverId, principalId) => hub.hosted(serverId, principalId),
    createStreams: (principalId, version) => createSessionStreams(resume, principalId, version),
    config,
    clock,
    logger,
  })
  const slow = createSlowAnswers(clock, config.slowAnswerMs)
  const parkDeps = { parks: deps.parks, seal: deps.stateSeal, clock, config, logger }
  const parks = createParkTable({
    ...parkDeps,
    onParked: (serverId, key) => servers.get(serverId).lane(key).lane.displace(),
  })
  const earlier = createEarlierParks({ ...parkDeps, table: parks, servers, upstreams })
  const transport: LegacyDeps & ParkDeps = {
    config,
    streams,
    slow,
    tasks: deps.tasks,
    clock,
    logger,
    sessions,
    parks,
  }
  const sse = createSseTransport(transport)

  const pace = createPace(() => config.maxMessagesPerMinute, clock, deps.onLimited)
  const revoked = new Set<string>()
  const forget = (principalId: string) => {
    revoked.add(principalId)
    for (const { lane } of listLanes()) lane.failCalls(buildRevoked(), principalId)
    parks.forget({ principalId })
    streams.closeAll({ principalId })
    sessions.removeWhere((session) => session.principalId === principalId)
    hub.forgetPrincipal(principalId)
  }
  const stopWatching = principals.onRevoked(forget)
  const stopWatchingBrowsers = deps.browsers?.onEnded(forget)
  const sightings = createClientSightings(clock, deps.onClient)

  let recovering = deps.recovered ?? null
  void recovering?.then(() => {
    recovering = null
  })

  const stopWatchingLapses = principals.onLapsed((principalId) => streams.closeAll({ principalId }))

  const drain = createDrain(clock, () => listLanes().reduce((sum, { lane }) => sum + lane.load(), 0))
  const admit = createAdmission({ pace, revoked, upstreams, servers, hub })

  const serve = (req: IncomingMessage, res: ServerResponse, arrival: Arrival) => {
    if (req.headers.origin !== undefined) allowOrigin(res, req.headers.origin)
    if (req.method === 'OPTIONS') return answerPreflight(res)
    const browser = findBrowser(req, deps.browsers)
    if (browser !== null) return serveAs(req, res, arrival, browser)
    const principal = principals.identify(req.headers.authorization, arrival)
    if (!(principal instanceof Promise)) return serveAs(req, res, arrival, principal)
    principal.then(
      (found) => {
        try {
          serveAs(req, res, arrival, found)
        } catch (err) {
          fail(res, err)
        }
      },
      (error: unknown) => void sendProblem(res, error, { 'Retry-After': '5' }),
    )
  }

  const serveAs = (
    req: IncomingMessage,
    res: ServerResponse,
    arrival: Arrival,
    principal: Principal | null,
  ) => {
    if (res.destroyed) return
    if (recovering !== null && principal !== null) {
      // Who it is, is asked once more: the token may be revoked by then.
      return void recovering.then(() => handle(req, res, arrival))
    }
    const exchange = admit(req, res, arrival, principal)
    if (exchange === null) return
    const { place } = arrival
    const fault = findMethodFault(req.method, place)
    if (fault !== null) return void sendProblem(res, fault.error, { Allow: fault.allow })
    if (place.door === 'sse') return sse.open(exchange)
    if (req.method === 'GET' || req.method === 'DELETE') {
      return serveLegacyLife(exchange, req.method, transport)
    }
    if (!isJson(req.headers['content-type'])) {
      const error = new AppError('unsupported_media_type', 'Content-Type must be application/json.')
      return void sendProblem(res, error)
    }
    readBody(req, config, (body) => serveBody(exchange, body))
  }

  const serveBody = (exchange: Exchange, body: Body) => {
    const { res } = exchange
    try {
      if (body.kind === 'json') return servePost(exchange, body.value)
      if (body.kind === 'refused') return void sendProblem(res, body.error, { Connection: 'close' })
      sendFault(res, { status: 400, error: { code: PARSE_ERROR, message: body.reason } }, undefined)
    } catch (err) {
      fail(res, err)
    }
  }

  const servePost = (exchange: Exchange, body: unknown) => {
    const { req, res, arrival } = exchange
    if (isRevoked(exchange)) return refuseUnauthenticated(req, res, arrival)
    if (drain.refuses(body)) return void sendProblem(res, buildDraining(), DRAIN_HEADERS)
    if (arrival.place.door === 'messages') {
      sightings.note(exchange, parseMessage(body))
      return sse.serveMessage(exchange, body)
    }
    const version = readHeader(req, 'mcp-protocol-version')
    const classified = classify(body, { version, method: readHeader(req, 'mcp-method') })
    switch (classified.kind) {
      case 'modern':
        sightings.note(exchange, classified.message)
        return serveModernAt(exchange, classified.message, classified.version)
      case 'legacy':
        sightings.note(exchange, classified.message)
        return serveLegacyPost(exchange, [classified.message], false, transport)
      case 'batch':
        // The request itself was counted.
        if (!pace.admit(exchange.principal, res, classified.messages.length - 1)) return
        return serveLegacyPost(exchange, classified.messages, true, transport)
      case 'reject':
        return sendFault(res, classified.fault, readId(body))
    }
  }

  const handle = (req: IncomingMessage, res: ServerResponse, arrival: Arrival) => {
    try {
      serve(req, res, arrival)
    } catch (err) {
      fail(res, err)
    }
  }

  const serveModernAt = (exchange: Exchange, message: Request | Notification, version: string) => {
    const { visit } = exchange
    if (visit === null) serveModern(exchange, message, version, transport)
    else serveHubModern(exchange, visit, message, version, transport)
  }

  const fail = (res: ServerResponse, err: unknown) => {
    const requestId = sendProblem(res, err)
    logger.error('a request failed inside the gateway', { err, request_id: requestId })
  }

  return {
    async start() {
      await sessions.start()
      await earlier.load()
    },
    isAwaited: (instanceId) => earlier.isAwaited(instanceId),
    resumeParked: () => earlier.resume(),
    handle(req, res, readPeer = () => UNKNOWN_PEER) {
      const place = parsePlace(req.url ?? '')
      if (place === null) return false
      handle(req, res, new Arrival(deps, req, place, readPeer))
      return true
    },
    hostedTools: createHostedTools(servers, upstreams),
    meet(serverId) {
      hub.meet(serverId)
      servers
        .get(serverId)
        .mainLane()
        .lane.ready()
        .catch((err: unknown) => logger.debug('a server was gone before it was met', { err }))
    },
    figures: () => ({
      servers: servers.list().map(({ serverId, lanes }) => {
        const all = lanes().map(({ lane }) => ({ load: lane.load(), waiting: lane.waiting() }))
        const waiting = all.reduce((sum, lane) => sum + lane.waiting, 0)
        return { serverId, waiting, inFlight: all.reduce((sum, { load }) => sum + load, 0) - waiting }
      }),
      sessions: sessions.count(),
      streams: streams.counts(),
    }),
    loads() {
      const loads = new Map<ServerId, { sessions: number; streams: number }>()
      const count = (what: 'sessions' | 'streams') => (serverId: ServerId) => {
        const load = loads.get(serverId) ?? { sessions: 0, streams: 0 }
        load[what]++
        loads.set(serverId, load)
      }
      sessions.eachServer(count('sessions'))
      streams.eachServer(count('streams'))
      return loads
    },
    forgetServer(serverId) {
      parks.forget({ serverId })
      servers.remove(serverId, new AppError('server_not_found', 'The server was deleted.'))
      streams.closeAll({ serverId })
      sessions.removeWhere((session) => session.serverId === serverId)
      hub.forgetServer(serverId)
    },
    // Every part holds this very object and reads it when it needs a bound.
    configure: (change) => void Object.assign(config, change),
    drain: (ms) => drain.begin(ms),
    async close() {
      stopWatching()
      stopWatchingBrowsers?.()
      stopWatchingLapses()
      parks.close()
      for (const { lane } of listLanes()) lane.close(buildDraining())
      streams.closeAll({})
      await sessions.close()
      await records.close()
    },
  }
}

const UNKNOWN_PEER: Peer = { ip: null, isSecure: false }
function isJson(contentType: string | undefined): boolean {
  if (contentType === 'application/json') return true
  return contentType?.split(';', 1)[0]?.trim().toLowerCase() === 'application/json'
}

function sendFault(res: ServerResponse, fault: Fault, id: RequestId | undefined): void {
  sendJson(res, fault.status, buildErrorMessage(fault.error, id))
}
