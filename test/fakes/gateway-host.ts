/** A gateway behind the real listener, with stores in memory and tokens by name. */
import { createFakeAudit } from './audit.ts'
import { createGateway, type Gateway } from '../../src/gateway/gateway.ts'
import type { GatewayConfig } from '../../src/gateway/gateway-config.ts'
import type { ResourceServer } from '../../src/domain/challenge.ts'
import { AppError } from '../../src/domain/error.ts'
import type {
  CallRecord,
  DefinitionRecords,
  ParkRecord,
  SessionRecord,
  Sessions,
  TaskRecord,
  Tasks,
  Upstreams,
} from '../../src/gateway/ports.ts'
import type { Principal } from '../../src/domain/principal.ts'
import { systemClock } from '../../src/system/clock.ts'
import { startListener } from '../../src/system/listen.ts'
import { createLogger } from '../../src/system/log.ts'
import { Writable } from 'node:stream'
import { createMemoryParks, testSeal } from './parks.ts'
import { heldToNothing } from './definitions.ts'

export type GatewayHost = {
  readonly gateway: Gateway
  readonly origin: string
  /** The endpoint of one hosted server. */
  url(server: string): string
  readonly sessions: Map<string, SessionRecord>
  readonly calls: CallRecord[]
  /** Clients that began, as `server client version revision`. */
  readonly clients: string[]
  /** The session of this cookie ends. */
  endSession(cookie: string): void
  /** Principals let in so far, one a request. */
  readonly authenticated: string[]
  revoke(token: string): void
  /** As if an external issuer's token had run out. */
  lapse(token: string): void
  close(): Promise<void>
}

export type HostOptions = {
  readonly upstreams: Upstreams
  readonly definitions?: DefinitionRecords
  /** Token text → grants. */
  readonly tokens?: Readonly<Record<string, readonly string[]>>
  readonly config?: Partial<GatewayConfig>
  /** Sessions of a former life. */
  readonly sessions?: Map<string, SessionRecord>
  /** Of the daemon; a later life has a higher one. */
  readonly generation?: number
  readonly parks?: Map<string, ParkRecord>
  readonly allowedOrigins?: readonly string[]
  readonly resourceServer?: ResourceServer
  readonly recovered?: Promise<void>
  /** Hears where somebody comes in. */
  readonly onIdentify?: (path: string) => void
}

export const TOKEN = 'hvm_all'

export async function startGatewayHost(options: HostOptions): Promise<GatewayHost> {
  const grants = new Map(Object.entries(options.tokens ?? { [TOKEN]: ['mcp:call'] }))
  const revoked = new Set<(principalId: string) => void>()
  const lapsed = new Set<(principalId: string) => void>()
  const sessions = options.sessions ?? new Map<string, SessionRecord>()
  const calls: CallRecord[] = []
  const authenticated: string[] = []
  const clients: string[] = []
  const ended = new Set<(principalId: string) => void>()
  const cookies = new Set(['__Host-haivemind=browser'])
  const find = (token: string): Principal | null => {
    const granted = grants.get(token)
    if (granted === undefined) return null
    authenticated.push(token)
    return { id: `token:${token}`, kind: 'token', name: token, grants: granted }
  }
  const gateway = createGateway({
    upstreams: options.upstreams,
    notes: createFakeAudit(),
    definitions: options.definitions ?? heldToNothing,
    sessions: createMemorySessions(sessions),
    tasks: createMemoryTasks(),
    parks: createMemoryParks(options.parks),
    stateSeal: testSeal,
    calls: {
      append: (records) => {
        calls.push(...records)
        return Promise.resolve()
      },
    },
    resourceServer: options.resourceServer ?? null,
    principals: {
      /** `slow_…` is looked up elsewhere, which takes a moment; `slow_down` cannot be. */
      identify(header, at): Principal | null | Promise<Principal | null> {
        options.onIdentify?.(at.path)
        const token = header?.replace(/^Bearer /, '') ?? ''
        if (!token.startsWith('slow_')) return find(token)
        return new Promise((resolve, reject) => {
          setImmediate(() => {
            if (token === 'slow_down') reject(new AppError('issuer_unavailable', 'It is down.'))
            else resolve(find(token.replace('slow_', 'hvm_')))
          })
        })
      },
      onRevoked(listener) {
        revoked.add(listener)
        return () => revoked.delete(listener)
      },
      onLapsed(listener) {
        lapsed.add(listener)
        return () => lapsed.delete(listener)
      },
    },
    browsers: {
      identify: (cookie) =>
        cookie !== undefined && cookies.has(cookie)
          ? { id: `user:ann/${cookie}`, kind: 'user', name: 'ann', grants: ['mcp:call'] }
          : null,
      onEnded(listener) {
        ended.add(listener)
        return () => ended.delete(listener)
      },
    },
    onClient: ({ server, client, version, protocolVersion }) =>
      void clients.push(`${server} ${client} ${version} ${protocolVersion}`),
    generation: options.generation ?? 1,
    clock: systemClock,
    logger: createLogger(new Writable({ write: (_chunk, _encoding, done) => done() })),
    ...(options.config === undefined ? {} : { config: options.config }),
    ...(options.recovered === undefined ? {} : { recovered: options.recovered }),
  })
  await gateway.start()
  const listener = await startListener({
    host: '127.0.0.1',
    port: 0,
    ...(options.allowedOrigins === undefined ? {} : { allowedOrigins: options.allowedOrigins }),
    handlers: [(req, res) => gateway.handle(req, res)],
    app: () => new Response('not the gateway', { status: 404 }),
  })
  return {
    gateway,
    origin: listener.url,
    url: (server) => `${listener.url}/servers/${server}/mcp`,
    sessions,
    calls,
    clients,
    endSession(cookie) {
      cookies.delete(cookie)
      for (const notify of ended) notify(`user:ann/${cookie}`)
    },
    authenticated,
    revoke(token) {
      grants.delete(token)
      for (const notify of revoked) notify(`token:${token}`)
    },
    lapse(token) {
      for (const notify of lapsed) notify(`token:${token}`)
    },
    async close() {
      await gateway.close()
      await listener.close(0)
    },
  }
}

function createMemoryTasks(): Tasks {
  const tasks = new Map<string, TaskRecord>()
  return {
    find: (serverId, taskId) => Promise.resolve(tasks.get(`${serverId} ${taskId}`) ?? null),
    create(task) {
      const key = `${task.serverId} ${task.taskId}`
      if (tasks.has(key)) return Promise.resolve(false)
      tasks.set(key, task)
      return Promise.resolve(true)
    },
  }
}

function createMemorySessions(rows: Map<string, SessionRecord>): Sessions {
  return {
    list: () => Promise.resolve([...rows.values()]),
    create(session) {
      rows.set(session.id, session)
      return Promise.resolve()
    },
    update(id, changes) {
      const row = rows.get(id)
      if (row !== undefined) rows.set(id, { ...row, ...changes })
      return Promise.resolve()
    },
    remove(id) {
      rows.delete(id)
      return Promise.resolve()
    },
  }
}
