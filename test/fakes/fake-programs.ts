/** What the fixture servers of test/fixtures/servers do, again in process, by the same names. */
import { isJsonObject, type JsonObject } from '../../src/domain/json.ts'

export type FakeIo = {
  readonly write: (text: string) => void
  readonly warn: (text: string) => void
  readonly exit: (code: number) => void
  readonly runOutOfMemory: () => void
  readonly after: (milliseconds: number, task: () => void) => void
  readonly beginReading: () => void
}

export type FakeProgram = {
  readonly start?: (io: FakeIo) => void
  readonly onLine?: (line: string, io: FakeIo) => void
  readonly ignoresTerm?: boolean
  readonly readsLater?: boolean
}

const INITIALIZE_RESULT: JsonObject = {
  protocolVersion: '2025-11-25',
  capabilities: { tools: {} },
  serverInfo: { name: 'fixture', version: '1.0.0' },
}

type Answer = (params: JsonObject, io: FakeIo) => JsonObject | null

/** A well-behaved server but for `overrides`; null: no answer. */
function serve(overrides: Readonly<Record<string, Answer>> = {}): FakeProgram['onLine'] {
  return (line, io) => {
    const message: unknown = JSON.parse(line)
    if (!isJsonObject(message) || message['id'] === undefined || typeof message['method'] !== 'string') return
    const { id, method } = message
    const params = isJsonObject(message['params']) ? message['params'] : {}
    const override = overrides[method]
    const body = override === undefined ? answerWell(method, params) : override(params, io)
    if (body !== null) io.write(JSON.stringify({ jsonrpc: '2.0', id, ...body }) + '\n')
  }
}

function answerWell(method: string, params: JsonObject): JsonObject {
  if (method === 'initialize') return { result: INITIALIZE_RESULT }
  if (method === 'ping') return { result: {} }
  if (method === 'tools/list')
    return { result: { tools: [{ name: 'echo', inputSchema: { type: 'object' } }] } }
  if (method === 'tools/call') {
    const args = isJsonObject(params['arguments']) ? params['arguments'] : {}
    return { result: { content: [{ type: 'text', text: args['message'] ?? '' }] } }
  }
  return { error: { code: -32601, message: 'Method not found' } }
}

const silent: Answer = () => null
const unknown: Answer = () => ({ error: { code: -32601, message: 'Method not found' } })
const refuseOlder: Answer = () => ({
  error: { code: -32022, message: 'Unsupported protocol version', data: { supported: ['2026-07-28'] } },
})
const discover: Answer = () => ({
  result: {
    resultType: 'complete',
    supportedVersions: ['2026-07-28'],
    capabilities: { tools: {} },
    _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'fixture', version: '2.0.0' } },
  },
})
const settled = new WeakMap<FakeIo, 'legacy' | 'modern'>()

let pings = 0

export const FAKE_PROGRAMS: Readonly<Record<string, FakeProgram>> = {
  echo: { start: (io) => io.warn('echo is ready\n'), onLine: serve() },
  'never-answers': {},
  'exits-at-once': {
    start(io) {
      io.warn('no configuration file found\n')
      io.exit(3)
    },
  },
  'missing-import': {
    start(io) {
      io.warn("Traceback (most recent call last):\nModuleNotFoundError: No module named 'httpx'\n")
      io.exit(1)
    },
  },
  'waits-for-database': {
    start(io) {
      io.warn('Error: connect ECONNREFUSED 10.0.0.5:5432\n')
      io.exit(1)
    },
  },
  'noise-on-stdout': { start: (io) => io.write('Listening for requests ...\n'), onLine: serve() },
  'ignores-sigterm': { onLine: serve(), ignoresTerm: true },
  'forks-a-grandchild': { onLine: serve() },
  'floods-stderr': {
    start(io) {
      for (let n = 1; n <= 20_000; n++) io.warn(`flood ${n}\n`)
    },
    onLine: serve(),
  },
  'hangs-on-calls': { onLine: serve({ 'tools/call': silent }) },
  'stops-answering': { onLine: serve({ ping: silent, 'tools/list': silent, 'tools/call': silent }) },
  /** Only here: two misses, then an answer, and so on. */
  'answers-every-third-ping': { onLine: serve({ ping: () => (++pings % 3 === 0 ? { result: {} } : null) }) },
  'slow-start': {
    // Reads after two seconds: the lines wait until then.
    start: (io) => io.after(2000, () => io.beginReading()),
    readsLater: true,
    onLine: serve(),
  },
  'crashes-on-call': {
    onLine: serve({
      'tools/call': (_, io) => {
        io.warn('about to crash\n')
        io.exit(7)
        return null
      },
    }),
  },
  'eats-memory': { start: (io) => io.runOutOfMemory() },
  'long-line': {
    start(io) {
      for (let n = 0; n < 5; n++) io.write('x'.repeat(1024 * 1024))
    },
  },
  'speaks-only-2099': {
    onLine: serve({
      initialize: () => ({
        error: { code: -32022, message: 'Unsupported protocol version', data: { supported: ['2099-01-01'] } },
      }),
    }),
  },
  'modern-only': { onLine: serve({ initialize: refuseOlder, ping: unknown, 'server/discover': discover }) },
  /** Only here: it speaks both eras, and settles on one with the first message, as the Python SDK does. */
  dual: {
    onLine(line, io) {
      const asked = line.includes('"method":"initialize"') ? 'legacy' : 'modern'
      const era = settled.get(io) ?? asked
      settled.set(io, era)
      if (era === 'legacy') serve()?.(line, io)
      else serve({ initialize: refuseOlder, ping: unknown, 'server/discover': discover })?.(line, io)
    },
  },
  /** Only here: it ends at anything before initialize, as the Rust SDK does. */
  'strict-opener': {
    onLine(line, io) {
      if (!settled.has(io) && !line.includes('"method":"initialize"')) return io.exit(5)
      settled.set(io, 'legacy')
      serve()?.(line, io)
    },
  },
  /** Only here: it says nothing to what it does not know. */
  'mute-to-others': { onLine: serve({ 'server/discover': silent }) },
  'answers-garbage': { onLine: serve({ initialize: () => ({ result: { hello: 'world' } }) }) },
  spins: { onLine: serve() },
  /** Only here: its last line of stderr names what its client can do, and it cannot live with sampling. */
  'hates-sampling': {
    onLine: serve({
      initialize: ({ capabilities }, io) => {
        io.warn(`told ${JSON.stringify(capabilities)}\n`)
        if (isJsonObject(capabilities) && capabilities['sampling'] !== undefined) io.exit(4)
        return { result: INITIALIZE_RESULT }
      },
    }),
  },
}
