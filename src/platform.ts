/** The composition root: with src/platform/ the only place that knows every part. Opens in order, closes in reverse. */
import { join } from 'node:path'
import { availableParallelism } from 'node:os'
import { openOAuth } from './access/oauth/open-oauth.ts'
import { readOAuthSettings } from './access/oauth/read-settings.ts'
import { openAccess } from './access/open-access.ts'
import { createSetupCodeFile } from './access/setup-code-file.ts'
import { writeAddress } from './access/write-address.ts'
import { writeCliToken } from './access/write-cli-token.ts'
import { createApiLimits } from './api/api-limits.ts'
import { createApi } from './api/create-api.ts'
import type { ReloadPlan } from './config/plan-reload.ts'
import type { PlatformConfig } from './config/schema.ts'
import type { AuditEntry } from './domain/audit.ts'
import type { IsolationTier } from './domain/enforcement.ts'
import { createPlatformMetrics } from './domain/metric-list.ts'
import { createKnownSecrets } from './domain/known-secrets.ts'
import { createRecentLines } from './domain/recent-lines.ts'
import { maskTokens } from './domain/token-patterns.ts'
import { createGateway } from './gateway/gateway.ts'
import { tryEndpoint } from './gateway/try-endpoint.ts'
import { createDefinitionBook } from './hosting/definition-book.ts'
import { judgeDefinitions } from './hosting/judge-definitions.ts'
import { createEraLearner } from './hosting/learn-eras.ts'
import { createClientTeller } from './hosting/tell-client.ts'
import { createBreakerTeller } from './hosting/tell-breaker.ts'
import { createHosting } from './hosting/hosting.ts'
import { fetchArchive } from './intake/fetch-archive.ts'
import { buildReconcileChecks } from './runtime/supervisor/reconcile/reconcile-checks.ts'
import { buildSecretChecks } from './store/secrets/secret-checks.ts'
import { startStorageWatch } from './store/storage-watch.ts'
import { readCpuPressure } from './system/usage-figures.ts'
import { systemClock } from './system/clock.ts'
import { forbidCoreDumps } from './system/core-dumps.ts'
import { startListener } from './system/listen.ts'
import { createLogger } from './system/log.ts'
import { createId, createRequestId, createToken } from './system/random.ts'
import { openStaticFiles } from './system/static-files.ts'
import { createOriginCheck } from './system/web-origin.ts'
import { assertGuarded } from './platform/assert-guarded.ts'
import {
  buildArchiveRules,
  buildGatewayConfig,
  buildOrigins,
  buildSignInRates,
  buildStreamLimits,
  renderReload,
} from './platform/build-settings.ts'
import { openMetrics } from './platform/open-metrics.ts'
import { buildEmbeddingChecks, openMeaning } from './platform/open-embeddings.ts'
import { buildPeerChecks, openPeers } from './platform/open-peers.ts'
import { createLiveSettings } from './platform/live-settings.ts'
import { openBackups } from './platform/open-backups.ts'
import { openExplain } from './platform/open-explain.ts'
import { listSettings } from './platform/list-settings.ts'
import { openNotifications } from './platform/open-notifications.ts'
import { openIncidents } from './platform/open-incidents.ts'
import { openRecords } from './platform/open-records.ts'
import { createReload, type ReadConfig } from './platform/open-reload.ts'
import { readDisks } from './platform/read-disks.ts'
import { openTelemetry } from './platform/open-telemetry.ts'
import { openRuntime } from './platform/open-runtime.ts'
import { startWork } from './platform/start-work.ts'

export interface Platform {
  readonly url: string
  readonly tier: IsolationTier
  /** Makes the first administrator; null when there is one. */
  readonly setupCode: string | null
  /** Reads the configuration again; what comes of it is told by log, event and doctor. */
  reload(): Promise<void>
  /** `stop` ends the hosted servers, whose desired states stay; `handover` leaves them to the next daemon. */
  close(how: 'stop' | 'handover'): Promise<void>
}

const MIB = 1024 * 1024
/** What is under way at the end has so long; docs/operating.md says it. */
const DRAIN_MS = 10_000
/** As script/build makes it, whether the program itself runs as built or from its sources. */
const DASHBOARD = join(import.meta.dirname, '../dist/dashboard')
/** Of the platform's own log, for reports. */
const RECENT_LINES = 1000

type PlatformFacts = {
  readonly environment: Readonly<Record<string, string>>
  readonly version: string
  /** What it was built of. */
  readonly commit: string
  readonly readConfig: ReadConfig
  readonly planReload: (current: PlatformConfig, next: PlatformConfig) => ReloadPlan
}

/** Throws AppError `data_in_use`, `address_in_use`, `invalid_platform_config`; then nothing is left open. */
export async function openPlatform(config: PlatformConfig, about: PlatformFacts): Promise<Platform> {
  await using stack = new AsyncDisposableStack()
  const known = createKnownSecrets()
  const mask = (text: string) => maskTokens(known.mask(text))
  const recentLog = createRecentLines(RECENT_LINES)
  const live = createLiveSettings(config)
  const logger = createLogger(
    undefined,
    () => live.config().logging.level,
    undefined,
    (text) => recentLog.add(mask(text)),
    config.logging.format,
  )
  const clock = systemClock
  const canDump = !(await forbidCoreDumps())
  const metrics = createPlatformMetrics()
  const records = await openRecords(config, {
    clock,
    metrics,
    logger,
    known,
    environment: about.environment,
  })
  stack.use(records)
  const { store, audit, notes, stateSeal } = records
  const telemetry = await openMetrics({
    metrics,
    records,
    config,
    clock,
    logger,
    version: about.version,
    commit: about.commit,
  })
  stack.defer(() => telemetry.close())
  const oauthSettings = await readOAuthSettings(config.security.oauth)
  const baseOf = (host: string | undefined) => origins.baseOf(host)
  const oauthDeps = { clock, logger: logger.child('oauth'), baseOf }
  const oauth = oauthSettings === null ? null : openOAuth({ settings: oauthSettings, ...oauthDeps })
  const access = await openAccess({
    ...store,
    clock,
    oauth,
    signInRates: live.follow(buildSignInRates),
    setupCodeFile: createSetupCodeFile(config.data_dir),
  })
  stack.defer(() => access.close())
  const isLetIn = access.listTokens().some(({ expiresAt }) => expiresAt === null || expiresAt > clock.now())
  assertGuarded(config, isLetIn || access.accounts.isClaimed() || oauth !== null)

  const runtime = await openRuntime(stack, {
    config,
    live,
    records,
    metrics,
    telemetry,
    clock,
    logger,
    environment: about.environment,
    version: about.version,
    isAwaited: (instanceId) => gateway.isAwaited(instanceId),
    isGrowing: (serverId) => growth.of(serverId)?.level === 'incident',
  })
  const { egress, sandbox, intake, files, logs, supervisor, settings, dryRuns } = runtime
  let ending: 'stop' | 'handover' = 'handover'
  stack.defer(() => supervisor.close(ending))
  const judging = { ...store, clock, intake, supervision: supervisor, settings }
  const exports = await openTelemetry({
    config: config.telemetry.otlp,
    metrics,
    ...telemetry,
    clock,
    logger: logger.child('telemetry'),
    source: { version: about.version, instance: store.installationId },
  })
  stack.defer(() => exports.close())
  const definitions = createDefinitionBook({
    ...store,
    clock,
    judge: (subject, found) => judgeDefinitions(judging, subject, found),
    onDefect: (err) => logger.error('what servers say of themselves was not kept', { err }),
  })
  const recovered = Promise.withResolvers<void>()
  const gateway = createGateway({
    recovered: recovered.promise,
    upstreams: supervisor,
    definitions,
    sessions: store.sessions,
    tasks: store.tasks,
    parks: store.parks,
    stateSeal,
    calls: store.calls,
    principals: access,
    notes,
    resourceServer: oauth,
    generation: store.generation,
    clock,
    logger: logger.child('gateway'),
    onBreaker: createBreakerTeller(store),
    browsers: access.browsers,
    onClient: createClientTeller(store.events),
    ...telemetry.gateway,
    ...(exports.tracer === null ? {} : { tracer: exports.tracer }),
    config: buildGatewayConfig(config),
  })
  live.onChange((current) => gateway.configure(buildGatewayConfig(current)))
  telemetry.watch({ supervisor, gateway, logs, files })
  let gatewayEnd: Promise<void> | undefined
  const closeGateway = () => (gatewayEnd ??= gateway.close())
  stack.defer(closeGateway)
  await gateway.start()
  const eras = createEraLearner({
    ...store,
    supervision: supervisor,
    clock,
    onDefect: (err) => logger.error('what a server speaks could not be learned', { err }),
  })
  stack.defer(() => eras.close())
  // What comes up is looked at even when no client asks.
  store.events.subscribe(({ event }) => {
    if (event.type === 'server.adopted' || (event.type === 'server.status' && event.status === 'running')) {
      gateway.meet(event.serverId)
      void eras.learn(event.serverId)
    }
  })

  const peers = openPeers(config.memory, {
    records,
    logger: logger.child('peers'),
    mask: (text) => maskTokens(known.mask(text)),
    environment: about.environment,
    version: about.version,
  })
  stack.defer(() => peers.close())
  const { memories, embeddings } = openMeaning(stack, config.memory.embeddings, {
    memories: store.memories,
    mask,
  })
  const recall: typeof peers.recall = (query, category) => peers.recall(query, category)
  const hosting = createHosting({
    ...store,
    audit,
    definitions,
    files,
    intake,
    dryRuns: config.security.dry_run ? dryRuns : null,
    supervision: supervisor,
    tools: gateway.hostedTools,
    eras,
    logs,
    recall,
    growth: { of: (serverId) => growth.of(serverId) },
    host: { millicores: availableParallelism() * 1000, readCpuPressure },
    clock,
    createId,
    settings,
    onDefect: (err, operation) =>
      logger.error('a deployment failed inside the platform', { err, operation_id: operation }),
    onDeleted: (serverId) => gateway.forgetServer(serverId),
  })
  stack.defer(() => hosting.close())

  const explainer = openExplain(config.model, { clock, mask })
  const { incidents, growth } = openIncidents(stack, {
    store,
    supervision: supervisor,
    recall,
    clock,
    logger,
  })

  const { readConfig, planReload: plan } = about
  const reload = createReload({
    live,
    readConfig,
    plan,
    events: store.events,
    audit,
    logger: logger.child('config'),
  })
  const backups = openBackups(config, {
    clock,
    events: store.events,
    logger: logger.child('backup'),
    version: about.version,
    findConfigFile: async () => (await readConfig()).file,
  })
  stack.use(backups)
  const closing = new AbortController()
  let ready = false
  const { data_dir, servers_dir, uploads_dir, logs_dir } = config
  const storage = await startStorageWatch({
    folders: { data_dir, servers_dir, uploads_dir, logs_dir },
    reserveBytes: () => live.config().disk.reserve_mb * MIB,
    clock,
  })
  stack.defer(() => storage.close())
  const examineHost = async () => {
    const probe = await sandbox.examine()
    return {
      ...probe,
      checks: [
        ...reload.checks(),
        ...probe.checks,
        ...(await storage.checks()),
        ...buildSecretChecks(await store.secrets.status(), canDump),
        ...buildReconcileChecks(supervisor.differences()),
        ...buildPeerChecks(await peers.status()),
        ...buildEmbeddingChecks((await embeddings?.status()) ?? null),
      ],
    }
  }
  const startedAt = clock.now()
  const listener = await startListener({
    host: config.dashboard.host,
    port: config.dashboard.port,
    ...buildOrigins(config),
    handlers: [(req, res, readPeer) => gateway.handle(req, res, readPeer)],
    onRefused: ({ code }, { ip }) => notes.note(buildRefusal(code, ip)),
    app: (request, peer) => api.fetch(request, peer),
    trustedProxies: config.dashboard.trusted_proxies,
  })
  stack.defer(() => listener.close())
  // Streams end in order before the listener waits for its connections.
  stack.defer(closeGateway)
  stack.defer(() => closing.abort())
  const baseUrl = config.dashboard.public_url?.replace(/\/$/, '') ?? listener.url
  const origins = createOriginCheck({
    host: config.dashboard.host,
    port: listener.port,
    ...buildOrigins(config),
  })
  const readSystem = async () => ({
    version: about.version,
    commit: about.commit,
    node: process.version,
    generation: store.generation,
    started_at: new Date(startedAt).toISOString(),
    data_dir: config.data_dir,
    address: listener.url,
    ...(await examineHost()),
  })
  const readDisk = () => readDisks([data_dir, servers_dir, uploads_dir, logs_dir])
  const notifications = openNotifications(stack, {
    store,
    attention: { access, clock, hosting, readSystem, readDisks: readDisk },
    live,
    known,
    mask,
    baseUrl,
    clock,
    logger: logger.child('notifications'),
  })
  const api = createApi({
    dashboard: config.dashboard.enabled ? await openStaticFiles(DASHBOARD) : null,
    backups,
    memories,
    embeddings: async () => (await embeddings?.status()) ?? null,
    incidents,
    ...explainer,
    peers,
    exchange: store.memories.exchange,
    hosting,
    access,
    limits: createApiLimits(
      live.follow(({ rate_limits }) => rate_limits),
      clock,
    ),
    maxStreams: live.follow(buildStreamLimits),
    audit,
    notes,
    clock,
    baseUrl,
    version: about.version,
    maxUploadBytes: () => live.config().security.max_upload_size_mb * MIB,
    openArchive: (url, signal) => fetchArchive(url, buildArchiveRules(live.config()), signal),
    tryEndpoint,
    readDisks: readDisk,
    notifications,
    readLog: () => recentLog.list(),
    readConfig: () => listSettings(live.config(), mask),
    reloadConfig: async (actor) => renderReload(await reload.run(actor)),
    createRequestId,
    createSessionId: () => createToken(),
    checkHost: ({ headers }) =>
      origins.find(headers.get('host') ?? undefined, headers.get('origin') ?? undefined),
    readSystem,
    isReady: () => ready,
    metrics: telemetry.api,
    isWritable: () => storage.isWritable(),
    onDefect: (err, requestId) => logger.error('a request failed', { err, request_id: requestId }),
    closing: closing.signal,
  })
  await writeCliToken(config.data_dir, access.createLocalToken())
  stack.defer(await writeAddress(config.data_dir, listener.url))

  await startWork(stack, {
    hosting,
    supervisor,
    gateway,
    store,
    traffic: telemetry.traffic,
    egress,
    live,
    clock,
    logger,
    recovered: recovered.resolve,
    ready: () => (ready = true),
  })

  const { tier } = await sandbox.backend.probe()
  const owned = stack.move()
  return {
    url: listener.url,
    tier,
    setupCode: access.setup.current()?.code ?? null,
    reload: () => reload.runForSignal(),
    async close(how) {
      ending = how
      ready = false
      store.events.emit({ type: 'platform.stopping' })
      await gateway.drain(DRAIN_MS)
      await owned.disposeAsync()
    },
  }
}

function buildRefusal(code: string, ip: string | null): AuditEntry {
  const who = { actor: 'nobody', via: 'platform', ip, requestId: null } as const
  return { ...who, action: 'listener.reach', resource: null, outcome: 'denied', details: { code } }
}
