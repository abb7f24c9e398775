import type { InstanceFacts, ResourceLimits, ResourceUsage } from '../domain/server.ts'
import { renderInstances } from '../domain/server-traits.ts'
import type { Exit, ServerState } from '../domain/server-state.ts'
import type { ServerDisk } from '../hosting/disk-book.ts'
import type { VersionFailure } from '../domain/version-watch.ts'
import type { VersionView } from '../hosting/list-versions.ts'
import type { ServerView } from '../hosting/server-view.ts'
import { renderProbes } from './render-health.ts'
import { renderProcess } from './render-process.ts'
import { renderReview, renderVerdict } from './render-finding.ts'
import { renderSecrets } from './render-secrets.ts'
import { renderTime, renderTimeOrNull } from './schema/common.ts'
import type { ServerJson, VersionJson } from './schema/server.ts'

/** @param baseUrl as clients reach the platform, without a slash at the end. @param now milliseconds. */
export function renderServer(view: ServerView, baseUrl: string, now: number): ServerJson {
  const { server, version, config, state } = view
  const runningSince = state.kind === 'running' ? state.since : null
  return {
    name: server.name,
    id: server.id,
    description: config?.description ?? '',
    tags: [...(config?.tags ?? [])],
    status: state.kind,
    health: state.kind === 'running' ? state.health : 'unknown',
    probes: renderProbes(view.health),
    idle: state.kind === 'stopped' && state.idle === true,
    desired: server.desired,
    reason: reasonOf(state),
    observed_at: view.observation.at === null ? null : renderTime(view.observation.at),
    stale: view.observation.isStale,
    differences: view.observation.differences.map(({ kind, reason: why, nextStep, since }) => ({
      kind,
      reason: why,
      next_step: nextStep,
      since: renderTime(since),
    })),
    endpoint: `${baseUrl}/servers/${server.name}/mcp`,
    version: version?.number ?? null,
    version_id: version?.id ?? null,
    verdict: version && renderVerdict(version),
    review: version && renderReview(version.review),
    runtime: version?.detection.runtime ?? null,
    command: [...(version?.detection.command ?? [])],
    eras: version?.eras ? [...version.eras] : null,
    started_at: runningSince === null ? null : renderTime(runningSince),
    uptime_seconds: runningSince === null ? null : Math.max(0, Math.round((now - runningSince) / 1000)),
    restarts: view.restarts,
    watched_until: renderTimeOrNull(view.server.watch?.until ?? null),
    failed_version: view.failedVersion && renderFailed(view.failedVersion),
    attempt: state.kind === 'stopped' ? 0 : state.attempt,
    max_restarts: config?.maxRestarts ?? 0,
    next_try_at: state.kind === 'backoff' ? renderTime(state.nextTry) : null,
    last_exit: state.lastExit && renderExit(state.lastExit, server.name),
    limits: renderLimits(view.facts?.limits ?? config?.limits),
    settings: {
      resource_limits: renderLimits(config?.limits),
      auto_restart: config?.autoRestart ?? false,
      max_restarts: config?.maxRestarts ?? 0,
      restart_delay: config?.restartDelaySeconds ?? 0,
      health_check_interval: config?.healthCheckIntervalSeconds ?? 0,
      health_check_timeout: config?.healthCheckTimeoutSeconds ?? 0,
      health_failure_threshold: config?.healthFailureThreshold ?? 0,
      health_success_threshold: config?.healthSuccessThreshold ?? 0,
      start_timeout: config?.startTimeoutSeconds ?? 0,
      pin: config?.pin ?? 'warn',
      environment: Object.keys(config?.environment ?? {}).sort(),
      allowed_network: config?.allowedNetwork ?? true,
      egress: [...(config?.egress ?? [])],
      secrets: renderSecrets(view).items.map(({ name, required, set }) => ({ name, required, set })),
      secrets_pending: view.secrets.isPending,
      transport: config?.transport ?? 'stdio',
      port: config?.port ?? null,
      path: config?.path ?? '/mcp',
      health_check_url: config?.healthCheckUrl ?? null,
      upstream_era: config?.upstreamEra ?? 'match',
      instances: renderInstances(config?.instances ?? 'shared'),
      on_session_loss: config?.onSessionLoss ?? 'resume',
      idle_stop_seconds: config?.idleStopSeconds ?? 0,
      call_timeout_seconds: config?.callTimeoutSeconds ?? 0,
      disabled_tools: [...(config?.disabledTools ?? [])],
      expires_at: renderTimeOrNull(server.lifetime.expiresAt),
    },
    instance: view.facts && renderInstance(view.facts),
    processes: view.processes.map(renderProcess),
    breaker: view.breaker && {
      state: view.breaker.state,
      failures: view.breaker.failures,
      retry_at: renderTime(view.breaker.retryAt),
    },
    usage: view.usage && renderUsage(view.usage),
    disk: view.disk && renderDisk(view.disk),
    log_dropped: { stdout: view.droppedLines.stdout, stderr: view.droppedLines.stderr },
    egress: view.egress.map(renderEgress),
    detection: version && {
      installer: version.detection.installer,
      reasons: [...version.detection.reasons],
      notices: [...version.detection.notices],
    },
    archived: server.lifetime.archived && {
      at: renderTime(server.lifetime.archived.at),
      why: server.lifetime.archived.why,
    },
    created_at: renderTime(server.createdAt),
    updated_at: renderTime(server.updatedAt),
  }
}

/** Why it is not running; null while it is, or when it never was and nobody asked. */
function reasonOf(state: ServerState): string | null {
  if (state.kind === 'running') return null
  if (state.kind === 'stopping') return state.detail
  if (state.kind === 'failed') return state.reason
  return state.lastExit?.detail ?? null
}

function renderLimits(limits: ResourceLimits | undefined): ServerJson['limits'] {
  return {
    memory_mb: limits?.memoryMb ?? 0,
    cpu_percent: limits?.cpuPercent ?? 0,
    max_processes: limits?.maxProcesses ?? 0,
    disk_mb: limits?.diskMb ?? 0,
  }
}

function renderExit(exit: Exit, name: string): ServerJson['last_exit'] {
  const { cause, class: kind, fingerprint, code, signal, detail, hint, stderrTail, at } = exit
  const fix = hint?.replaceAll('<name>', name) ?? null
  const told = { cause, class: kind, fingerprint, code, signal, detail, hint: fix }
  return { ...told, stderr_tail: stderrTail, at: renderTime(at) }
}

function renderInstance(facts: InstanceFacts): ServerJson['instance'] {
  return {
    pid: facts.pid,
    uid: facts.uid,
    tier: facts.tier,
    enforcement: facts.enforcement,
    egress: [...facts.egress],
    adopted: facts.adopted,
    protocol_version: facts.protocolVersion,
    server_info: facts.serverInfo,
  }
}

function renderEgress(count: ServerView['egress'][number]): ServerJson['egress'][number] {
  return {
    host: count.host,
    port: count.port,
    bytes_sent: count.sentBytes,
    bytes_received: count.receivedBytes,
    connections: count.connections,
    refused: count.refused,
    last_reason: count.lastReason,
    first_at: renderTime(count.firstAt),
    last_at: renderTime(count.lastAt),
  }
}

function renderDisk({ appBytes, dataBytes, logBytes, at }: ServerDisk): ServerJson['disk'] {
  return {
    app_bytes: appBytes,
    data_bytes: dataBytes,
    log_bytes: logBytes,
    total_bytes: appBytes + (dataBytes ?? 0) + logBytes,
    at: renderTime(at),
  }
}

function renderUsage(usage: ResourceUsage): ServerJson['usage'] {
  return {
    memory_bytes: usage.memoryBytes,
    memory_peak_bytes: usage.memoryPeakBytes,
    cpu_percent: usage.cpuPercent,
    cpu_seconds: usage.cpuSeconds,
    cpu_throttled_seconds: usage.cpuThrottledSeconds,
    processes: usage.processes,
    oom_kills: usage.oomKills,
    at: renderTime(usage.at),
  }
}

function renderFailed({ number, failure }: NonNullable<ServerView['failedVersion']>) {
  return { number, ...renderFailure(failure) }
}

function renderFailure({ reason, at }: VersionFailure) {
  return { reason, at: renderTime(at) }
}

export function renderVersion({ version, standing, bytes }: VersionView): VersionJson {
  return {
    id: version.id,
    number: version.number,
    active: standing === 'active',
    status: standing,
    failure: version.failure && renderFailure(version.failure),
    tree_hash: version.treeHash,
    archive_hash: version.archiveHash,
    archive_format: version.archiveFormat,
    archive_bytes: version.archiveBytes,
    disk_bytes: bytes,
    runtime: version.detection.runtime,
    command: [...version.detection.command],
    installer: version.detection.installer,
    eras: version.eras && [...version.eras],
    created_at: renderTime(version.createdAt),
    created_by: version.createdBy,
    created_via: version.createdVia,
    verdict: renderVerdict(version),
    findings: version.scan && { ...version.scan.counts },
    review: renderReview(version.review),
  }
}
