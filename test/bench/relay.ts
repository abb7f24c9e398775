/**
 * tools/call through the real platform and its sandbox against a bare relay: same echo server, 16 connections,
 * interleaved rounds in one run, medians, and their ratio. Load, bare relay and platform are processes of their own.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { startPlatform, type Platform } from '../e2e/platform.ts'
import { median } from './median.ts'
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
  const [bare, load] = ['relay-bare.ts', 'relay-load.ts'].map(start) as [Program, Program]
  // As many calls as it can answer, not as many as one token may usually make.
  await using platform = await startPlatform({ rate_limits: { mcp: 1_000_000_000 } })
  try {
    const barePort = Number(await readLine(bare))
    const token = await deployEcho(platform)
    const common = { ...COMMON, Authorization: `Bearer ${token}` }
    const port = Number(new URL(platform.url).port)
    const legacy = await buildLegacy(port, common)
    const targets = {
      'bare relay': { pid: bare.child.pid ?? 0, target: { ...legacy, port: barePort } },
      'platform, 2025-11-25': { pid: platform.pid(), target: legacy },
      'platform, 2026-07-28': { pid: platform.pid(), target: buildModern(port, common) },
    }
    const results = new Map(Object.keys(targets).map((name) => [name, [] as Row[]]))
    // The first round warms up and is not counted.
    for (let round = 0; round <= rounds; round++) {
      for (const [name, { pid, target }] of Object.entries(targets)) {
        const job: Job = { ...target, connections: CONNECTIONS, milliseconds }
        const before = readCpuMicroseconds(pid)
        const result = JSON.parse(await ask(load, JSON.stringify(job))) as Result
        if (result.failed > 0) throw new Error(`${name}: ${result.failed} answers were not results`)
        const cpuPerCall = (readCpuMicroseconds(pid) - before) / result.calls
        if (round > 0) results.get(name)?.push({ ...result, cpuPerCall })
      }
    }
    print(results, rounds, milliseconds)
  } finally {
    for (const { child } of [bare, load]) child.kill()
  }
}

/** With the relay's own processor time a call, microseconds: steadier than its rate on a busy machine. */
type Row = Result & { readonly cpuPerCall: number }

/** As a user would: an archive, the real daemon, its sandbox, a token. Limits are out of the way of the measure. */
async function deployEcho(platform: Platform): Promise<string> {
  const folder = join(platform.folder, 'echo')
  mkdirSync(folder)
  copyFileSync(join(import.meta.dirname, 'relay-echo.mjs'), join(folder, 'server.mjs'))
  writeFileSync(join(folder, 'server_config.json'), '{ "resource_limits": { "cpu_percent": 400 } }')
  await platform.json('deploy', folder, '--name', 'echo', '--wait')
  return platform.token('mcp:call:echo')
}

/** Clock ticks are hundredths of a second on every Linux that Node runs on. */
function readCpuMicroseconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * 10_000
}

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
