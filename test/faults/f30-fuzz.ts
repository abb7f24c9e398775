/** Damaged input for everything that reads a stranger's bytes: it is read or refused, and nothing else is ever thrown. */
import { PassThrough } from 'node:stream'
import { parseDuration, parseMoment } from '../../src/cli/humanise.ts'
import { stripControls } from '../../src/cli/print.ts'
import { parseConfig } from '../../src/config/load.ts'
import { AppError } from '../../src/domain/error.ts'
import { decodeJson } from '../../src/domain/json.ts'
import { buildParamHeaders, scanParamHeaders } from '../../src/domain/param-headers.ts'
import { parseServerConfig } from '../../src/domain/server-config.ts'
import { buildTraceHeaders } from '../../src/domain/trace-context.ts'
import { logQuerySchema } from '../../src/api/schema/log.ts'
import { parseEventId } from '../../src/gateway/event-id.ts'
import { parseMessage } from '../../src/gateway/message.ts'
import { parseCursor } from '../../src/gateway/hub/hub-cursor.ts'
import { createConnection } from '../../src/runtime/instance/connection.ts'
import { createLineSplitter } from '../../src/runtime/instance/line-splitter.ts'
import { openArchiveFuzz } from './archive-fuzz.ts'
import type { Fault, FaultContext } from './fault.ts'

type Target = {
  readonly name: string
  readonly seeds: readonly string[]
  /** Throws what is no refusal; @param cuts says where the input comes in parts. */
  readonly read: (bytes: Buffer, below: (bound: number) => number) => void
}

const HANGS_MS = 2000
const CONFIG = JSON.stringify({ mcp_hosting: { max_servers: 3, dashboard: { port: 8910 }, security: {} } })
const SERVER = JSON.stringify({
  name: 'a',
  command: ['node', 'x.js'],
  resource_limits: { memory_mb: 64 },
  egress: ['a.example:443'],
})
const SCHEMA = { type: 'object', properties: { region: { type: 'string', 'x-mcp-header': 'Region' } } }

const TARGETS: readonly Target[] = [
  {
    name: 'framing',
    seeds: [
      '{"jsonrpc":"2.0","id":1,"result":{}}\n{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1}}\n',
      '[{"jsonrpc":"2.0","id":2,"error":{"code":-1,"message":"x"}}]\r\n\uFEFF{"id":3,"method":"sampling/createMessage"}\n',
    ],
    read(bytes, below) {
      const stdout = new PassThrough()
      const defects: unknown[] = []
      const connection = createConnection({
        server: 'fuzz',
        daemonGeneration: 0,
        stdin: new PassThrough().resume(),
        stdout,
        adopted: below(2) === 0,
        redactor: null,
        onNoise: () => {},
        onBroken: () => {},
        onDefect: (error) => defects.push(error),
      })
      const handlers = { onResponse: () => {}, onLost: () => {}, onProgress: () => {} }
      for (let n = 0; n < 3; n++) connection.request('tools/call', {}, handlers)
      stdout.emit('data', bytes)
      connection.close(new AppError('not_ready', 'over'))
      if (defects.length > 0) throw defects[0]
      let bytesSeen = 0
      const splitter = createLineSplitter(
        { onLine: (line) => (bytesSeen += line.length), onLongLine: () => {}, onOverflow: () => {} },
        64,
      )
      for (let at = 0; at < bytes.length;) {
        const end = at + 1 + below(32)
        splitter.push(bytes.subarray(at, end))
        at = end
      }
      if (bytesSeen > bytes.length * 3) throw new Error('more came out than went in')
    },
  },
  {
    name: 'messages',
    seeds: [
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a"}}',
      '{"jsonrpc":"2.0","id":"x","error":{"code":1,"message":"m"}}',
    ],
    read: (bytes) => void parseMessage(decodeJson(bytes.toString())),
  },
  {
    name: 'headers',
    seeds: ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'eu-west-1', '=?base64?ZXU=?='],
    read(bytes) {
      const text = bytes.toString()
      buildTraceHeaders({ traceparent: text, tracestate: text })
      const scan = scanParamHeaders(SCHEMA)
      if (scan.kind === 'invalid') throw new Error(scan.reason)
      const found = buildParamHeaders(scan.declarations, { region: text })
      for (const value of Object.values(found)) {
        if (/[^\x20-\x7e\t]/.test(value)) throw new Error(`not a header: ${JSON.stringify(value)}`)
      }
    },
  },
  {
    name: 'configuration',
    seeds: [CONFIG, `// a comment\n${CONFIG}`],
    read: (bytes) => void parseConfig(bytes.toString(), 'config.json', {}),
  },
  {
    name: 'server_config.json',
    seeds: [SERVER],
    read: (bytes) => void parseServerConfig(decodeJson(bytes.toString()), 'server_config.json'),
  },
  {
    name: 'ANSI',
    seeds: ['\x1B[31mred\x1B[0m \x1B]8;;http://x\x07link\x1B]8;;\x07 \x9B2J', '\x1BP1$r\x1B\\\x1B[?25l'],
    read(bytes) {
      const left = stripControls(bytes.toString())
      // oxlint-disable-next-line no-control-regex
      if (/[\x00-\x08\x0B-\x1F\x7F-\x9F]/.test(left))
        throw new Error(`a control character is left: ${JSON.stringify(left)}`)
    },
  },
  {
    name: 'durations',
    seeds: ['1h30m', '500ms', '2026-11-26T10:00:00Z', '90'],
    read(bytes) {
      const seconds = parseDuration(bytes.toString())
      if (Number.isNaN(seconds)) throw new Error('not a number')
      if (Number.isNaN(parseMoment(bytes.toString(), 0))) throw new Error('not a moment')
    },
  },
  {
    name: 'cursors',
    seeds: ['after=12&limit=10', 'before=9&since=2026-01-01T00:00:00Z', '1-a-7', 'eyJsIjoidG9vbHMifQ'],
    read(bytes) {
      const text = bytes.toString()
      logQuerySchema.safeParse(Object.fromEntries(new URLSearchParams(text)))
      parseEventId(text)
      parseCursor(text)
    },
  },
]

export const f30: Fault = {
  id: 'F30',
  title: 'fuzz: archives, framing, messages, headers, configuration, ANSI, durations, cursors',
  async run(c: FaultContext) {
    const below = (bound: number) => Math.floor(c.random() * bound)
    const runs = c.size === 'full' ? 100_000 : 2000
    let slowest = 0
    const attempt = async (name: string, bytes: Buffer, read: () => unknown) => {
      const began = performance.now()
      try {
        await read()
      } catch (error) {
        if (!(error instanceof AppError) && !isReject(error))
          c.broken(`${name}: ${String(error)} on ${bytes.toString('base64')}`)
      }
      slowest = Math.max(slowest, performance.now() - began)
    }
    for (const { name, seeds, read } of TARGETS) {
      for (let run = 0; run < runs && !c.signal.aborted; run++) {
        const bytes = damage(Buffer.from(seeds[below(seeds.length)] ?? ''), below)
        await attempt(name, bytes, () => read(bytes, below))
      }
    }
    const archives = openArchiveFuzz()
    c.defer(() => archives.close())
    const archiveRuns = c.size === 'full' ? 20_000 : 300
    for (let run = 0; run < archiveRuns && !c.signal.aborted; run++) {
      const [format, seed] = archives.seeds[below(archives.seeds.length)]!
      const bytes = damage(seed, below)
      await attempt(format, bytes, () => archives.read(format, bytes))
    }
    c.figure('runs', runs * TARGETS.length + archiveRuns, 'runs')
    c.figure('slowest', slowest, 'ms', { atMost: HANGS_MS })
  },
}

function isReject(error: unknown): boolean {
  return error instanceof Error && error.constructor.name === 'ArchiveReject'
}

/** A few edits, of the kinds that break parsers: bits, bytes that mean something, cuts, repetitions. */
function damage(seed: Buffer, below: (bound: number) => number): Buffer {
  let bytes = Buffer.from(seed)
  for (let edits = 1 + below(4); edits > 0 && bytes.length > 4; edits--) {
    const at = below(bytes.length)
    const telling = Buffer.from([[0, 10, 13, 34, 91, 92, 123, 125, 0x1b, 0x9b, 0xc3, 0xff][below(12)] ?? 0])
    const kinds = [
      () => Buffer.concat([bytes.subarray(0, at), telling, bytes.subarray(at)]),
      () => Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + below(8))]),
      () => Buffer.concat([bytes.subarray(0, at), bytes]),
      () => bytes.subarray(0, at + 1),
      () => {
        const copy = Buffer.from(bytes)
        copy[at] = (copy[at] ?? 0) ^ (1 << below(8))
        return copy
      },
    ]
    bytes = kinds[below(kinds.length)]!()
  }
  return bytes
}
