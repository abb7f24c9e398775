/** The schemas that rows pass on their way out: what is on disk is input like any other. */
import { z } from 'zod'
import { ARCHIVE_FORMATS } from '../../domain/archive.ts'
import { PIN_MODES } from '../../domain/definition.ts'
import { STAGES, STAGE_STATUSES, type StageRecord } from '../../domain/deployment.ts'
import { ERAS, UPSTREAM_ERAS } from '../../domain/era.ts'
import { EXIT_CLASSES } from '../../domain/exit-class.ts'
import { LEVELS, type Enforcement } from '../../domain/enforcement.ts'
import { ERRORS, type ErrorBody, type ErrorCode } from '../../domain/error.ts'
import type {
  IncidentId,
  InstanceId,
  OperationId,
  RecommendationId,
  ServerId,
  SessionId,
  TokenId,
  UserId,
  VersionId,
} from '../../domain/id.ts'
import { DEFAULT_HEALTH_RULES } from '../../domain/health.ts'
import { decodeJson, isJsonObject, type JsonObject } from '../../domain/json.ts'
import type { ProcessKey } from '../../domain/process-key.ts'
import { RUNTIME_KINDS } from '../../domain/runtime-kind.ts'
import { SECRET_DELIVERIES } from '../../domain/secret-declaration.ts'
import {
  DEFAULT_LIMITS,
  INSTALLERS,
  TRANSPORTS,
  type Detection,
  type ServerConfig,
  type ServerOverrides,
} from '../../domain/server.ts'
import { SESSION_LOSS, SHARING } from '../../domain/server-traits.ts'
import { EXIT_CAUSES, HEALTHS, type Exit, type ServerState } from '../../domain/server-state.ts'

/** A text column that holds JSON of the given shape. */
export function jsonColumn<S extends z.ZodType>(schema: S) {
  return z
    .string()
    .transform((text, context): unknown => {
      const value = decodeJson(text)
      if (value === undefined) context.addIssue({ code: 'custom', message: 'not JSON' })
      return value
    })
    .pipe(schema)
}

/** So much text, in UTF-16 units, is remembered of a column before the older half of it is forgotten. */
const MEMO_UNITS = 2 ** 20

/**
 * A JSON column whose texts are read again and again: what a text says is worked out once. Those of the last reads are
 * remembered, in two generations, of which the older one is dropped when the younger one is full.
 */
export function memoColumn<S extends z.ZodType>(schema: S) {
  const column = jsonColumn(schema)
  let young = new Map<string, z.output<S>>()
  let old = young
  let units = 0
  return z.string().transform((text, context): z.output<S> => {
    const known = young.get(text) ?? old.get(text)
    const parsed = known === undefined ? column.safeParse(text) : { success: true as const, data: known }
    if (!parsed.success) {
      for (const { message, path } of parsed.error.issues) context.addIssue({ code: 'custom', message, path })
      return z.NEVER
    }
    if (!young.has(text)) {
      units += text.length
      if (units > MEMO_UNITS) {
        old = young
        young = new Map()
        units = text.length
      }
      young.set(text, parsed.data)
    }
    return parsed.data
  })
}

const idColumn = <K extends string>(prefix: string) =>
  z.custom<K>((value) => typeof value === 'string' && value.startsWith(`${prefix}_`))
export const serverId = idColumn<ServerId>('srv')
export const versionId = idColumn<VersionId>('ver')
export const instanceId = idColumn<InstanceId>('ins')
export const operationId = idColumn<OperationId>('op')
export const tokenId = idColumn<TokenId>('tok')
export const userId = idColumn<UserId>('usr')
export const sessionId = idColumn<SessionId>('ses')
export const incidentId = idColumn<IncidentId>('inc')
export const recommendationId = idColumn<RecommendationId>('rec')

export const integer = z.int()
export const jsonObject: z.ZodType<JsonObject> = z.custom<JsonObject>(isJsonObject)

const serverConfigShape = z.object({
  description: z.string(),
  environment: z.record(z.string(), z.string()),
  autoRestart: z.boolean(),
  maxRestarts: z.number(),
  restartDelaySeconds: z.number(),
  healthCheckIntervalSeconds: z.number(),
  // Of before they could be set.
  healthCheckTimeoutSeconds: z.number().default(DEFAULT_HEALTH_RULES.timeoutSeconds),
  healthFailureThreshold: z.number().default(DEFAULT_HEALTH_RULES.failures),
  healthSuccessThreshold: z.number().default(DEFAULT_HEALTH_RULES.successes),
  startTimeoutSeconds: z.number(),
  limits: z.object({
    memoryMb: z.number(),
    cpuPercent: z.number(),
    maxProcesses: z.number(),
    diskMb: z.number().default(DEFAULT_LIMITS.diskMb),
  }),
  tags: z.array(z.string()),
  // Absent in what an earlier release stored: it had no network.
  allowedNetwork: z.boolean().default(true),
  egress: z.array(z.string()).default([]),
  // Versions of before there were pins have none.
  pin: z.enum(PIN_MODES).default('warn'),
  secrets: z
    .array(
      z.object({
        name: z.string(),
        description: z.string(),
        required: z.boolean(),
        as: z.enum(SECRET_DELIVERIES),
      }),
    )
    // Versions from before there were any.
    .default([]),
  transport: z.enum(TRANSPORTS).default('stdio'),
  port: z.number().nullable().default(null),
  path: z.string().default('/mcp'),
  healthCheckUrl: z.string().nullable().default(null),
  upstreamEra: z.enum(UPSTREAM_ERAS).default('match'),
  instances: z.union([z.enum(SHARING), z.object({ pool: z.int() })]).default('shared'),
  onSessionLoss: z.enum(SESSION_LOSS).default('resume'),
  idleStopSeconds: z.number().default(0),
  callTimeoutSeconds: z.number().default(0),
  disabledTools: z.array(z.string()).default([]),
})

export const eraList = z.array(z.enum(ERAS))

export const serverConfig: z.ZodType<ServerConfig> = serverConfigShape
const overridesShape = serverConfigShape
  .omit({ secrets: true })
  .extend({ limits: serverConfigShape.shape.limits.partial().strict() })
  .partial()
  .strict()
/** A field that is absent is not overridden; `undefined` never comes out of JSON. */
export const overrides = z.custom<ServerOverrides>((value) => overridesShape.safeParse(value).success)

export const detection: z.ZodType<Detection> = z.object({
  runtime: z.enum(RUNTIME_KINDS),
  command: z.array(z.string()),
  installer: z.enum(INSTALLERS).nullable(),
  reasons: z.array(z.string()),
  notices: z.array(z.string()),
  shape: z
    .object({
      dependencies: z.array(z.string()),
      versions: z.record(z.string(), z.string()).exactOptional(),
      family: z.string().nullable(),
      isMemorySet: z.boolean(),
    })
    .exactOptional(),
})

export const archiveFormat = z.enum(ARCHIVE_FORMATS)

const errorCode = z.custom<ErrorCode>((value) => typeof value === 'string' && value in ERRORS)

const exit: z.ZodType<Exit> = z.object({
  cause: z.enum(EXIT_CAUSES),
  // What was written down before there were classes has none, and a later release may know more of them.
  class: z.enum(EXIT_CLASSES).nullable().catch(null),
  fingerprint: z.string().nullable().catch(null),
  code: z.number().nullable(),
  signal: z.string().nullable(),
  detail: z.string(),
  hint: z.string().nullable(),
  stderrTail: z.string(),
  inARow: z.number().exactOptional(),
  at: z.number(),
  refusal: errorCode.exactOptional(),
})
const lastExit = exit.nullable()
const attempt = z.number()
const since = z.number()

export const serverState: z.ZodType<ServerState> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('stopped'), lastExit, idle: z.literal(true).exactOptional() }),
  z.object({ kind: z.literal('starting'), attempt, since, deadline: z.number(), lastExit }),
  z.object({ kind: z.literal('running'), attempt, since, health: z.enum(HEALTHS), lastExit }),
  z.object({
    kind: z.literal('stopping'),
    attempt,
    since,
    cause: z.enum(EXIT_CAUSES),
    detail: z.string(),
    next: z.enum(['stop', 'start', 'decide', 'rest']),
    lastExit,
  }),
  z.object({ kind: z.literal('backoff'), attempt, nextTry: z.number(), lastExit: exit }),
  z.object({ kind: z.literal('failed'), attempt, reason: z.string(), lastExit: exit }),
])

export const processKey: z.ZodType<ProcessKey> = z.object({
  era: z.enum(ERAS),
  capabilities: z.string(),
  owner: z.string().nullable(),
  member: z.int(),
})

export const errorBody: z.ZodType<ErrorBody> = z.object({
  code: errorCode,
  message: z.string(),
  hint: z.string(),
  details: z.record(z.string(), z.unknown()).optional(),
})

export const stages: z.ZodType<readonly StageRecord[]> = z.array(
  z.object({
    stage: z.enum(STAGES),
    status: z.enum(STAGE_STATUSES),
    startedAt: z.number().nullable(),
    endedAt: z.number().nullable(),
    note: z.string().nullable(),
    log: z.string(),
  }),
)

const protection = z.object({
  level: z.enum(LEVELS),
  by: z.string(),
  why: z.string().nullable(),
})

export const enforcement: z.ZodType<Enforcement> = z.object({
  uid: z.enum(['distinct', 'platform']),
  fs: protection,
  net: protection,
  seccomp: protection,
  memory: protection,
  cpu: protection,
  pids: protection,
  open_files: protection,
  disk: protection,
})
