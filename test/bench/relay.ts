/**
 * tools/call through the gateway against a bare relay, same echo server, 16 connections: interleaved rounds in one
 * run, medians, and their ratio. Load, bare relay and gateway are three processes.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Job, Result } from './relay-load.ts'

const CONNECTIONS = 16
const ROUNDS = 5
const ROUND_MS = 2000
const MESSAGE = 'm'.repeat(100)
const PATH = '/servers/echo/mcp'

type Program = { readonly child: ChildProcess; readonly lines: AsyncIterator<string> }

/** @param args rounds and milliseconds of one, for a shorter or longer run. */
export async function benchRelay(args: readonly string[]): Promise<void> {
  const rounds = Number(args[0] ?? ROUNDS)
  const milliseconds = Number(args[1] ?? ROUND_MS)
  const [bare, gateway, load] = ['relay-bare.ts', 'relay-gateway.ts', 'relay-load.ts'].map(start) as [
    Program,
    Program,
    Program,
  ]
  try {
    const barePort = Number(await readLine(bare))
    const [gatewayPort, token] = (await readLine(gateway)).split(' ') as [string, string]
    const common = { ...COMMON, Authorization: `Bearer ${token}` }
    const legacy = await buildLegacy(Number(gatewayPort), common)
    const targets = {
      'bare relay': { program: bare, target: { ...legacy, port: barePort } },
      'gateway, 2025-11-25': { program: gateway, target: legacy },
      'gateway, 2026-07-28': { program: gateway, target: buildModern(Number(gatewayPort), common) },
    }
    const results = new Map(Object.keys(targets).map((name) => [name, [] as Row[]]))
    // The first round warms up and is not counted.
    for (let round = 0; round <= rounds; round++) {
      for (const [name, { program, target }] of Object.entries(targets)) {
        const job: Job = { ...target, connections: CONNECTIONS, milliseconds }
        const before = Number(await ask(program, ''))
        const result = JSON.parse(await ask(load, JSON.stringify(job))) as Result
        if (result.failed > 0) throw new Error(`${name}: ${result.failed} answers were not results`)
        const cpuPerCall = (Number(await ask(program, '')) - before) / result.calls
        if (round > 0) results.get(name)?.push({ ...result, cpuPerCall })
      }
    }
    print(results, rounds, milliseconds)
  } finally {
    for (const { child } of [bare, load]) child.kill()
    gateway.child.stdin?.end()
  }
}

/** With the relay's own processor time a call, microseconds: steadier than its rate on a busy machine. */
type Row = Result & { readonly cpuPerCall: number }

type Target = Pick<Job, 'port' | 'path' | 'headers' | 'body'>

const COMMON = {
  'Content-Type': 'application/json',
  Accept: 'application/json, text/event-stream',
}

type Headers = Readonly<Record<string, string>>

async function buildLegacy(port: number, common: Headers): Promise<Target> {
  const params = {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'bench', version: '1' },
  }
  const answer = await fetch(`http://127.0.0.1:${port}${PATH}`, {
    method: 'POST',
    headers: common,
    body: JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'initialize', params }),
  })
  await answer.text()
  const session = answer.headers.get('mcp-session-id')
  if (session === null) throw new Error(`initialize failed with ${answer.status}`)
  const headers = { ...common, 'MCP-Protocol-Version': '2025-11-25', 'Mcp-Session-Id': session }
  const call = { jsonrpc: '2.0', id: 7, method: 'tools/call', params: buildCall({}) }
  return { port, path: PATH, headers, body: JSON.stringify(call) }
}

function buildModern(port: number, common: Headers): Target {
  const prefix = 'io.modelcontextprotocol'
  const meta = {
    _meta: {
      [`${prefix}/protocolVersion`]: '2026-07-28',
      [`${prefix}/clientInfo`]: { name: 'bench', version: '1' },
      [`${prefix}/clientCapabilities`]: {},
    },
  }
  const headers = {
    ...common,
    'MCP-Protocol-Version': '2026-07-28',
    'Mcp-Method': 'tools/call',
    'Mcp-Name': 'echo',
  }
  const call = { jsonrpc: '2.0', id: 7, method: 'tools/call', params: buildCall(meta) }
  return { port, path: PATH, headers, body: JSON.stringify(call) }
}

function buildCall(extra: object): object {
  return { ...extra, name: 'echo', arguments: { message: MESSAGE } }
}

function start(file: string): Program {
  const child = spawn(process.execPath, [join(import.meta.dirname, file)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() }
}

function ask(program: Program, question: string): Promise<string> {
  program.child.stdin?.write(`${question}\n`)
  return readLine(program)
}

async function readLine({ lines, child }: Program): Promise<string> {
  const { value, done } = await lines.next()
  if (done === true) throw new Error(`a part of the benchmark ended: ${child.spawnargs.join(' ')}`)
  return value
}

function print(results: ReadonlyMap<string, readonly Row[]>, rounds: number, milliseconds: number): void {
  const rate = (name: string) => median(results.get(name)?.map(({ perSecond }) => perSecond) ?? [])
  console.log(`tools/call, ${CONNECTIONS} connections, ${MESSAGE.length}-byte argument`)
  console.log(`node ${process.version}, medians of ${rounds} interleaved rounds of ${milliseconds} ms\n`)
  for (const [name, rows] of results) {
    const p50 = median(rows.map((row) => row.p50)).toFixed(2)
    const p99 = median(rows.map((row) => row.p99)).toFixed(2)
    const cpu = median(rows.map((row) => row.cpuPerCall)).toFixed(0)
    const ratio = (rate(name) / rate('bare relay')).toFixed(2)
    console.log(
      `${name.padEnd(22)} ${rate(name).toFixed(0).padStart(6)}/s  p50 ${p50} ms  p99 ${p99} ms  ${cpu} µs CPU  ×${ratio}`,
    )
  }
  console.log('\nwanted: at least ×0.60')
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
