import { z } from 'zod'
import { PIN_MODES } from '../../domain/definition.ts'
import { DIFFERENCE_KINDS } from '../../domain/difference.ts'
import { ISOLATION_TIERS, LEVELS } from '../../domain/enforcement.ts'
import { ERAS, UPSTREAM_ERAS } from '../../domain/era.ts'
import { SESSION_LOSS } from '../../domain/server-traits.ts'
import { INSTALLERS, TRANSPORTS, VERSION_DOORS } from '../../domain/server.ts'
import { STANDINGS } from '../../domain/version-standing.ts'
import {
  buildEnvironmentSchema,
  limitsSchema,
  serverConfigSchema,
  variableValueSchema,
} from '../../domain/server-config.ts'
import { RUNTIME_KINDS } from '../../domain/runtime-kind.ts'
import { EXIT_CLASSES } from '../../domain/exit-class.ts'
import { DESIRED_STATES, EXIT_CAUSES, HEALTHS, SERVER_STATUSES } from '../../domain/server-state.ts'
import { nameSchema, timeSchema } from './common.ts'
import { countsSchema, reviewSchema, shownVerdictSchema } from './finding.ts'
import { probesSchema } from './health.ts'
import { processSchema } from './process.ts'

const exitSchema = z.object({
  cause: z.enum(EXIT_CAUSES),
  class: z.enum(EXIT_CLASSES).nullable().describe('Finer than the cause: what kind of end it was'),
  fingerprint: z.string().nullable().describe('The same for ends that are alike but for numbers and paths'),
  code: z.int().nullable(),
  signal: z.string().nullable(),
  detail: z.string().describe('One sentence'),
  hint: z.string().nullable(),
  stderr_tail: z.string().describe('At most the last 4 KiB'),
  at: timeSchema,
})

const protectionSchema = z.object({
  level: z.enum(LEVELS),
  by: z.string(),
  why: z.string().nullable(),
})

export const enforcementSchema = z.object({
  uid: z.enum(['distinct', 'platform']),
  fs: protectionSchema,
  net: protectionSchema,
  seccomp: protectionSchema,
  memory: protectionSchema,
  cpu: protectionSchema,
  pids: protectionSchema,
  open_files: protectionSchema,
  disk: protectionSchema,
})

const shownLimitsSchema = z.object({
  memory_mb: z.int(),
  cpu_percent: z.int().describe('Percent of one core'),
  max_processes: z.int(),
  disk_mb: z.int().describe('MiB of /data'),
})

const usageSchema = z.object({
  memory_bytes: z.number(),
  memory_peak_bytes: z.number(),
  cpu_percent: z.number().nullable().describe('Of one core, since the sample before'),
  cpu_seconds: z.number(),
  cpu_throttled_seconds: z.number(),
  processes: z.int(),
  oom_kills: z.int(),
  at: timeSchema,
})

const erasSchema = z
  .array(z.enum(ERAS))
  .nullable()
  .describe('legacy: with a handshake, up to 2025-11-25; modern: 2026-07-28. Null: not known for sure yet')

/** A running instance as the kernel shows it, not as it was asked for. */
const instanceSchema = z.object({
  pid: z.int(),
  uid: z.int(),
  tier: z.enum(ISOLATION_TIERS),
  enforcement: enforcementSchema,
  egress: z.array(z.string()).describe('Places that it may reach, as it was started'),
  adopted: z.boolean().describe('Taken over from an earlier run of the platform'),
  protocol_version: z.string(),
  server_info: z.object({ name: z.string(), version: z.string() }).nullable(),
})

const egressSchema = z.object({
  host: z.string().describe('* stands for the places beyond the number that is kept apart'),
  port: z.int(),
  bytes_sent: z.int(),
  bytes_received: z.int(),
  connections: z.int(),
  refused: z.int(),
  last_reason: z.string().nullable().describe('Why it was last refused'),
  first_at: timeSchema,
  last_at: timeSchema,
})

export const serverSchema = z.object({
  name: nameSchema,
  id: z.string(),
  description: z.string(),
  tags: z.array(z.string()),
  status: z.enum(SERVER_STATUSES),
  health: z.enum(HEALTHS),
  probes: probesSchema,
  idle: z.boolean().describe('Stopped because nobody used it: the next call starts it'),
  desired: z.enum(DESIRED_STATES),
  reason: z.string().nullable().describe('Why it is not running, in one sentence'),
  observed_at: timeSchema.nullable().describe('When desired and observed were compared last'),
  stale: z.boolean().describe('That is more than 2 seconds ago: what is shown may not be so any more'),
  differences: z
    .array(
      z.object({
        kind: z.enum(DIFFERENCE_KINDS),
        reason: z.string(),
        next_step: z.string(),
        since: timeSchema,
      }),
    )
    .describe('What is not as it should be'),
  endpoint: z.string().describe('For MCP clients: Streamable HTTP'),
  version: z.int().nullable(),
  version_id: z.string().nullable(),
  verdict: shownVerdictSchema.nullable().describe("Of the active version's scan"),
  review: reviewSchema.nullable().describe('Null: nothing holds the active version'),
  runtime: z.enum(RUNTIME_KINDS).nullable(),
  command: z.array(z.string()),
  eras: erasSchema,
  started_at: timeSchema.nullable().describe('Null unless running'),
  uptime_seconds: z.number().nullable().describe('Null unless running'),
  watched_until: timeSchema
    .nullable()
    .describe('Until then the platform leaves the active version again by itself if that fails'),
  failed_version: z
    .object({ number: z.int(), reason: z.string(), at: timeSchema })
    .nullable()
    .describe('The active version, or a newer one, that failed after it had begun to serve'),
  restarts: z.int().describe('By the platform, since the last stable run or manual start'),
  attempt: z.int().describe('Of the current series of starts; 0 when stopped'),
  max_restarts: z.int(),
  next_try_at: timeSchema.nullable().describe('While in backoff'),
  last_exit: exitSchema.nullable(),
  limits: shownLimitsSchema.describe('In force; of a server that does not run: what it will get'),
  settings: z.object({
    resource_limits: shownLimitsSchema.describe('For the next start'),
    auto_restart: z.boolean(),
    max_restarts: z.int(),
    restart_delay: z.number().describe('Seconds'),
    health_check_interval: z.number().describe('Seconds'),
    health_check_timeout: z.number().describe('Seconds, for the answer to one probe'),
    health_failure_threshold: z.int().describe('Misses in a row that end it; half of them make it unhealthy'),
    health_success_threshold: z.int().describe('Answers in a row that make an unhealthy one healthy'),
    start_timeout: z.number().describe('Seconds'),
    pin: z.enum(PIN_MODES).describe('What becomes of definitions that change without a new version'),
    environment: z.array(z.string()).describe('Names only: values are never shown'),
    allowed_network: z.boolean(),
    egress: z.array(z.string()).describe('Places that it may reach; none: no network'),
    secrets: z
      .array(z.object({ name: z.string(), required: z.boolean(), set: z.boolean() }))
      .describe('Declared or set'),
    secrets_pending: z
      .boolean()
      .describe('The running instance holds other values: restart it to apply these'),
    transport: z.enum(TRANSPORTS),
    port: z.int().nullable().describe('Where it listens, for transport http'),
    path: z.string(),
    health_check_url: z.string().nullable(),
    upstream_era: z.enum(UPSTREAM_ERAS).describe('How it is spoken to where it speaks both eras'),
    instances: z.string().describe('shared, per_principal, per_session or pool:N'),
    on_session_loss: z.enum(SESSION_LOSS).describe('What a session finds whose process was lost'),
    idle_stop_seconds: z.int().describe('Unused for so long a process is stopped; 0: the main one never is'),
    call_timeout_seconds: z.number().describe('Deadline of one call; 0: the platform’s'),
    disabled_tools: z.array(z.string()).describe('Tools that no client sees or calls'),
    expires_at: timeSchema.nullable().describe('When it is archived; null: never'),
  }),
  instance: instanceSchema.nullable(),
  processes: z.array(processSchema).describe('The main one first'),
  breaker: z
    .object({ state: z.enum(['open', 'half_open']), failures: z.int(), retry_at: timeSchema })
    .nullable()
    .describe('Not null: calls are refused, since the server failed so often in a row without any answer'),
  usage: usageSchema.nullable().describe('Of all its processes together'),
  disk: z
    .object({
      app_bytes: z.int().describe('Its versions; what they share with others by their share'),
      data_bytes: z.int().nullable().describe('Null: not to be seen by the platform’s user'),
      log_bytes: z.int(),
      total_bytes: z.int(),
      at: timeSchema,
    })
    .nullable()
    .describe('Null: not added up yet'),
  log_dropped: z
    .object({ stdout: z.int(), stderr: z.int() })
    .describe('Lines that came faster than they could be stored, since the platform started'),
  egress: z.array(egressSchema).describe('What it reached and was refused, the latest places first'),
  detection: z
    .object({
      installer: z.enum(INSTALLERS).nullable(),
      reasons: z.array(z.string()),
      notices: z.array(z.string()),
    })
    .nullable(),
  archived: z
    .object({ at: timeSchema, why: z.string() })
    .nullable()
    .describe('Not null: hosted no more, and to be restored for a while'),
  created_at: timeSchema,
  updated_at: timeSchema,
})
export type ServerJson = z.infer<typeof serverSchema>

export const serverListSchema = z.object({
  items: z.array(serverSchema),
  next_cursor: z.string().nullable(),
  total: z.int(),
})
export type ServerListJson = z.infer<typeof serverListSchema>

/** With `fields`, of each server only these. */
export const chosenServerListSchema = serverListSchema.extend({
  items: z.array(serverSchema.partial().required({ name: true })),
  total: z.int().describe('Of those that fit, on all pages'),
})

export const versionDeletedSchema = z.object({
  version: z.int(),
  deleted: z.literal(true),
  freed_bytes: z.int().describe('0 where another version has the same files'),
})
export type VersionDeletedJson = z.infer<typeof versionDeletedSchema>

export const serverDeletedSchema = z.object({ name: nameSchema, id: z.string(), deleted: z.literal(true) })
export type ServerDeletedJson = z.infer<typeof serverDeletedSchema>

/** What server_config.json may say, and null besides: back to what the version says. */
const clearable = <S extends z.ZodType>(schema: z.ZodOptional<S>) => schema.unwrap().nullable().optional()

const { shape } = serverConfigSchema
const limits = limitsSchema.shape

/** Merge patch: what is absent stays, null goes back to what the version says. Bounds are those of server_config.json. */
export const serverPatchSchema = z.strictObject({
  description: clearable(shape.description),
  environment: buildEnvironmentSchema(variableValueSchema.nullable()).optional(),
  auto_restart: clearable(shape.auto_restart),
  max_restarts: clearable(shape.max_restarts),
  restart_delay: clearable(shape.restart_delay).describe('Seconds'),
  health_check_interval: clearable(shape.health_check_interval).describe('Seconds'),
  health_check_timeout: clearable(shape.health_check_timeout).describe(
    'Seconds, for the answer to one probe',
  ),
  health_failure_threshold: clearable(shape.health_failure_threshold).describe(
    'Misses in a row that end it; half of them make it unhealthy',
  ),
  health_success_threshold: clearable(shape.health_success_threshold).describe(
    'Answers in a row that make an unhealthy one healthy',
  ),
  start_timeout: clearable(shape.start_timeout).describe('Seconds'),
  resource_limits: z
    .strictObject({
      memory_mb: clearable(limits.memory_mb),
      cpu_percent: clearable(limits.cpu_percent),
      max_processes: clearable(limits.max_processes),
      disk_mb: clearable(limits.disk_mb),
    })
    .nullable()
    .optional(),
  tags: clearable(shape.tags),
  allowed_network: clearable(shape.allowed_network),
  egress: shape.egress.describe('host, host:port or *.suffix; without a port 443 and 80'),
  pin: clearable(shape.pin).describe('off, warn or block; at once'),
  transport: clearable(shape.transport),
  port: shape.port,
  path: clearable(shape.path),
  health_check_url: shape.health_check_url,
  instances: clearable(shape.instances).describe(
    'Who shares a process: shared, per_principal, per_session, pool:N',
  ),
  idle_stop_seconds: shape.idle_stop_seconds.describe('Seconds; 0: never'),
  call_timeout_seconds: shape.call_timeout_seconds.describe(
    'Deadline of one call, which progress starts anew, up to the platform’s longest; 0: the platform’s',
  ),
  disabled_tools: clearable(shape.disabled_tools).describe('Tools that no client sees or calls; at once'),
  expires_at: shape.expires_at.describe('A time, or from now on such as 30d; null: never'),
  upstream_era: clearable(shape.upstream_era).describe('match (as the client), modern or legacy'),
  on_session_loss: clearable(shape.on_session_loss).describe(
    'A session whose process was lost: resume (on another one) or 404 (it ended too)',
  ),
})
export type ServerPatchJson = z.infer<typeof serverPatchSchema>

/** After a change of settings. */
export const serverPatchedSchema = z.object({
  server: serverSchema,
  changed: z.array(z.string()),
  restart_required: z.boolean().describe('The running instance still has the earlier settings'),
})
export type ServerPatchedJson = z.infer<typeof serverPatchedSchema>

const versionSchema = z.object({
  id: z.string(),
  number: z.int(),
  active: z.boolean(),
  status: z
    .enum(STANDINGS)
    .describe(
      'previous: a rollback goes back to it; failed: the platform left it again; held: waits for approval',
    ),
  failure: z
    .object({ reason: z.string(), at: timeSchema })
    .nullable()
    .describe('Why it was left again after it had begun to serve'),
  tree_hash: z.string().describe('SHA-256, hex, of the installed tree'),
  archive_hash: z.string().describe('SHA-256, hex, of the archive'),
  archive_format: z.string(),
  archive_bytes: z.int(),
  disk_bytes: z.int().describe('Of the installed tree; a file that several trees share counts by its share'),
  runtime: z.enum(RUNTIME_KINDS),
  command: z.array(z.string()),
  installer: z.enum(INSTALLERS).nullable(),
  eras: erasSchema,
  created_at: timeSchema,
  created_by: z.string(),
  created_via: z.enum(VERSION_DOORS).nullable(),
  verdict: shownVerdictSchema,
  findings: countsSchema.nullable().describe('By severity; null: not scanned'),
  review: reviewSchema.nullable().describe('Null: nothing holds it; a pending one does not start'),
})
export type VersionJson = z.infer<typeof versionSchema>
export const versionListSchema = z.object({ items: z.array(versionSchema) })
export type VersionListJson = z.infer<typeof versionListSchema>
