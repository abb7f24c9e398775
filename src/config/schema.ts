/**
 * The configuration file, as one strict schema: config/config.example.jsonc is held to it by a test.
 * Durations in seconds, sizes in the unit that the key names.
 */
import { z } from 'zod'
import { normalizeAddress } from '../domain/address-rules.ts'
import { describeRefusedRule } from '../domain/egress-rule.ts'
import { PIN_MODES } from '../domain/definition.ts'
import { ISOLATION_TIERS } from '../domain/enforcement.ts'
import { CONFIDENCES, DEFAULT_SCAN_POLICY, SEVERITIES } from '../domain/finding.ts'
import { ROLES } from '../domain/role.ts'
import { RUNTIME_KINDS } from '../domain/runtime-kind.ts'
import { cleanup, disk } from './cleanup-schema.ts'
import { recommendations } from './advice-schema.ts'
import { backup } from './backup-schema.ts'
import { deploy } from './deploy-schema.ts'
import { health } from './health-schema.ts'
import { memory } from './memory-schema.ts'
import { processes } from './processes-schema.ts'
import { model } from './model-schema.ts'
import { notifications } from './notifications-schema.ts'
import { DEFAULT_DATA_DIR } from './raw-config.ts'
import { restart } from './restart-schema.ts'
import { retention } from './retention-schema.ts'
import { logging } from './logging-schema.ts'
import { telemetry } from './telemetry-schema.ts'

/** Whether a reload takes a key up, or a restart alone (the rule); said of a section, it holds for its keys. */
const LIVE = { reload: 'live' } as const
const RESTART = { reload: 'restart' } as const

const seconds = (value: number, max = 86_400) => z.number().positive().max(max).default(value)
const count = (value: number, max: number) => z.int().min(1).max(max).default(value)

/** Exact, as a URL has it: lower case, with the port. */
const placeSchema = z.string().regex(/^(?:[a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\]):[0-9]{1,5}$/)

const dashboard = z.object({
  enabled: z
    .boolean()
    .default(true)
    .describe('Serve the dashboard at /; false: the API and the MCP endpoints alone.'),
  host: z.string().min(1).default('127.0.0.1').describe('Address to listen on.'),
  port: z.int().min(0).max(65_535).default(8910).describe('Port to listen on; 0 takes a free one.'),
  public_url: z
    .url()
    .nullable()
    .default(null)
    .describe('The address clients use, where it differs from host and port.'),
  allowed_origins: z
    .array(z.url())
    .default([])
    .describe('Web origins, besides the own one, whose pages may call the MCP endpoints.'),
  trusted_proxies: z
    .array(z.string().min(1))
    .default([])
    .describe('Addresses and networks of proxies in front, whose X-Forwarded-For and -Proto are believed.'),
})

const scanPolicy = z.object({
  block: z
    .enum([...SEVERITIES, 'never'])
    .default(DEFAULT_SCAN_POLICY.block.severity)
    .describe('Findings this bad or worse refuse an archive: critical, high, medium, low, info or never.'),
  block_confidence: z
    .enum(CONFIDENCES)
    .default(DEFAULT_SCAN_POLICY.block.confidence)
    .describe('How sure such a finding must be: high, medium or low.'),
  review: z
    .enum([...SEVERITIES, 'never'])
    .default(DEFAULT_SCAN_POLICY.review.severity)
    .describe('Findings this bad or worse ask for a review.'),
  review_confidence: z
    .enum(CONFIDENCES)
    .default(DEFAULT_SCAN_POLICY.review.confidence)
    .describe('How sure such a finding must be.'),
  on_review: z
    .enum(['hold', 'allow'])
    .default('hold')
    .describe(
      'hold: such a version starts once an administrator approves it. allow: it starts; its findings are kept.',
    ),
})

const oauth = z.object({
  issuer: z
    .url()
    .nullable()
    .default(null)
    .describe(
      'Issuer of access tokens and identities (OAuth 2.1, OpenID Connect), exactly as it names itself.',
    ),
  audience: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe('An audience that counts at every endpoint, besides the URL of the endpoint itself.'),
  algorithms: z
    .array(z.enum(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA']))
    .min(1)
    .default(['RS256', 'PS256', 'ES256', 'EdDSA'])
    .describe('Signatures that are accepted.'),
  scopes: z
    .record(z.string(), z.array(z.string()))
    .default({})
    .describe(
      'Scope of the issuer → scopes of the platform; those of the same name need no entry, but admin does.',
    ),
  role_claim: z.string().min(1).default('roles').describe('Claim that holds the roles of the issuer.'),
  roles: z
    .record(z.string(), z.enum(ROLES))
    .default({})
    .describe(
      'Role of the issuer → viewer, operator, deployer or admin: for people who sign in, and tokens without scopes.',
    ),
  clock_tolerance: z.number().min(0).max(300).default(30).describe('How far the clocks may differ.'),
  keys_cooldown: seconds(30, 3600).describe('Unknown keys are looked for at most once in this time.'),
  introspection: z
    .enum(['off', 'opaque', 'always'])
    .default('off')
    .describe('Ask the issuer about tokens that are no JWT, or about all of them.'),
  introspection_cache: seconds(10, 60).describe('For how long its answer counts.'),
  places: z
    .array(placeSchema)
    .default([])
    .describe('Further places (host:port) of the issuer on private networks or without TLS.'),
  client_id: z.string().min(1).nullable().default(null).describe('This platform as a client of the issuer.'),
  client_secret_file: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe('File with the client’s secret, readable by the platform’s user only.'),
  login: z.boolean().default(false).describe('People may sign in over the issuer, at /auth/login.'),
  login_scopes: z
    .array(z.string().min(1))
    .default(['openid', 'profile', 'email'])
    .describe('What a sign-in asks the issuer for.'),
})

const security = z.object({
  allowed_languages: z
    .array(z.enum(RUNTIME_KINDS))
    .min(1)
    .default([...RUNTIME_KINDS])
    .describe('Runtimes that hosted servers may use.')
    .meta(LIVE),
  max_upload_size_mb: count(100, 10_000).describe('Largest archive, MiB.').meta(LIVE),
  archive_sources: z
    .array(placeSchema)
    .default([])
    .describe('Places (host:port) that archive_url may name although they are private or without TLS.')
    .meta(LIVE),
  archive_url_timeout: seconds(300, 3600).describe('Deadline of fetching an archive_url.').meta(LIVE),
  min_isolation_tier: z
    .enum(ISOLATION_TIERS)
    .default('namespaces')
    .describe('A start that would be contained less than this is refused: none, user, namespaces or strong.'),
  scan_uploads: z
    .boolean()
    .default(true)
    .describe('False: nothing is scanned; every deployment says so, and it is audited.'),
  scan_timeout: seconds(60, 3600).describe('Deadline of one scan; what was not looked at asks for a review.'),
  scan_policy: scanPolicy.meta(LIVE).prefault({}),
  osv_dir: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe('Directory of OSV advisories (JSON) to hold dependencies against.'),
  oauth: oauth.prefault({}),
  dry_run: z
    .boolean()
    .default(true)
    .describe(
      'Before its first start, run a version once with bait for credentials and without any network.',
    ),
  dry_run_seconds: seconds(10, 60)
    .describe('Deadline of a dry run; never longer than start_timeout.')
    .meta(LIVE),
  pin_default: z
    .enum(PIN_MODES)
    .default('warn')
    .describe(
      'What becomes of tools that change without a new version: off, warn or block. An archive may be stricter.',
    )
    .meta(LIVE),
  key_file: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe(
      'Key of the secrets, made at the first need; null: secrets.key in data_dir. Back it up apart from the data.',
    ),
})

const gateway = z.object({
  call_timeout: seconds(60).describe('Deadline of one call; progress of the call starts it anew.'),
  call_timeout_max: seconds(600).describe('Deadline of one call whatever its progress.'),
  breaker_failures: z
    .int()
    .min(0)
    .max(1000)
    .default(5)
    .describe(
      'Timeouts, losses or vain starts in a row, without any answer, after which calls are refused at once; 0: never.',
    ),
  breaker_time: seconds(10, 3600).describe('For how long; then one call tries.'),
  max_message_mb: count(4, 64).describe('Largest MCP message, MiB.'),
  max_message_depth: count(64, 256).describe('Deepest nesting of an MCP message.'),
  max_calls_per_server: count(64, 10_000).describe('Calls in flight at one server; more wait.'),
  max_queue_per_server: count(256, 100_000).describe('Calls that may wait for one server; more are refused.'),
  max_queue_per_principal: count(128, 100_000).describe(
    'Of these, calls of one principal, so that nobody fills the queue for everybody.',
  ),
  session_idle_timeout: seconds(7 * 86_400, 365 * 86_400).describe('A session unused for this long ends.'),
  max_sessions: count(256, 1_000_000).describe('Sessions one principal may hold.'),
  park_timeout: seconds(300, 600).describe(
    'How long a question of a server waits for the answer of its client.',
  ),
  max_parked_calls: count(32, 10_000).describe(
    'Calls of one principal at one server that may wait for such answers.',
  ),
  max_parked_calls_per_server: count(128, 100_000).describe('Calls at one server that may wait for them.'),
  call_records: count(1_000_000, 100_000_000)
    .describe('Records of calls that are kept; about 250 bytes of disk each.')
    .meta(RESTART),
  call_record_days: count(7, 365).describe('A record of a call goes after so many days.').meta(RESTART),
})

const rateLimits = z.object({
  sign_in_per_account: count(5, 1_000).describe('Sign-ins a minute to one account.'),
  sign_in_per_address: count(20, 10_000).describe('Sign-ins a minute from one address.'),
  uploads: count(10, 100_000).describe('Archives a minute of one token or person.'),
  api: count(600, 10_000_000).describe(
    'REST requests a minute of one token or person, or of one address without.',
  ),
  mcp: count(1200, 1_000_000_000).describe('MCP messages a minute of one token.'),
  streams_per_principal: count(50, 10_000).describe('Event streams that one token or person may hold open.'),
  streams: count(10_000, 1_000_000).describe('Event streams in all.'),
})

const install = z.object({
  timeout: seconds(600).describe('Deadline of installing the dependencies of one version.'),
  memory_mb: count(2048, 1_000_000).describe('Memory of one install, MiB.'),
  disk_mb: count(4096, 1_000_000).describe('Files that one install may leave, MiB.'),
  cache: z
    .boolean()
    .default(true)
    .describe('Reuse installed dependencies of the same manifest and lock file.'),
})

/** `host:port` or `*.suffix` and the like; `exact` wants the first form alone. */
const place = (exact: boolean) =>
  z.string().superRefine((text, context) => {
    const isExact = /^[^*]+:[0-9]+$/.test(text)
    const why = exact && !isExact ? 'must be host:port' : describeRefusedRule(text)
    if (why !== null) context.addIssue({ code: 'custom', message: why })
  })
const nameServer = z
  .string()
  .refine(
    (text) =>
      normalizeAddress(text.replace(/^\[(.+)\](?::[0-9]{1,5})?$|^([0-9.]+):[0-9]{1,5}$/, '$1$2')) !== null,
    'must be an address, or address:port with an IPv6 address in brackets',
  )

const egress = z.object({
  allowed_hosts: z
    .array(place(false))
    .nullable()
    .default(null)
    .describe('Places that servers may declare, as host, host:port or *.suffix; null: any public place.'),
  allow_private: z
    .array(place(true))
    .default([])
    .describe('Private places, as host:port, that a server may reach when it declares them.'),
  dns_servers: z
    .array(nameServer)
    .default([])
    .describe("Name servers to ask for servers and installs; none: the system's resolver."),
})

const logs = z.object({
  segment_mb: count(10, 1000).describe('Size of one log segment of a server, MiB.'),
  segments: count(5, 100).describe('Segments kept for each server.'),
  days: count(14, 3650).describe('Segments whose last line is older go at a clean-up.'),
})

const audit = z.object({
  segment_records: count(20_000, 10_000_000).describe(
    'Audit records of one closed segment; as many at least stay in the database.',
  ),
})

const hostingSchema = z.object({
  enabled: z.boolean().default(true).describe('False: haivemind serve says so and ends.'),
  data_dir: z
    .string()
    .min(1)
    .default(DEFAULT_DATA_DIR)
    .describe('Database, lock, local token, run directories, interpreters.'),
  servers_dir: z
    .string()
    .min(1)
    .default('data/mcp_servers')
    .describe('Installed versions and the data of servers.'),
  uploads_dir: z
    .string()
    .min(1)
    .default('data/mcp_uploads')
    .describe('Archives while they are received and checked.'),
  logs_dir: z.string().min(1).default('data/mcp_logs').describe('Output of hosted servers.'),
  disk_mb: z
    .int()
    .min(16)
    .max(1_048_576)
    .default(512)
    .describe('Space of /data for a server that sets none itself, MiB.')
    .meta(LIVE),
  max_servers: count(10, 100_000).describe('Servers this platform may hold.').meta(LIVE),
  health_check_interval: seconds(30)
    .describe('Time between two probes of a server that sets none itself.')
    .meta(LIVE),
  health: health.meta(LIVE).prefault({}),
  auto_cleanup: z
    .boolean()
    .default(true)
    .describe('Remove what nothing uses any more: haivemind cleanup --dry-run lists it.')
    .meta(LIVE),
  cleanup_interval: seconds(3600).describe('Time between two clean-ups.').meta(LIVE),
  cleanup: cleanup.meta(LIVE).prefault({}),
  disk: disk.meta(LIVE).prefault({}),
  dashboard: dashboard.prefault({}),
  security: security.prefault({}),
  gateway: gateway.meta(LIVE).prefault({}),
  processes: processes.prefault({}),
  deploy: deploy.meta(LIVE).prefault({}),
  rate_limits: rateLimits.meta(LIVE).prefault({}),
  restart: restart.prefault({}),
  recommendations: recommendations.meta(LIVE).prefault({}),
  install: install.prefault({}),
  egress: egress.prefault({}),
  logs: logs.prefault({}),
  retention: retention.prefault({}),
  audit: audit.prefault({}),
  logging: logging.prefault({}),
  backup: backup.prefault({}),
  telemetry: telemetry.prefault({}),
  memory: memory.prefault({}),
  model: model.prefault({}),
  notifications: notifications.meta(LIVE).prefault({}),
})

export const configSchema = z.object({ mcp_hosting: hostingSchema.prefault({}) })

/** Keys that the contract names and that this release does not act on: accepted with their default only. */
export const RESERVED_KEYS: Readonly<Record<string, { readonly only: unknown; readonly why: string }>> = {
  'mcp_hosting.dashboard.debug': { only: false, why: 'there is no debug mode' },
  'mcp_hosting.security.sandbox_by_default': { only: true, why: 'every server runs in a sandbox' },
}

type Parsed = z.infer<typeof hostingSchema>
/** As parsed, with every path absolute. */
export type PlatformConfig = Parsed
