import type { BackupRecord } from '../../src/domain/backup.ts'
import { Readable } from 'node:stream'
import { openAccess } from '../../src/access/open-access.ts'
import { createApiLimits, type ApiRates } from '../../src/api/api-limits.ts'
import { createApi } from '../../src/api/create-api.ts'
import type { SystemJson } from '../../src/api/schema/platform.ts'
import type { DashboardFiles } from '../../src/api/serve-dashboard.ts'
import { AppError } from '../../src/domain/error.ts'
import type { ServerShape } from '../../src/domain/server.ts'
import type { MemoryPeers } from '../../src/domain/memory-peers.ts'
import type { Peer } from '../../src/domain/peer.ts'
import { createExplainer } from '../../src/explain/create-explainer.ts'
import type { AttentionItem } from '../../src/domain/attention.ts'
import type { ChannelTarget } from '../../src/domain/notification.ts'
import { createNotifier } from '../../src/notify/create-notifier.ts'
import type { Message } from '../../src/notify/message.ts'
import type { Outcome } from '../../src/notify/send/send-message.ts'
import { createIncidentBook } from '../../src/hosting/incidents/incident-book.ts'
import { createId } from '../../src/system/random.ts'
import { createFakeAudit } from './audit.ts'
import { createMemorySetupCode } from './people.ts'
import { STRONG_ENFORCEMENT } from './enforcement.ts'
import { alice, createTestHosting } from './hosting.ts'

const SYSTEM: SystemJson = {
  version: '0.0.0',
  commit: 'unknown',
  node: 'v26.0.0',
  generation: 1,
  started_at: '2026-01-01T00:00:00.000Z',
  data_dir: 'data',
  address: 'http://127.0.0.1:8910',
  tier: 'strong',
  cgroup: 'v2',
  planned: STRONG_ENFORCEMENT,
  checks: [],
}

/** The API in memory, with a token that may everything. */
export async function createTestApi(
  options: {
    readonly maxUploadBytes?: number
    readonly shape?: ServerShape
    readonly recall?: MemoryPeers['recall']
    readonly model?: Parameters<typeof createExplainer>[0]['model']
    /** Of a disk of 1000 bytes. */
    readonly freeBytes?: number
    readonly rates?: Partial<ApiRates>
    /** What archive URLs lead to. */
    readonly dashboard?: DashboardFiles
    readonly archives?: Readonly<Record<string, Uint8Array>>
  } = {},
) {
  const test = createTestHosting(options)
  const access = await openAccess({
    ...test.store,
    clock: test.clock,
    signInRates: { perAccount: 5, perAddress: 20 },
    setupCodeFile: createMemorySetupCode(),
  })
  const { text: token } = await access.createToken(
    { name: 'alice', grants: ['admin', 'mcp:call'], expiresInDays: null },
    alice,
  )
  const audit = createFakeAudit()
  const incidentDefects: unknown[] = []
  const incidents = createIncidentBook({
    ...test.store,
    supervision: test.supervision,
    recall: options.recall ?? (async () => []),
    clock: test.clock,
    createId,
    onDefect: (error) => void incidentDefects.push(error),
  })
  const closing = new AbortController()
  const defects: unknown[] = []
  const backups: BackupRecord[] = []
  const served: string[] = []
  const limited: string[] = []
  const tried: { readonly url: string; readonly grants: readonly string[] }[] = []
  const attention: AttentionItem[] = []
  let refusal: AppError | null = null
  let count = 0
  let ready = true
  let writable = true
  const messages: { readonly target: ChannelTarget; readonly message: Message }[] = []
  const outcomes: Outcome[] = []
  let ids = 0
  const notifications = createNotifier({
    ...test.store,
    box: {
      seal: (...args) => test.store.secrets.seal(...args),
      open: (...args) => test.store.secrets.unseal(...args),
    },
    readAttention: async () => attention,
    async send(target, message) {
      messages.push({ target, message })
      return outcomes.shift() ?? { isSent: true }
    },
    know: () => {},
    mask: (text) => text.replaceAll('SENTINEL', '[masked]'),
    baseUrl: 'http://127.0.0.1:8910',
    clock: test.clock,
    createId: (prefix) => `${prefix}_${String(++ids).padStart(4, '0')}`,
    createSecret: () => `whsec_${'A'.repeat(43)}=`,
    chance: () => 0,
    onDefect: (error) => void defects.push(error),
  })
  const api = createApi({
    dashboard: options.dashboard ?? null,
    hosting: test.hosting,
    access,
    audit,
    limits: createApiLimits({ api: 600, uploads: 10, ...options.rates }, test.clock),
    maxStreams: { perPrincipal: 50, total: 1_000 },
    notes: audit,
    backups: {
      list: async () => backups,
      begin({ withData }) {
        const name = withData ? 'with-data' : 'without'
        const about = {
          kind: 'manual',
          state: 'running',
          bytes: null,
          createdAt: test.clock.now(),
          error: null,
        } as const
        backups.push({ ...about, name, path: `/backups/${name}` })
        return backups.at(-1)!
      },
    },
    notifications,
    memories: test.store.memories,
    ...createExplainer({ model: options.model ?? null, mask: (text) => text, clock: test.clock }),
    incidents,
    exchange: test.store.memories.exchange,
    embeddings: async () => null,
    peers: { status: async () => [], recall: options.recall ?? (async () => []) },
    clock: test.clock,
    baseUrl: 'http://127.0.0.1:8910',
    version: '0.0.0',
    maxUploadBytes: () => options.maxUploadBytes ?? 10_000,
    openArchive: async (url) => {
      const archive = options.archives?.[url]
      if (archive === undefined) throw new AppError('fetch_failed', `${url} does not answer.`)
      return Readable.from([archive])
    },
    tryEndpoint: async (url, token) => {
      const who = access.authenticate(`Bearer ${token}`)
      tried.push({ url, grants: who?.grants ?? [] })
      return { url, eras: [{ era: 'modern', protocolVersion: '2026-07-28', tools: 1, problem: null }] }
    },
    createSessionId: () => crypto.randomUUID(),
    createRequestId: () => `req_${++count}`,
    checkHost: () => refusal,
    readSystem: async () => SYSTEM,
    readDisks: async () => [{ path: 'data', freeBytes: options.freeBytes ?? 900, sizeBytes: 1000 }],
    readLog: () => ['{"msg":"hello"}'],
    readConfig: () => [{ key: 'max_servers', value: 10 }],
    reloadConfig: async () => ({ file: null, applied: [], needs_restart: [], warnings: [] }),
    isReady: () => ready,
    isWritable: () => writable,
    metrics: {
      noteServed: (route, method, status) => void served.push(`${method} ${route} ${status}`),
      noteLimited: (policy) => void limited.push(policy),
      noteStreams: () => {},
      isPublic: false,
      read: async (accept) => ({ contentType: 'text/plain; version=0.0.4', body: `accepted ${accept}\n` }),
    },
    onDefect: (error) => void defects.push(error),
    closing: closing.signal,
  })
  const send = (
    method: string,
    path: string,
    init: {
      token?: string | null
      headers?: Record<string, string>
      body?: ConstructorParameters<typeof Response>[0]
      json?: unknown
      peer?: Peer
    } = {},
  ) => {
    const headers = new Headers(init.headers)
    const bearer = init.token === undefined ? token : init.token
    if (bearer !== null) headers.set('authorization', `Bearer ${bearer}`)
    if (init.json !== undefined) headers.set('content-type', 'application/json')
    const body = init.json === undefined ? init.body : JSON.stringify(init.json)
    return api.fetch(
      new Request(`http://127.0.0.1:8910${path}`, {
        method,
        headers,
        ...(body === undefined ? {} : { body }),
      }),
      init.peer ?? { ip: '127.0.0.1', isSecure: false },
    )
  }
  return {
    ...test,
    api,
    access,
    audit,
    notifications,
    messages,
    outcomes,
    attention,
    incidents,
    incidentDefects,
    token,
    closing,
    defects,
    served,
    limited,
    tried,
    send,
    setReady: (value: boolean) => void (ready = value),
    setWritable: (value: boolean) => void (writable = value),
    refuse: (error: AppError) => void (refusal = error),
  }
}
