/** The composition root: the only file that knows every part. Opens in order, closes in reverse. */
import { mkdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { openOAuth } from './access/oauth/open-oauth.ts'
import { readOAuthSettings } from './access/oauth/read-settings.ts'
import { openAccess } from './access/open-access.ts'
import { createSetupCodeFile } from './access/setup-code-file.ts'
import { writeAddress } from './access/write-address.ts'
import { writeCliToken } from './access/write-cli-token.ts'
import { createApiLimits } from './api/api-limits.ts'
import { createApi } from './api/create-api.ts'
import type { PlatformConfig } from './config/schema.ts'
import { DEFAULT_ARCHIVE_LIMITS } from './domain/archive.ts'
import { parseEgressRules } from './domain/egress-rule.ts'
import { buildDeploymentEnd } from './domain/audit-deployment.ts'
import type { AuditEntry, AuditVerdict } from './domain/audit.ts'
import type { IsolationTier } from './domain/enforcement.ts'
import { AppError } from './domain/error.ts'
import { createKnownSecrets } from './domain/known-secrets.ts'
import { maskTokens } from './domain/token-patterns.ts'
import { ROOT_UIDS, type UidBlock } from './domain/uid-block.ts'
import { startRepeating } from './domain/repeat.ts'
import { createGateway } from './gateway/gateway.ts'
import { createDefinitionBook } from './hosting/definition-book.ts'
import { rememberDryRuns } from './hosting/remember-dry-runs.ts'
import { judgeDefinitions } from './hosting/judge-definitions.ts'
import { createHosting } from './hosting/hosting.ts'
import { createEgressRecorder } from './hosting/record-egress.ts'
import { createServerRecords } from './hosting/server-records.ts'
import { createSampleWindow } from './insight/metrics/sample-window.ts'
import { fetchArchive } from './intake/fetch-archive.ts'
import { openIntake } from './intake/intake.ts'
import { createBubblewrapBackend } from './runtime/backends/bubblewrap.ts'
import { openEgress } from './runtime/egress/open-egress.ts'
import { createLogFiles } from './runtime/instance/log-files.ts'
import type { EgressLog, HostProbe } from './runtime/ports.ts'
import { removeOwned } from './runtime/sandbox/change-owner.ts'
import type { UidSupply } from './runtime/sandbox/choose-way.ts'
import { checkTools } from './runtime/sandbox/check-tools.ts'
import { createTools } from './runtime/sandbox/find-tools.ts'
import { createInterpreters } from './runtime/sandbox/interpreters.ts'
import { createJail } from './runtime/sandbox/jail.ts'
import { openSandboxHost } from './runtime/sandbox/open-host.ts'
import { probeHost as probeSandboxHost } from './runtime/sandbox/probe-host.ts'
import { createTrials } from './runtime/trial/trials.ts'
import { createSupervisor } from './runtime/supervisor/supervisor.ts'
import { createAuditNotes } from './store/audit/audit-notes.ts'
import { openAuditTrail } from './store/audit/open-audit-trail.ts'
import { verifyAudit as checkAudit } from './store/audit/verify-audit.ts'
import { lockDataDirectory } from './store/data-directory-lock.ts'
import { createServerFiles } from './store/files/server-files.ts'
import { openStore } from './store/open-store.ts'
import { createKeySource } from './store/secrets/key-source.ts'
import { buildSecretChecks } from './store/secrets/secret-checks.ts'
import { claimUidBlock } from './store/uid-blocks.ts'
import { systemClock } from './system/clock.ts'
import { forbidCoreDumps } from './system/core-dumps.ts'
import { startListener } from './system/listen.ts'
import { createLogger, type Logger } from './system/log.ts'
import { listProcessesOf } from './system/process-table.ts'
import { findOwnRange, isGranted } from './system/uid-ranges.ts'
import { listOwnAddresses } from './system/outbound.ts'
import { createId, createRequestId, createToken, randomFraction } from './system/random.ts'
import { createNameResolver } from './system/resolve-names.ts'
import { createOriginCheck } from './system/web-origin.ts'

export interface Platform {
  readonly url: string
  readonly tier: IsolationTier
  /** Makes the first administrator; null when there is one. */
  readonly setupCode: string | null
  /** `stop` ends the hosted servers, whose desired states stay; `handover` leaves them to the next daemon. */
  close(how: 'stop' | 'handover'): Promise<void>
}

const MIB = 1024 * 1024
const EGRESS_FLUSH_MS = 2000
const DATABASE_FILE = 'haivemind.db'
const AUDIT_FOLDER = 'audit'
const SAMPLE_MS = 10_000
/** Two hours of samples for each server. */
const SAMPLES = 720

/** Throws AppError `data_in_use`, `address_in_use`, `invalid_platform_config`; then nothing is left open. */
export async function openPlatform(
  config: PlatformConfig,
  about: { readonly environment: Readonly<Record<string, string>>; readonly version: string },
): Promise<Platform> {
  await using stack = new AsyncDisposableStack()
  const known = createKnownSecrets()
  const logger = createLogger(undefined, undefined, undefined, (text) => maskTokens(known.mask(text)))
  const clock = systemClock
  const canDump = !(await forbidCoreDumps())
  const dirs = await makeDirectories(config)
  const lock = lockDataDirectory(config.data_dir, process.pid)
  stack.defer(() => lock.close())
  const supply = await claimUids(config)
  const store = openStore(join(config.data_dir, DATABASE_FILE), {
    clock,
    uids: supply?.block ?? null,
    log: logger.child('store'),
    keySource: createKeySource(
      config.security.key_file ?? join(config.data_dir, 'secrets.key'),
      about.environment,
    ),
    onSecret: (name, value) => known.add(name, value),
  })
  stack.defer(() => store.close())
  const audit = await openAuditTrail({
    store: store.audit,
    dir: join(config.data_dir, AUDIT_FOLDER),
    path: join(config.data_dir, DATABASE_FILE),
    segmentRecords: config.audit.segment_records,
    clock,
    log: logger.child('audit'),
  })
  stack.defer(() => audit.close())
  const notes = createAuditNotes({ audit, clock, log: logger.child('audit') })
  stack.defer(() => notes.close())

  stack.defer(
    store.events.subscribe((record) => {
      const ended = buildDeploymentEnd(record)
      if (ended !== null) notes.note(ended)
    }),
  )

  const oauthSettings = await readOAuthSettings(config.security.oauth)
  const baseOf = (host: string | undefined) => origins.baseOf(host)
  const oauthDeps = { clock, logger: logger.child('oauth'), baseOf }
  const oauth = oauthSettings === null ? null : openOAuth({ settings: oauthSettings, ...oauthDeps })
  const access = await openAccess({
    ...store,
    clock,
    oauth,
    signInRates: {
      perAccount: config.rate_limits.sign_in_per_account,
      perAddress: config.rate_limits.sign_in_per_address,
    },
    setupCodeFile: createSetupCodeFile(config.data_dir),
  })
  stack.defer(() => access.close())
  const isLetIn = access.listTokens().some(({ expiresAt }) => expiresAt === null || expiresAt > clock.now())
  assertGuarded(config, isLetIn || access.accounts.isClaimed() || oauth !== null)

  const egress = createEgressRecorder({ ...store, clock })
  stack.defer(() => egress.flush())
  const sandbox = await openSandbox(config, logger, egress, supply)
  const intake = await openIntake({
    uploadsDir: config.uploads_dir,
    serversDir: config.servers_dir,
    limits: { ...DEFAULT_ARCHIVE_LIMITS, maxArchiveBytes: config.security.max_upload_size_mb * MIB },
    allowedRuntimes: config.security.allowed_languages,
    defaults: {
      healthCheckIntervalSeconds: config.health_check_interval,
      limits: { diskMb: config.disk_mb },
      pin: config.security.pin_default,
    },
    installTimeoutSeconds: config.install.timeout,
    installCache: config.install.cache,
    installLimits: {
      memoryMb: config.install.memory_mb,
      cpuPercent: 200,
      maxProcesses: 512,
      diskMb: config.install.disk_mb,
    },
    environment: about.environment,
    jail: sandbox.jail,
    clock,
    scan: {
      enabled: config.security.scan_uploads,
      timeoutSeconds: config.security.scan_timeout,
      osvDir: config.security.osv_dir,
      cache: store.scans,
    },
  })
  const files = createServerFiles(dirs.serverData, sandbox.removeOwned)
  const logs = createLogFiles({
    dir: config.logs_dir,
    clock,
    logger: logger.child('logs'),
    maxBytes: config.logs.segment_mb * MIB,
    maxFiles: config.logs.segments,
  })
  stack.defer(() => logs.close())

  const supervisor = createSupervisor({
    backend: sandbox.backend,
    ledger: store.ledger,
    records: createServerRecords({
      ...store,
      audit,
      files,
      distinctUids: sandbox.distinctUids,
      appDirOf: (hash) => intake.appDirOf(hash),
    }),
    events: store.events,
    logs,
    clock,
    logger: logger.child('supervisor'),
    daemonGeneration: store.generation,
    platformVersion: about.version,
    random: randomFraction,
  })
  let ending: 'stop' | 'handover' = 'handover'
  stack.defer(() => supervisor.close(ending))

  const settings = {
    maxServers: config.max_servers,
    distinctUids: sandbox.distinctUids,
    scan: buildScanSettings(config.security.scan_policy),
  }
  const trials = sandbox.openTrials(about.version)
  const dryRuns = rememberDryRuns({
    run: ({ treeHash, config: own, detection: { runtime, command } }, signal) =>
      trials.run(
        {
          runtime,
          command,
          appDir: intake.appDirOf(treeHash),
          config: own,
          seconds: Math.min(config.security.dry_run_seconds, own.startTimeoutSeconds),
        },
        signal,
      ),
  })
  const judging = { ...store, clock, intake, supervision: supervisor, settings }
  const definitions = createDefinitionBook({
    ...store,
    clock,
    judge: (subject, found) => judgeDefinitions(judging, subject, found),
    onDefect: (err) => logger.error('what servers say of themselves was not kept', { err }),
  })
  const gateway = createGateway({
    upstreams: supervisor,
    definitions,
    sessions: store.sessions,
    calls: store.calls,
    principals: access,
    notes,
    resourceServer: oauth,
    clock,
    logger: logger.child('gateway'),
    config: buildGatewayConfig(config),
  })
  let gatewayEnd: Promise<void> | undefined
  const closeGateway = () => (gatewayEnd ??= gateway.close())
  stack.defer(closeGateway)
  await gateway.start()
  // What comes up is looked at even when no client asks.
  store.events.subscribe(({ event }) => {
    if (event.type === 'server.adopted' || (event.type === 'server.status' && event.status === 'running'))
      gateway.meet(event.serverId)
  })

  const hosting = createHosting({
    ...store,
    audit,
    definitions,
    files,
    intake,
    dryRuns: config.security.dry_run ? dryRuns : null,
    supervision: supervisor,
    tools: gateway.hostedTools,
    logs,
    samples: createSampleWindow(SAMPLES),
    clock,
    createId,
    settings,
    onDefect: (err, operation) => logger.error('a deployment failed inside the platform', { err, operation }),
    onDeleted: (serverId) => gateway.forgetServer(serverId),
  })
  stack.defer(() => hosting.close())

  const closing = new AbortController()
  let ready = false
  const examineHost = async () => {
    const probe = await sandbox.examine()
    return {
      ...probe,
      checks: [...probe.checks, ...buildSecretChecks(await store.secrets.status(), canDump)],
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
  const api = createApi({
    hosting,
    access,
    limits: createApiLimits(config.rate_limits, clock),
    maxStreams: { perPrincipal: config.rate_limits.streams_per_principal, total: config.rate_limits.streams },
    audit,
    notes,
    clock,
    baseUrl,
    version: about.version,
    maxUploadBytes: config.security.max_upload_size_mb * MIB,
    openArchive: (url, signal) => fetchArchive(url, buildArchiveRules(config), signal),
    createRequestId,
    createSessionId: () => createToken(),
    checkHost: ({ headers }) =>
      origins.find(headers.get('host') ?? undefined, headers.get('origin') ?? undefined),
    readSystem: async () => ({
      version: about.version,
      node: process.version,
      generation: store.generation,
      started_at: new Date(startedAt).toISOString(),
      data_dir: config.data_dir,
      address: listener.url,
      ...(await examineHost()),
    }),
    isReady: () => ready,
    onDefect: (err, requestId) => logger.error('a request failed', { err, request_id: requestId }),
    closing: closing.signal,
  })
  await writeCliToken(config.data_dir, access.createLocalToken())
  stack.defer(await writeAddress(config.data_dir, listener.url))

  // Half-made deployments go first, so that recovery starts nothing of them.
  await hosting.closeOpenOperations()
  const report = await supervisor.recover()
  const ledger = await store.ledger.list()
  await hosting
    .removeStrays(ledger.map(({ serverId }) => serverId))
    .catch((err: unknown) => logger.error('what deleted servers left could not be removed', { err }))
  store.events.emit({
    type: 'platform.started',
    generation: store.generation,
    adopted: report.adopted,
    reaped: report.reaped,
  })
  ready = true
  const every = (milliseconds: number, task: () => Promise<void>) =>
    startRepeating(clock, milliseconds, () =>
      task().catch((err: unknown) => logger.error('a periodic task failed', { err })),
    )
  stack.defer(every(EGRESS_FLUSH_MS, () => egress.flush()))
  stack.defer(every(SAMPLE_MS, () => hosting.sample()))
  if (config.auto_cleanup) {
    const cleanUp = async () => {
      await store.prune()
      await hosting.collect()
    }
    stack.defer(every(config.cleanup_interval * 1000, cleanUp))
  }

  const { tier } = await sandbox.backend.probe()
  const owned = stack.move()
  return {
    url: listener.url,
    tier,
    setupCode: access.setup.current()?.code ?? null,
    async close(how) {
      ending = how
      ready = false
      store.events.emit({ type: 'platform.stopping' })
      await owned.disposeAsync()
    },
  }
}

/** For `audit verify`, whether or not a daemon runs. */
export function verifyAudit(config: PlatformConfig, publicKey: string | undefined): Promise<AuditVerdict> {
  const path = join(config.data_dir, DATABASE_FILE)
  const dir = join(config.data_dir, AUDIT_FOLDER)
  return checkAudit({ path, dir, ...(publicKey === undefined ? {} : { publicKey }) })
}

/** For `doctor` without a daemon. */
export async function probeHost(config: PlatformConfig): Promise<HostProbe> {
  await makeDirectories(config)
  const supply = await claimUids(config)
  return (await openSandbox(config, createLogger(), { record: () => {} }, supply)).examine()
}

async function makeDirectories(config: PlatformConfig): Promise<{ readonly serverData: string }> {
  const serverData = join(config.servers_dir, 'data')
  for (const path of [config.data_dir, config.servers_dir, config.uploads_dir, config.logs_dir]) {
    // Whoever else is on this machine has no business with archives, tokens or data.
    await mkdir(path, { recursive: true, mode: 0o700 })
  }
  return { serverData }
}

/** Null for a plain user that was granted none. */
async function claimUids(config: PlatformConfig): Promise<UidSupply | null> {
  const folders = [config.data_dir, config.servers_dir]
  if (process.getuid?.() === 0) {
    const isUsed = (block: UidBlock) =>
      isGranted(block) || listProcessesOf(block.first, block.count).length > 0
    const registry = '/var/lib/haivemind'
    return { block: await claimUidBlock({ registry, range: ROOT_UIDS, folders, isUsed }), range: null }
  }
  const range = findOwnRange()
  if (range === null) return null
  const registry = join(homedir(), '.local/state/haivemind')
  const isUsed = (block: UidBlock) => listProcessesOf(block.first, block.count).length > 0
  return { block: await claimUidBlock({ registry, range, folders, isUsed }), range }
}

async function openSandbox(config: PlatformConfig, logger: Logger, log: EgressLog, supply: UidSupply | null) {
  const host = await openSandboxHost({
    dataDir: config.data_dir,
    supply,
    weakest: config.security.min_isolation_tier,
    clock: systemClock,
    logger: logger.child('sandbox'),
  })
  const interpreters = createInterpreters(host)
  const tools = createTools(host, interpreters)
  const minTier = config.security.min_isolation_tier
  const egress = openEgress({
    network: {
      resolve: createNameResolver(config.egress.dns_servers),
      ownAddresses: listOwnAddresses,
    },
    ceiling: config.egress.allowed_hosts === null ? null : parseEgressRules(config.egress.allowed_hosts),
    allowPrivate: parseEgressRules(config.egress.allow_private).map(({ host, ports: [port = 0] }) => ({
      host,
      port,
    })),
    log,
    clock: systemClock,
    logger: logger.child('egress'),
  })
  const backend = createBubblewrapBackend({
    host,
    interpreters,
    minTier,
    probe: () => probeSandboxHost(host),
    egress,
  })
  return {
    backend,
    jail: createJail({ host, tools, minTier, egress }),
    distinctUids: host.uids !== null,
    removeOwned: (root: string, path: string) => removeOwned(host, root, path),
    openTrials: (platformVersion: string) => createTrials({ host, interpreters, minTier, platformVersion }),
    /** Slower than the backend's own probe: every interpreter is tried too. */
    examine: () => probeSandboxHost(host, () => checkTools(tools)),
  }
}

/** Everybody who can reach the port can knock: without a valid token nobody could have meant to let them in. */
function assertGuarded({ dashboard: { host } }: PlatformConfig, isLetIn: boolean): void {
  const isLoopback = host === 'localhost' || host === '::1' || host.startsWith('127.')
  if (isLoopback || isLetIn) return
  const text = `mcp_hosting.dashboard.host: ${host} is reachable from other machines, and no access is set up.`
  throw new AppError('invalid_platform_config', text, {
    hint: 'Serve on 127.0.0.1 first, make a token (haivemind token create) or an administrator (haivemind user add), then change the host.',
  })
}

function buildRefusal(code: string, ip: string | null): AuditEntry {
  const who = { actor: 'nobody', via: 'platform', ip, requestId: null } as const
  return { ...who, action: 'listener.reach', resource: null, outcome: 'denied', details: { code } }
}

function buildOrigins({ dashboard }: PlatformConfig) {
  return {
    allowedOrigins: dashboard.allowed_origins,
    ...(dashboard.public_url === null ? {} : { publicUrl: dashboard.public_url }),
  }
}

function buildArchiveRules({ security }: PlatformConfig) {
  return {
    named: new Set(security.archive_sources),
    maxBytes: security.max_upload_size_mb * MIB,
    timeoutMs: security.archive_url_timeout * 1000,
  }
}

function buildScanSettings(policy: PlatformConfig['security']['scan_policy']) {
  const { block, block_confidence, review, review_confidence, on_review: onReview } = policy
  return {
    onReview,
    policy: {
      block: block === 'never' ? null : { severity: block, confidence: block_confidence },
      review: review === 'never' ? null : { severity: review, confidence: review_confidence },
    },
  }
}

function buildGatewayConfig({ gateway, rate_limits }: PlatformConfig) {
  return {
    maxBodyBytes: gateway.max_message_mb * MIB,
    maxInFlight: gateway.max_calls_per_server,
    maxQueued: gateway.max_queue_per_server,
    callTimeoutMs: gateway.call_timeout * 1000,
    callCeilingMs: gateway.call_timeout_max * 1000,
    sessionIdleMs: gateway.session_idle_timeout * 1000,
    maxSessionsPerPrincipal: gateway.max_sessions,
    maxMessagesPerMinute: rate_limits.mcp,
    maxStreamsPerPrincipal: rate_limits.streams_per_principal,
    maxStreams: rate_limits.streams,
  }
}
