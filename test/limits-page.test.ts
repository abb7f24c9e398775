/** docs/limits.md is this table: each limit with its real default, its setting and the test that holds it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { configSchema } from '../src/config/schema.ts'
import { DEFAULT_GATEWAY_CONFIG, type GatewayConfig } from '../src/gateway/gateway-config.ts'
import { buildGatewayConfig } from '../src/platform/build-settings.ts'

const ROOT = join(import.meta.dirname, '..')
const PAGE = join(ROOT, 'docs/limits.md')
const CONFIG = configSchema.parse({}).mcp_hosting
const MIB = 1024 * 1024

type Row = {
  readonly what: string
  /** The key below mcp_hosting; null where operators cannot set it. */
  readonly setting: string | null
  /** Where the gateway keeps it, and how many of its units one of the page is. */
  readonly field?: readonly [keyof GatewayConfig, per?: number]
  readonly unit?: string
  readonly beyond: string
  readonly test: readonly [file: string, title: string]
}

const LIMITS = 'test/contracts/gateway-limits.test.ts'
const PARKS = 'src/gateway/parks/park-table.test.ts'
const REPLAY = 'src/gateway/replay.test.ts'
const POOL = 'test/contracts/process-pool.test.ts'
const STORE = 'test/contracts/store.test.ts'

const ROWS: readonly Row[] = [
  {
    what: 'One message',
    setting: 'gateway.max_message_mb',
    field: ['maxBodyBytes', MIB],
    unit: 'MiB',
    beyond: '413, before it is parsed',
    test: [LIMITS, 'R6: a body over the limit is 413, declared or not, and is not parsed'],
  },
  {
    what: 'Nesting of a message',
    setting: 'gateway.max_message_depth',
    field: ['maxJsonDepth'],
    beyond: '400, before it is parsed',
    test: [LIMITS, 'nesting beyond the limit is 400 before the parser runs'],
  },
  {
    what: 'Messages of an array',
    setting: null,
    field: ['maxBatch'],
    beyond: '400',
    test: [LIMITS, 'an array may hold so many messages'],
  },
  {
    what: 'Messages of a token in a minute',
    setting: 'rate_limits.mcp',
    field: ['maxMessagesPerMinute'],
    beyond: '429 with `Retry-After`',
    test: [LIMITS, 'is bounded: beyond it 429 with the time to wait, for that token alone'],
  },
  {
    what: 'Calls in flight at a process',
    setting: 'gateway.max_calls_per_server',
    field: ['maxInFlight'],
    beyond: 'more wait; three quarters are for one token at most',
    test: [
      LIMITS,
      'R154: more than fit in flight wait for a place; more than fit in the queue are 503 with the id',
    ],
  },
  {
    what: 'Calls that wait for a process',
    setting: 'gateway.max_queue_per_server',
    field: ['maxQueued'],
    beyond: '503 `busy` with `Retry-After`',
    test: [
      LIMITS,
      'R154: more than fit in flight wait for a place; more than fit in the queue are 503 with the id',
    ],
  },
  {
    what: 'Of these, calls of one token',
    setting: 'gateway.max_queue_per_principal',
    field: ['maxQueuedPerPrincipal'],
    beyond: '503 `busy` with `Retry-After`',
    test: [
      'src/gateway/lane.test.ts',
      'nobody fills the queue for everybody, and a place goes to who waited longest',
    ],
  },
  {
    what: 'A call without answer or progress',
    setting: 'gateway.call_timeout',
    field: ['callTimeoutMs', 1000],
    unit: 's',
    beyond: '`call_timeout`; the server is told',
    test: [LIMITS, 'R65: a call without an answer ends with its deadline, and the server is told'],
  },
  {
    what: 'A call, whatever its progress',
    setting: 'gateway.call_timeout_max',
    field: ['callCeilingMs', 1000],
    unit: 's',
    beyond: '`call_timeout`; the server is told',
    test: [LIMITS, 'R65, K-21: progress starts the deadline again, up to the ceiling'],
  },
  {
    what: 'Failures of a process in a row, without any answer',
    setting: 'gateway.breaker_failures',
    field: ['breakerFailures'],
    beyond: '503 `server_unresponsive` with `Retry-After`',
    test: [
      LIMITS,
      'R-71: a server that hangs on calls is given up for a while: callers do not wait, and are told when to come',
    ],
  },
  {
    what: 'Sessions of a token',
    setting: 'gateway.max_sessions',
    field: ['maxSessionsPerPrincipal'],
    beyond: 'the one unused for longest ends',
    test: [LIMITS, 'past the limit the longest unused one ends, and none that is in use'],
  },
  {
    what: 'A session without use',
    setting: 'gateway.session_idle_timeout',
    field: ['sessionIdleMs', 1000],
    unit: 's',
    beyond: 'it ends',
    test: [
      'src/gateway/session-table.test.ts',
      'R102: ends sessions that nobody uses, and keeps those that are used',
    ],
  },
  {
    what: 'Streams of a token',
    setting: 'rate_limits.streams_per_principal',
    field: ['maxStreamsPerPrincipal'],
    beyond: '429',
    test: [LIMITS, 'R154: a principal may open so many GET streams; the next is 429'],
  },
  {
    what: 'Unread bytes of a stream',
    setting: null,
    field: ['maxUnreadBytes', MIB],
    unit: 'MiB',
    beyond: 'it is disconnected',
    test: [LIMITS, 'a reader that does not keep up is disconnected, and others are not'],
  },
  {
    what: 'A question of a server, until its client answers',
    setting: 'gateway.park_timeout',
    field: ['parkMs', 1000],
    unit: 's',
    beyond: 'the call ends; the server is told',
    test: [
      'test/contracts/gateway-parks.test.ts',
      'R75: comes too late after the time limit, and the server was told',
    ],
  },
  {
    what: 'Calls of a token at a server that wait so',
    setting: 'gateway.max_parked_calls',
    field: ['maxParksPerPrincipal'],
    beyond: 'an error',
    test: [PARKS, 'R154: one caller, and all of them together, may have only so many calls parked'],
  },
  {
    what: 'Calls at a server that wait so',
    setting: 'gateway.max_parked_calls_per_server',
    field: ['maxParksPerServer'],
    beyond: 'an error',
    test: [PARKS, 'R154: one caller, and all of them together, may have only so many calls parked'],
  },
  {
    what: 'Events kept for resuming a session',
    setting: null,
    field: ['maxReplayEvents'],
    beyond: 'the oldest go',
    test: [REPLAY, 'is bounded in events: the oldest go first'],
  },
  {
    what: 'Their size',
    setting: null,
    field: ['maxReplayBytes', MIB],
    unit: 'MiB',
    beyond: 'the oldest go',
    test: [REPLAY, 'is bounded in bytes, two for each character'],
  },
  {
    what: 'Their size for all sessions',
    setting: null,
    field: ['maxReplayBytesInAll', MIB],
    unit: 'MiB',
    beyond: 'who holds most loses first',
    test: [REPLAY, 'is bounded for all together: who holds most loses first, and others nothing'],
  },
  {
    what: 'Processes of a server beside its main one',
    setting: 'processes.per_server',
    beyond: '503 `too_many_processes`, unless an idle one can end',
    test: [POOL, 'R154: is not made by ending one in use: the caller is told which limit'],
  },
  {
    what: 'Such processes of all servers',
    setting: 'processes.total',
    beyond: '503 `too_many_processes`, unless an idle one can end',
    test: [POOL, 'K-2: is one for all servers, and never over its limit, however many ask at once'],
  },
  {
    what: 'Records of calls',
    setting: 'gateway.call_records',
    beyond: 'the oldest go',
    test: [STORE, 'keeps so many records of calls, the newest'],
  },
]

const HEAD = `# Limits of the data plane

What one client, one server or one message can take, so that nothing is lost for others. Settings are keys of \`mcp_hosting\`;
limits without one are fixed. Limits of a server's own resources are in [servers](servers.md), those of archives in
[archives](archives.md).

| limit | default | setting | beyond it |
|---|---|---|---|
`

function readSetting(path: string): unknown {
  return path.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], CONFIG)
}

function renderRow({ what, setting, field, unit, beyond }: Row): string {
  const fixed = field === undefined ? undefined : DEFAULT_GATEWAY_CONFIG[field[0]] / (field[1] ?? 1)
  const value = Number(setting === null ? fixed : readSetting(setting)).toLocaleString('en-US')
  const shown = unit === undefined ? value : `${value} ${unit}`
  return `| ${what} | ${shown} | ${setting === null ? '-' : `\`${setting}\``} | ${beyond} |\n`
}

it('docs/limits.md is the table of the limits as they are', async () => {
  await expect(HEAD + ROWS.map(renderRow).join('')).toMatchFileSnapshot(PAGE)
})

it.each(ROWS)('$what is held by the test that is named', ({ test: [file, title] }) => {
  expect(readFileSync(join(ROOT, file), 'utf8')).toContain(`'${title}'`)
})

const SET = ROWS.flatMap(({ what, setting, field }) =>
  setting === null || field === undefined ? [] : [{ what, path: setting.split('.'), field }],
)

it.each(SET)('$what comes from its setting to the gateway', ({ path: [section = '', key = ''], field }) => {
  const [name, per = 1] = field
  const changed: Record<string, Record<string, unknown>> = structuredClone(CONFIG) as never
  changed[section] = { ...changed[section], [key]: 7 }
  const built: Partial<GatewayConfig> = buildGatewayConfig(changed as never)
  expect(built[name]).toBe(7 * per)
  const plain: Partial<GatewayConfig> = buildGatewayConfig(CONFIG)
  expect(plain[name]).toBe(DEFAULT_GATEWAY_CONFIG[name])
})
