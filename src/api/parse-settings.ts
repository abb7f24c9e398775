import { AppError } from '../domain/error.ts'
import { isAllowed, type Principal } from '../domain/principal.ts'
import { parseInstances } from '../domain/server-traits.ts'
import type { SettingsPatch } from '../hosting/set-server.ts'
import type { ServerPatchJson } from './schema/server.ts'

/** What contains a server and what it is held to: who deploys it decided that, and whoever only operates it may not loosen it. */
const DEPLOYERS = ['allowed_network', 'egress', 'pin', 'instances'] as const

/** Throws `forbidden`. */
export function assertMaySet(principal: Principal, patch: ServerPatchJson): void {
  const field = DEPLOYERS.find((name) => patch[name] !== undefined)
  if (field === undefined || isAllowed(principal, 'servers:deploy')) return
  throw new AppError('forbidden', `Setting ${field} needs the scope servers:deploy.`, {
    details: { scope: 'servers:deploy' },
  })
}

/** From outward names to the domain's. */
export function parseSettings(patch: ServerPatchJson): SettingsPatch {
  const limits = patch.resource_limits
  return {
    description: patch.description,
    environment: patch.environment,
    autoRestart: patch.auto_restart,
    maxRestarts: patch.max_restarts,
    restartDelaySeconds: patch.restart_delay,
    healthCheckIntervalSeconds: patch.health_check_interval,
    healthCheckTimeoutSeconds: patch.health_check_timeout,
    healthFailureThreshold: patch.health_failure_threshold,
    healthSuccessThreshold: patch.health_success_threshold,
    startTimeoutSeconds: patch.start_timeout,
    tags: patch.tags,
    allowedNetwork: patch.allowed_network,
    egress: patch.egress,
    pin: patch.pin,
    upstreamEra: patch.upstream_era,
    onSessionLoss: patch.on_session_loss,
    // The schema has looked at it.
    instances: typeof patch.instances === 'string' ? parseInstances(patch.instances) : patch.instances,
    idleStopSeconds: patch.idle_stop_seconds,
    callTimeoutSeconds: patch.call_timeout_seconds,
    disabledTools: patch.disabled_tools,
    transport: patch.transport,
    port: patch.port,
    expiresAt: patch.expires_at,
    path: patch.path,
    healthCheckUrl: patch.health_check_url,
    limits: limits && {
      memoryMb: limits.memory_mb,
      cpuPercent: limits.cpu_percent,
      maxProcesses: limits.max_processes,
      diskMb: limits.disk_mb,
    },
  }
}
