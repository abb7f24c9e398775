import { AppError } from '../../src/domain/error.ts'
import { DEFAULT_SCAN_POLICY } from '../../src/domain/finding.ts'
import type { ServerId } from '../../src/domain/id.ts'
import { buildLogMatcher, type LogLine } from '../../src/domain/log-line.ts'
import { parsePattern } from '../../src/domain/log-search.ts'
import type { ServerShape } from '../../src/domain/server.ts'
import type { MemoryPeers } from '../../src/domain/memory-peers.ts'
import type { Tier } from '../../src/domain/recommendation.ts'
import type { Principal } from '../../src/domain/principal.ts'
import { createDefinitionBook } from '../../src/hosting/definition-book.ts'
import { judgeDefinitions } from '../../src/hosting/judge-definitions.ts'
import { createEraLearner } from '../../src/hosting/learn-eras.ts'
import { createHosting } from '../../src/hosting/hosting.ts'
import type { JsonObject } from '../../src/domain/json.ts'
import type { DryRuns, HostedTools, Logs } from '../../src/hosting/ports.ts'
import { createServerRecords } from '../../src/hosting/server-records.ts'
import { openStore } from '../../src/store/open-store.ts'
import { createLogger } from '../../src/system/log.ts'
import { createId } from '../../src/system/random.ts'
import { Writable } from 'node:stream'
import { createFakeAudit } from './audit.ts'
import { createFakeClock } from './clock.ts'
import { createFakeIntake } from './intake.ts'
import { createFakeSupervision } from './supervision.ts'
import { vaultDeps } from './vault-deps.ts'

export const alice: Principal = {
  id: 'token:tok_alice',
  kind: 'token',
  name: 'alice',
  grants: ['admin', 'mcp:call'],
}
export const silent = createLogger(new Writable({ write: (_chunk, _encoding, done) => done() }))

/** The verbs over the real store (in memory) and fakes of what runs things. */
export function createTestHosting(
  options: {
    readonly maxServers?: number
    readonly maxUploadBytes?: number
    readonly dryRuns?: DryRuns
    /** Absent: there is nobody to ask. */
    readonly recall?: MemoryPeers['recall']
    /** What every archive is made of; absent: nothing is said of it. */
    readonly shape?: ServerShape
    /** Of the database; absent: in memory. */
    readonly path?: string
  } = {},
) {
  const clock = createFakeClock()
  const store = openStore(options.path ?? ':memory:', { clock, log: silent, ...vaultDeps })
  const intake = createFakeIntake(options.maxUploadBytes, options.shape)
  const dataDirs = new Set<ServerId>()
  const files = {
    dataDirOf: (id: ServerId) => `/data/${id}`,
    prepare: async (id: ServerId) => void dataDirs.add(id),
    remove: async (id: ServerId) => void dataDirs.delete(id),
    list: async () => [...dataDirs.keys()],
    measure: async (id: ServerId) => (dataDirs.has(id) ? 1000 : 0),
  }
  const secretUses = createFakeAudit()
  const records = createServerRecords({
    servers: store.servers,
    versions: store.versions,
    secrets: store.secrets,
    audit: secretUses,
    uids: store.uids,
    distinctUids: true,
    files,
    appDirOf: (hash) => `/trees/${hash}`,
  })
  const supervision = createFakeSupervision({
    records,
    now: () => clock.now(),
    breaks: (command) => command[0] === 'broken',
    hangs: (command) => command[0] === 'hang',
  })
  const logs = createFakeLogs()
  const tools: HostedTools = {
    breaker: () => null,
    async list(server) {
      const found = await store.servers.findByName(server)
      if (found === null || supervision.state(found.id)?.kind !== 'running') {
        throw new AppError('server_not_running', `The server "${server}" is not running.`)
      }
      return [{ name: 'add', inputSchema: { type: 'object' } }]
    },
    listBeside: async () => [{ name: 'add', inputSchema: { type: 'object' } }],
    consult: async (_server, consultation): Promise<JsonObject> => {
      switch (consultation.kind) {
        case 'resources':
          return {
            resources: [{ uri: 'demo://note/1', name: 'Note' }, 'no object'],
            templates: [{ uriTemplate: 'demo://note/{id}', name: 'Notes' }],
          }
        case 'resource':
          return consultation.uri === 'demo://broken'
            ? {}
            : { contents: [{ uri: consultation.uri, text: `read ${consultation.uri}` }] }
        case 'prompts':
          return { prompts: [{ name: 'greet' }] }
        case 'prompt':
          break
      }
      const text = `${consultation.name} ${JSON.stringify(consultation.arguments)}`
      return { messages: [{ role: 'user', content: { type: 'text', text } }] }
    },
    call: async (_server, tool, args) => ({
      content: [{ type: 'text', text: `${tool} ${JSON.stringify(args)}` }],
    }),
  }
  const deleted: ServerId[] = []
  const defects: unknown[] = []
  const hostingAudit = createFakeAudit()
  const settings = {
    maxServers: options.maxServers ?? 10,
    distinctUids: true,
    drainMs: 1000,
    watchMs: 60_000,
    stages: { scan: 60, install: 600, dryRun: 10 },
    advice: {
      tier: 'balanced' as Tier,
      applyByItself: false,
      watchMs: 86_400_000,
      capMib: 4096,
      callTimeout: { usual: 60, most: 600 },
    },
    scan: { policy: DEFAULT_SCAN_POLICY, onReview: 'hold' as const },
    cleanup: {
      keepVersions: 10,
      cacheDays: 30,
      logDays: 14,
      failedAfterDays: null as number | null,
      graceDays: 30,
    },
  }
  const judging = { ...store, clock, intake, supervision, settings }
  const definitions = createDefinitionBook({
    ...store,
    clock,
    judge: (subject, found) => judgeDefinitions(judging, subject, found),
    onDefect: (error) => void defects.push(error),
  })
  const hosting = createHosting({
    ...store,
    audit: hostingAudit,
    definitions,
    dryRuns: options.dryRuns ?? null,
    files,
    intake,
    supervision,
    tools,
    eras: createEraLearner({ ...store, supervision, clock, onDefect: (error) => void defects.push(error) }),
    logs,
    recall: options.recall ?? (async () => []),
    growth: { of: () => null },
    host: { millicores: 4000, readCpuPressure: () => 0 },
    clock,
    createId,
    settings,
    onDefect: (error) => void defects.push(error),
    onDeleted: (id) => void deleted.push(id),
  })
  /** Deploys and waits for the end. */
  const deploy = async (name: string | null, text: string, start = true) => {
    const archive = await hosting.receive(chunksOf(text), AbortSignal.timeout(10_000))
    const { id } = await hosting.deploy({ archive, name, config: {}, via: 'api', start }, alice)
    return hosting.getOperation(id, { waitMs: 10_000, signal: AbortSignal.timeout(10_000) })
  }
  return {
    hosting,
    hostingAudit,
    store,
    definitions,
    intake,
    supervision,
    logs,
    clock,
    records,
    dataDirs,
    settings,
    secretUses,
    deleted,
    defects,
    deploy,
  }
}

export async function* chunksOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

function createFakeLogs(): Logs & { add(id: ServerId, text: string): void } {
  const lines = new Map<ServerId, LogLine[]>()
  const listeners = new Map<ServerId, Set<(line: LogLine) => void>>()
  return {
    add(id, text) {
      const own = lines.get(id) ?? []
      lines.set(id, own)
      const line: LogLine = { seq: own.length + 1, time: 0, stream: 'stderr', text }
      own.push(line)
      for (const listener of listeners.get(id) ?? []) listener(line)
    },
    async read(id, query) {
      const found = (lines.get(id) ?? []).filter(buildLogMatcher(query))
      const { tail, limit } = query
      if (tail === undefined) return found.slice(0, limit ?? 1000)
      return found.slice(Math.max(0, found.length - Math.min(tail, limit ?? 10_000)))
    },
    async search(id, search) {
      const { matches } = parsePattern(search)
      const all = (lines.get(id) ?? []).filter((line) => matches(line.text))
      return {
        lines: (search.direction === 'older' ? all.toReversed() : all).slice(0, search.limit),
        seen: all.length,
        isComplete: all.length <= search.limit,
        scannedBytes: 0,
      }
    },
    follow(id, listener) {
      const own = listeners.get(id) ?? new Set()
      listeners.set(id, own)
      own.add(listener)
      return () => own.delete(listener)
    },
    remove: async (id) => void lines.delete(id),
    list: async () => [...lines.keys()],
    dropped: () => ({ stdout: 0, stderr: 0, platform: 0 }),
    findOlder: async () => null,
    removeOlder: async () => 0,
    measure: async (id) => (lines.get(id)?.length ?? 0) * 100,
  }
}
