/** The configuration file as the parts want it. Pure. */
import { DEFAULT_ARCHIVE_LIMITS } from '../domain/archive.ts'
import type { PlatformConfig } from '../config/schema.ts'
import type { AdviceSettings } from '../hosting/context.ts'
import type { StageDeadlines } from '../hosting/stage-limits.ts'
import type { ReloadReport } from './open-reload.ts'

const MIB = 1024 * 1024

export const buildSignInRates = ({ rate_limits }: PlatformConfig) => ({
  perAccount: rate_limits.sign_in_per_account,
  perAddress: rate_limits.sign_in_per_address,
})

export const buildStreamLimits = ({ rate_limits }: PlatformConfig) => ({
  perPrincipal: rate_limits.streams_per_principal,
  total: rate_limits.streams,
})

export const renderReload = ({ file, applied, needsRestart, warnings }: ReloadReport) => ({
  file,
  applied: [...applied],
  needs_restart: [...needsRestart],
  warnings: [...warnings],
})

export function buildOrigins({ dashboard }: PlatformConfig) {
  return {
    allowedOrigins: dashboard.allowed_origins,
    ...(dashboard.public_url === null ? {} : { publicUrl: dashboard.public_url }),
  }
}

export function buildArchiveRules({ security }: PlatformConfig) {
  return {
    named: new Set(security.archive_sources),
    maxBytes: security.max_upload_size_mb * MIB,
    timeoutMs: security.archive_url_timeout * 1000,
  }
}

export function buildScanSettings(policy: PlatformConfig['security']['scan_policy']) {
  const { block, block_confidence, review, review_confidence, on_review: onReview } = policy
  return {
    onReview,
    policy: {
      block: block === 'never' ? null : { severity: block, confidence: block_confidence },
      review: review === 'never' ? null : { severity: review, confidence: review_confidence },
    },
  }
}

export function buildGatewayConfig({ gateway, rate_limits }: PlatformConfig) {
  return {
    maxBodyBytes: gateway.max_message_mb * MIB,
    maxInFlight: gateway.max_calls_per_server,
    maxJsonDepth: gateway.max_message_depth,
    maxQueued: gateway.max_queue_per_server,
    maxQueuedPerPrincipal: gateway.max_queue_per_principal,
    callTimeoutMs: gateway.call_timeout * 1000,
    callCeilingMs: gateway.call_timeout_max * 1000,
    breakerFailures: gateway.breaker_failures,
    breakerMs: gateway.breaker_time * 1000,
    sessionIdleMs: gateway.session_idle_timeout * 1000,
    maxSessionsPerPrincipal: gateway.max_sessions,
    parkMs: gateway.park_timeout * 1000,
    maxParksPerPrincipal: gateway.max_parked_calls,
    maxParksPerServer: gateway.max_parked_calls_per_server,
    maxMessagesPerMinute: rate_limits.mcp,
    maxStreamsPerPrincipal: rate_limits.streams_per_principal,
    maxStreams: rate_limits.streams,
  }
}

export function buildIntakeSettings(config: PlatformConfig) {
  return {
    reserveBytes: config.disk.reserve_mb * MIB,
    limits: { ...DEFAULT_ARCHIVE_LIMITS, maxArchiveBytes: config.security.max_upload_size_mb * MIB },
    allowedRuntimes: config.security.allowed_languages,
    defaults: {
      healthCheckIntervalSeconds: config.health_check_interval,
      healthCheckTimeoutSeconds: config.health.timeout,
      healthFailureThreshold: config.health.failure_threshold,
      healthSuccessThreshold: config.health.success_threshold,
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
  }
}

export function buildScanEngineSettings({ security }: PlatformConfig) {
  return { enabled: security.scan_uploads, timeoutSeconds: security.scan_timeout, osvDir: security.osv_dir }
}

export function buildKeptDays({ retention }: PlatformConfig) {
  return {
    operations: retention.operations_days,
    events: retention.events_days,
    scans: retention.scans_days,
    incidents: retention.incidents_days,
    samples: retention.samples_days,
    memories: retention.memories_days,
  }
}

export function buildStageDeadlines({ security, install }: PlatformConfig): StageDeadlines {
  return {
    scan: security.scan_timeout,
    install: install.timeout,
    dryRun: security.dry_run ? security.dry_run_seconds : 0,
  }
}

export function buildCleanupPolicy({ cleanup, logs }: PlatformConfig) {
  return {
    keepVersions: cleanup.keep_versions,
    cacheDays: cleanup.cache_days,
    logDays: logs.days,
    failedAfterDays: cleanup.failed_after_days,
    graceDays: cleanup.grace_days,
  }
}

export function buildAdviceSettings({ recommendations, restart, gateway }: PlatformConfig): AdviceSettings {
  return {
    tier: recommendations.tier,
    applyByItself: recommendations.apply_by_itself,
    watchMs: recommendations.watch_seconds * 1000,
    capMib: restart.max_memory_mb,
    callTimeout: { usual: gateway.call_timeout, most: gateway.call_timeout_max },
  }
}
