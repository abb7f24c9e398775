/** What takes servers in and runs them: sandbox, intake, files, logs, supervisor. */
import { availableParallelism } from 'node:os'
import type { PlatformConfig } from '../config/schema.ts'
import type { Clock } from '../domain/clock.ts'
import type { InstanceId, ServerId } from '../domain/id.ts'
import type { PlatformMetrics } from '../domain/metric-list.ts'
import { createEgressRecorder } from '../hosting/record-egress.ts'
import { createMemoryRaiser } from '../hosting/raise-memory.ts'
import { rememberDryRuns } from '../hosting/remember-dry-runs.ts'
import { createServerRecords } from '../hosting/server-records.ts'
import { openIntake } from '../intake/intake.ts'
import { createLogFiles } from '../runtime/instance/log-files.ts'
import { createSupervisor } from '../runtime/supervisor/supervisor.ts'
import { createServerFiles } from '../store/files/server-files.ts'
import type { Logger } from '../system/log.ts'
import { randomFraction } from '../system/random.ts'
import {
  buildAdviceSettings,
  buildCleanupPolicy,
  buildStageDeadlines,
  buildIntakeSettings,
  buildScanEngineSettings,
  buildScanSettings,
} from './build-settings.ts'
import type { LiveSettings } from './live-settings.ts'
import { meterEgress, meterIntake, meterLogs } from './meter-parts.ts'
import type { OpenMetrics } from './open-metrics.ts'
import type { openRecords } from './open-records.ts'
import { openSandbox } from './open-sandbox.ts'

const MIB = 1024 * 1024

type RuntimeDeps = {
  readonly config: PlatformConfig
  readonly live: LiveSettings
  readonly records: Awaited<ReturnType<typeof openRecords>>
  readonly metrics: PlatformMetrics
  readonly telemetry: OpenMetrics
  readonly clock: Clock
  readonly logger: Logger
  readonly environment: Readonly<Record<string, string>>
  readonly version: string
  /** A caller waits for something of this instance. */
  readonly isAwaited: (instanceId: InstanceId) => boolean
  /** Its memory grows towards its limit. */
  readonly isGrowing: (serverId: ServerId) => boolean
}

/** @param stack closes what is opened here, in reverse; the supervisor is the caller's to close. */
export async function openRuntime(stack: AsyncDisposableStack, deps: RuntimeDeps) {
  const { config, live, records, metrics, telemetry, clock, logger } = deps
  const { store, audit, supply, serverData } = records
  const egress = createEgressRecorder({ ...store, clock })
  stack.defer(() => egress.flush())
  const sandbox = await openSandbox(config, logger, meterEgress(egress, metrics, telemetry), supply)
  const intake = meterIntake(
    await openIntake(
      live.follow((current) => ({
        uploadsDir: config.uploads_dir,
        serversDir: config.servers_dir,
        ...buildIntakeSettings(current),
        environment: deps.environment,
        jail: sandbox.jail,
        clock,
        scan: { ...buildScanEngineSettings(config), cache: store.scans },
      })),
    ),
    metrics,
    clock,
  )
  const files = createServerFiles(serverData, sandbox.removeOwned)
  const logs = meterLogs(
    createLogFiles({
      dir: config.logs_dir,
      clock,
      logger: logger.child('logs'),
      maxBytes: config.logs.segment_mb * MIB,
      maxFiles: config.logs.segments,
    }),
    metrics,
    telemetry.nameOf,
  )
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
    platformVersion: deps.version,
    starts: { places: Math.max(2, availableParallelism()), perMinute: 10, burst: 20 },
    raiseMemory: createMemoryRaiser({
      ...store,
      ...config.restart,
      isGrowing: deps.isGrowing,
      clock,
      onDefect: (err) => logger.error('the memory of a server could not be raised', { err }),
    }),
    processes: {
      perServer: config.processes.per_server,
      total: config.processes.total,
      idleSeconds: config.processes.idle_stop,
    },
    random: randomFraction,
    onEvidence: telemetry.noteEvidence,
    isAwaited: deps.isAwaited,
  })

  const settings = live.follow((current) => ({
    maxServers: current.max_servers,
    distinctUids: sandbox.distinctUids,
    drainMs: current.deploy.drain_seconds * 1000,
    watchMs: current.deploy.watch_seconds * 1000,
    stages: buildStageDeadlines(current),
    scan: buildScanSettings(current.security.scan_policy),
    advice: buildAdviceSettings(current),
    cleanup: buildCleanupPolicy(current),
  }))
  const trials = sandbox.openTrials(deps.version)
  const dryRuns = rememberDryRuns({
    run: ({ treeHash, config: own, detection: { runtime, command } }, signal) =>
      trials.run(
        {
          runtime,
          command,
          appDir: intake.appDirOf(treeHash),
          config: own,
          seconds: Math.min(live.config().security.dry_run_seconds, own.startTimeoutSeconds),
        },
        signal,
      ),
  })
  return { egress, sandbox, intake, files, logs, supervisor, settings, dryRuns }
}
