import { assertHttpSettings } from '../domain/http-settings.ts'
import { AppError } from '../domain/error.ts'
import { waitsForChange } from '../domain/exit-class.ts'
import { isJsonObject } from '../domain/json.ts'
import { resolveExpiry } from '../domain/lifetime.ts'
import type { Principal } from '../domain/principal.ts'
import type { ResourceLimits, Server, ServerConfig, ServerOverrides } from '../domain/server.ts'
import { setExpiry } from './cleanup/set-expiry.ts'
import type { HostingContext } from './context.ts'
import { describeChanges, type SettingChange } from './describe-changes.ts'
import { resizeRunning } from './resize-running.ts'
import { buildEffectiveConfig, findServer, viewServer, type ServerView } from './server-view.ts'

/** What is absent stays; null goes back to what the version says. */
export type SettingsPatch = {
  readonly [K in Exclude<keyof ServerConfig, 'environment' | 'limits' | 'secrets'>]?:
    | ServerConfig[K]
    | null
    | undefined
} & {
  readonly environment?: Readonly<Record<string, string | null>> | undefined
  readonly limits?:
    | { readonly [K in keyof ResourceLimits]?: ResourceLimits[K] | null | undefined }
    | null
    | undefined
  /** As it was given: a time, or an age from now on; null: for good. */
  readonly expiresAt?: string | null | undefined
}

/** As server_config.json, the API and events name them. */
const OUTWARD: Readonly<Record<keyof SettingsPatch, string>> = {
  description: 'description',
  environment: 'environment',
  autoRestart: 'auto_restart',
  maxRestarts: 'max_restarts',
  restartDelaySeconds: 'restart_delay',
  healthCheckIntervalSeconds: 'health_check_interval',
  healthCheckTimeoutSeconds: 'health_check_timeout',
  healthFailureThreshold: 'health_failure_threshold',
  healthSuccessThreshold: 'health_success_threshold',
  startTimeoutSeconds: 'start_timeout',
  limits: 'resource_limits',
  tags: 'tags',
  allowedNetwork: 'allowed_network',
  egress: 'egress',
  pin: 'pin',
  transport: 'transport',
  port: 'port',
  path: 'path',
  healthCheckUrl: 'health_check_url',
  upstreamEra: 'upstream_era',
  instances: 'instances',
  onSessionLoss: 'on_session_loss',
  idleStopSeconds: 'idle_stop_seconds',
  callTimeoutSeconds: 'call_timeout_seconds',
  disabledTools: 'disabled_tools',
  expiresAt: 'expires_at',
}

/** Looked up whenever they are needed; a running instance keeps the earlier value of all others. */
const AT_ONCE: ReadonlySet<string> = new Set([
  OUTWARD.description,
  OUTWARD.tags,
  OUTWARD.pin,
  OUTWARD.disabledTools,
  OUTWARD.expiresAt,
])

type SettingsChange = {
  readonly view: ServerView
  readonly changed: readonly string[]
  /** What it was and is, for the audit log. */
  readonly changes: readonly SettingChange[]
  readonly restartRequired: boolean
}

/**
 * Changes settings over the active version's. A running instance keeps most of the earlier ones until it is restarted.
 * @param isExpected whether the settings are those that the caller saw; absent: whatever they are
 */
export async function setServer(
  context: HostingContext,
  name: string,
  patch: SettingsPatch,
  principal: Principal,
  isExpected: (server: Server) => boolean = () => true,
): Promise<SettingsChange> {
  context.locks.refuseDuringSwitch(name)
  return context.locks.inTurn(name, async () => {
    const server = await findServer(context, name)
    if (isExpected(server)) return change(context, server, patch, principal)
    throw new AppError('precondition_failed', `The settings of "${name}" are not those that you saw.`)
  })
}

async function change(
  context: HostingContext,
  server: Server,
  patch: SettingsPatch,
  principal: Principal,
): Promise<SettingsChange> {
  const { name } = server
  const changed = (Object.keys(OUTWARD) as (keyof SettingsPatch)[]).flatMap((field) =>
    patch[field] === undefined ? [] : [OUTWARD[field]],
  )
  const { expiresAt, ...settings } = patch
  const now = context.clock.now()
  const expiry = expiresAt === undefined ? undefined : resolveExpiry(expiresAt, now)
  const overrides = buildOverrides(server.overrides, settings)
  const before = await viewServer(context, server)
  if (before.version !== null) assertHttpSettings(buildEffectiveConfig(before.version.config, overrides))
  if (changed.length > 0) {
    await context.servers.update(server.id, { overrides, updatedAt: now })
    await setExpiry(context, server, expiry)
    context.events.emit({ type: 'server.updated', serverId: server.id, server: name, changed }, principal.id)
  }
  const due = changed.filter((name) => !AT_ONCE.has(name))
  if (due.length > 0 && mayHelp(before)) await context.supervision.start(server.id, principal.id)
  const isResized =
    due.includes(OUTWARD.limits) &&
    before.version !== null &&
    (await resizeRunning(context, server, buildEffectiveConfig(before.version.config, overrides).limits))
  const isDue = due.some((name) => name !== OUTWARD.limits || !isResized)
  const { lifetime } = (await context.servers.find(server.id)) ?? server
  const view = await viewServer(context, { ...server, overrides, lifetime })
  const told = (Object.keys(OUTWARD) as (keyof SettingsPatch)[]).flatMap((field) =>
    field === 'expiresAt' || patch[field] === undefined ? [] : [[field, OUTWARD[field]] as const],
  )
  const changes = [
    ...(before.config === null || view.config === null
      ? []
      : describeChanges(before.config, view.config, told)),
    ...(expiry === undefined || expiry === server.lifetime.expiresAt
      ? []
      : [
          {
            field: OUTWARD.expiresAt,
            before: renderMoment(server.lifetime.expiresAt),
            after: renderMoment(lifetime.expiresAt),
          },
        ]),
  ]
  return { view, changed, changes, restartRequired: isDue && view.facts !== null }
}

function renderMoment(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString()
}

/** It should run, and was given up for what a setting may mend. */
function mayHelp({ server, state }: ServerView): boolean {
  return server.desired === 'running' && state.kind === 'failed' && waitsForChange(state.lastExit.class)
}

/** Pure: JSON Merge Patch (RFC 7396) on the overrides. */
function buildOverrides(current: ServerOverrides, patch: SettingsPatch): ServerOverrides {
  return mergePatch(current as Record<string, unknown>, patch) as ServerOverrides
}

function mergePatch(
  target: Readonly<Record<string, unknown>>,
  patch: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...target }
  for (const [key, value] of Object.entries(patch)) {
    if (value === undefined) continue
    if (value === null) delete merged[key]
    else
      merged[key] = isJsonObject(value)
        ? mergePatch(isJsonObject(target[key]) ? target[key] : {}, value)
        : value
  }
  return merged
}
