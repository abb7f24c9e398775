/**
 * A server's own settings, as `server_config.json` or a request gives them: one schema for both.
 * Unknown keys are notices, wrong types are errors, and what this release cannot do is refused by name.
 */
import { z } from 'zod'
import { PIN_MODES } from './definition.ts'
import { describeRefusedValue, describeRefusedVariable, MAX_VARIABLE_BYTES } from './environment-variable.ts'
import { UPSTREAM_ERAS } from './era.ts'
import { describeRefusedRule } from './egress-rule.ts'
import { AppError } from './error.ts'
import { DEFAULT_HEALTH_RULES } from './health.ts'
import { assertHttpSettings, describeRefusedPort, parseHealthUrl } from './http-settings.ts'
import { isJsonObject } from './json.ts'
import { EXPIRY_RULE, isExpiry } from './lifetime.ts'
import { nearest } from './nearest.ts'
import {
  mergeDeclarations,
  readDeclarations,
  secretsSchema,
  type PartialSecretDeclaration,
} from './secret-declaration.ts'
import { DEFAULT_LIMITS, TRANSPORTS, type ResourceLimits, type ServerConfig } from './server.ts'
import { parseInstances, SESSION_LOSS } from './server-traits.ts'
import { buildInvalidSetting, parseSettings } from './settings-file.ts'

const text = (max: number) =>
  z
    .string()
    .max(max)
    .refine((value) => !value.includes('\0'), 'must not contain a NUL')
const line = (max: number) => text(max).refine((value) => !value.includes('\n'), 'must not contain a newline')

/** At most 128 variables; `value` is what one may be, for example also null where that takes it away. */
export function buildEnvironmentSchema<S extends z.ZodType>(value: S) {
  return z
    .record(z.string(), value)
    .refine((variables) => Object.keys(variables).length <= 128, 'must not have more than 128 variables')
    .superRefine((variables, context) => {
      for (const name of Object.keys(variables)) {
        const why = describeRefusedVariable(name)
        if (why !== null) context.addIssue({ code: 'custom', path: [name], message: why })
      }
    })
}

export const variableValueSchema = z
  .string()
  .max(MAX_VARIABLE_BYTES)
  .superRefine((value, context) => {
    const why = describeRefusedValue(value)
    if (why !== null) context.addIssue({ code: 'custom', message: why })
  })

export const limitsSchema = z.object({
  memory_mb: z.int().min(32).max(1_048_576).optional(),
  cpu_percent: z.int().min(1).max(6_400).optional(),
  max_processes: z.int().min(16).max(32_768).optional(),
  disk_mb: z.int().min(16).max(1_048_576).optional(),
})

/** `host`, `host:port` or `*.suffix`, each with what is wrong named. */
const egressSchema = z
  .array(
    z
      .string()
      .max(300)
      .superRefine((rule, context) => {
        const why = describeRefusedRule(rule)
        if (why !== null) context.addIssue({ code: 'custom', message: why })
      }),
  )
  .max(100)

const transportSchema = z.enum(TRANSPORTS)
const portSchema = z.int().superRefine((port, context) => {
  const why = describeRefusedPort(port)
  if (why !== null) context.addIssue({ code: 'custom', message: why })
})
const pathSchema = z.string().regex(/^\/[\x21-\x22\x24-\x7e]{0,199}$/, 'must be a path that begins with /')
const healthUrlSchema = z
  .string()
  .max(2_000)
  .refine(
    (url) => url === '' || parseHealthUrl(url) !== null,
    'must be of the server itself: http://127.0.0.1:<port>/…',
  )

/** What the platform knows of; the API publishes it as it stands. Durations in seconds. */
export const serverConfigSchema = z.object({
  name: z.string().min(1).max(200).optional(),
  description: text(2_000).optional(),
  command: z
    .array(line(8_192), 'must be a list of words, for example ["python", "server.py"]')
    .min(1)
    .max(256)
    .optional(),
  environment: buildEnvironmentSchema(variableValueSchema).optional(),
  auto_restart: z.boolean().optional(),
  max_restarts: z.int().min(0).max(1_000).optional(),
  restart_delay: z.number().min(0.1).max(3_600).optional(),
  health_check_interval: z.number().min(1).max(86_400).optional(),
  health_check_timeout: z.number().min(0.1).max(600).optional(),
  health_failure_threshold: z.int().min(1).max(100).optional(),
  health_success_threshold: z.int().min(1).max(100).optional(),
  start_timeout: z.number().min(1).max(600).optional(),
  resource_limits: limitsSchema.optional(),
  tags: z.array(line(64)).max(32).optional(),
  pin: z.enum(PIN_MODES).optional(),
  allowed_network: z.boolean().optional(),
  allowed_filesystem: z.array(z.string().max(200)).max(32).optional(),
  user: z.string().max(200).nullable().optional(),
  sandboxed: z.boolean().optional(),
  transport: transportSchema.optional(),
  instances: z
    .string()
    .refine(
      (text) => parseInstances(text) !== null,
      'must be shared, per_principal, per_session or pool:N with N from 1 to 32',
    )
    .optional(),
  upstream_era: z.enum(UPSTREAM_ERAS).optional(),
  on_session_loss: z.enum(SESSION_LOSS).optional(),
  egress: egressSchema.nullable().optional(),
  secrets: secretsSchema.nullable().optional(),
  port: portSchema.nullable().optional(),
  path: pathSchema.optional(),
  health_check_url: healthUrlSchema.nullable().optional(),
  idle_stop_seconds: z.int().min(0).max(2_592_000).nullable().optional(),
  call_timeout_seconds: z.number().min(0).max(86_400).nullable().optional(),
  disabled_tools: z.array(z.string().min(1).max(256)).max(1_000).optional(),
  expires_at: z.string().max(64).refine(isExpiry, EXPIRY_RULE).nullable().optional(),
})
type Raw = z.infer<typeof serverConfigSchema>

/** One source's settings; absent means not said there. Durations in seconds. */
export type PartialServerConfig = Partial<Omit<ServerConfig, 'limits' | 'secrets'>> & {
  readonly name?: string
  /** As it was given; null: for good. */
  readonly expiresAt?: string | null
  readonly command?: readonly string[]
  readonly limits?: Partial<ResourceLimits>
  readonly secrets?: readonly PartialSecretDeclaration[]
}

export type ParsedServerConfig = {
  readonly config: PartialServerConfig
  /** Accepted but unknown or without effect, one sentence each. */
  readonly notices: readonly string[]
}

/**
 * @param source what to name in messages: 'server_config.json', 'the request'
 * Throws AppError `invalid_config` or `unsupported_setting`, with `details` {source, path}.
 */
export function parseServerConfig(value: unknown, source: string): ParsedServerConfig {
  if (!isJsonObject(value)) throw buildInvalidSetting(source, '', 'must be a JSON object')
  const parsed = parseSettings(serverConfigSchema, value, source)
  checkSupported(parsed, source)
  const notices = [
    ...listUnknown(value, Object.keys(serverConfigSchema.shape), '', source),
    ...(isJsonObject(value['resource_limits'])
      ? listUnknown(value['resource_limits'], Object.keys(limitsSchema.shape), 'resource_limits.', source)
      : []),
    ...listWithoutEffect(parsed, source),
  ]
  return { config: convert(parsed), notices }
}

/** Earlier sources win, key by key; environment, limits and secrets are merged. Throws AppError `invalid_config`. */
export function mergeServerConfig(sources: readonly PartialServerConfig[]): ServerConfig {
  const first = <K extends Exclude<keyof PartialServerConfig, 'secrets'>>(
    key: K,
    fallback: NonNullable<PartialServerConfig[K]>,
  ) => sources.find((source) => source[key] !== undefined)?.[key] ?? fallback
  const lastToFirst = sources.toReversed()
  const merged: ServerConfig = {
    description: first('description', ''),
    environment: Object.assign({}, ...lastToFirst.map((source) => source.environment)) as Record<
      string,
      string
    >,
    autoRestart: first('autoRestart', true),
    maxRestarts: first('maxRestarts', 5),
    restartDelaySeconds: first('restartDelaySeconds', 5),
    healthCheckIntervalSeconds: first('healthCheckIntervalSeconds', 30),
    healthCheckTimeoutSeconds: first('healthCheckTimeoutSeconds', DEFAULT_HEALTH_RULES.timeoutSeconds),
    healthFailureThreshold: first('healthFailureThreshold', DEFAULT_HEALTH_RULES.failures),
    healthSuccessThreshold: first('healthSuccessThreshold', DEFAULT_HEALTH_RULES.successes),
    startTimeoutSeconds: first('startTimeoutSeconds', 30),
    limits: Object.assign(
      {},
      DEFAULT_LIMITS,
      ...lastToFirst.map((source) => source.limits),
    ) as ResourceLimits,
    tags: first('tags', []),
    allowedNetwork: first('allowedNetwork', true),
    egress: first('egress', []),
    pin: first('pin', 'warn'),
    secrets: mergeDeclarations(sources.map(({ secrets }) => secrets ?? [])),
    transport: first('transport', 'stdio'),
    port: sources.find(({ port }) => port !== undefined)?.port ?? null,
    path: first('path', '/mcp'),
    healthCheckUrl:
      sources.find(({ healthCheckUrl }) => healthCheckUrl !== undefined)?.healthCheckUrl ?? null,
    upstreamEra: first('upstreamEra', 'match'),
    instances: first('instances', 'shared'),
    onSessionLoss: first('onSessionLoss', 'resume'),
    idleStopSeconds: first('idleStopSeconds', 0),
    callTimeoutSeconds: first('callTimeoutSeconds', 0),
    disabledTools: first('disabledTools', []),
  }
  assertHttpSettings(merged)
  return merged
}

const isSaid = (value: unknown) => value !== undefined && value !== null

type Refusal = {
  readonly key: keyof Raw
  readonly isRefused: (raw: Raw) => boolean
  readonly instead: string
}

/** What this release knows of and cannot do yet; docs/archives.md is held to it. */
export const UNSUPPORTED: readonly Refusal[] = [
  {
    key: 'sandboxed',
    isRefused: ({ sandboxed }) => sandboxed === false,
    instead: 'every server is sandboxed; use true',
  },
]

function checkSupported(raw: Raw, source: string): void {
  const found = UNSUPPORTED.find(({ isRefused }) => isRefused(raw))
  if (found === undefined) return
  const { key, instead } = found
  throw new AppError('unsupported_setting', `${source}: "${key}" as given is not available in this release`, {
    hint: `For "${key}": ${instead}.`,
    details: { source, path: key },
  })
}

function listUnknown(
  value: object,
  known: readonly string[],
  prefix: string,
  source: string,
): readonly string[] {
  return Object.keys(value)
    .filter((key) => !known.includes(key))
    .slice(0, 20)
    .map((key) => {
      const close = nearest(key, known)
      const hint = close === null ? '' : `; did you mean ${JSON.stringify(prefix + close)}?`
      return `${source}: the key ${JSON.stringify(prefix + key.slice(0, 100))} is not known and has no effect${hint}`
    })
}

function listWithoutEffect(raw: Raw, source: string): readonly string[] {
  const notices: string[] = []
  if (isSaid(raw.user)) notices.push(`${source}: "user" is ignored; every server gets a user of its own`)
  if (raw.allowed_network === true && (raw.egress ?? []).length === 0) {
    notices.push(`${source}: "allowed_network" opens nothing by itself; "egress" lists the places to reach`)
  }
  if (raw.allowed_network === false && (raw.egress ?? []).length > 0) {
    notices.push(`${source}: "egress" has no effect while "allowed_network" is false`)
  }
  if (raw.allowed_filesystem?.some((word) => word !== 'read') === true) {
    notices.push(`${source}: "allowed_filesystem" has no effect; /app is read-only and /data is writable`)
  }
  return notices
}

function convert(raw: Raw): PartialServerConfig {
  const { resource_limits: limits } = raw
  return dropUndefined({
    name: raw.name,
    expiresAt: raw.expires_at,
    description: raw.description,
    command: raw.command,
    environment: raw.environment,
    autoRestart: raw.auto_restart,
    maxRestarts: raw.max_restarts,
    restartDelaySeconds: raw.restart_delay,
    healthCheckIntervalSeconds: raw.health_check_interval,
    healthCheckTimeoutSeconds: raw.health_check_timeout,
    healthFailureThreshold: raw.health_failure_threshold,
    healthSuccessThreshold: raw.health_success_threshold,
    startTimeoutSeconds: raw.start_timeout,
    tags: raw.tags,
    allowedNetwork: raw.allowed_network,
    egress: raw.egress ?? undefined,
    pin: raw.pin,
    secrets: raw.secrets === null || raw.secrets === undefined ? undefined : readDeclarations(raw.secrets),
    transport: raw.transport,
    port: raw.port ?? undefined,
    path: raw.path,
    upstreamEra: raw.upstream_era,
    onSessionLoss: raw.on_session_loss,
    instances: raw.instances === undefined ? undefined : (parseInstances(raw.instances) ?? undefined),
    idleStopSeconds: raw.idle_stop_seconds ?? undefined,
    callTimeoutSeconds: raw.call_timeout_seconds ?? undefined,
    disabledTools: raw.disabled_tools,
    healthCheckUrl: (raw.health_check_url ?? '') === '' ? undefined : raw.health_check_url,
    limits:
      limits === undefined
        ? undefined
        : dropUndefined({
            memoryMb: limits.memory_mb,
            cpuPercent: limits.cpu_percent,
            maxProcesses: limits.max_processes,
            diskMb: limits.disk_mb,
          }),
  })
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> }

function dropUndefined<T extends object>(value: T): Partial<Defined<T>> {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as Partial<
    Defined<T>
  >
}
