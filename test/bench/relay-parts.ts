/** What the benchmarks of relaying share: the echo server behind a platform, requests to it, processes beside this one. */
import { spawn, type ChildProcess } from 'node:child_process'
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Platform } from '../e2e/platform.ts'
import type { Job, Result } from './relay-load.ts'

export const ECHO = join(import.meta.dirname, 'relay-echo.mjs')
export const PATH = '/servers/echo/mcp'
export const CONNECTIONS = 16
const MESSAGE = 'm'.repeat(100)

export type Target = Pick<Job, 'port' | 'path' | 'headers' | 'body'>
type Headers = Readonly<Record<string, string>>

export const COMMON: Headers = {
  'Content-Type': 'application/json',
  Accept: 'application/json, text/event-stream',
}

/** As a user would: an archive, the real daemon, its sandbox, a token. Limits are out of the way of the measure. */
export async function deployEcho(
  platform: Platform,
  name = 'echo',
  only = `:${name}`,
): Promise<{ port: number; headers: Headers }> {
  const folder = join(platform.folder, name)
  mkdirSync(folder)
  copyFileSync(ECHO, join(folder, 'server.mjs'))
  writeFileSync(join(folder, 'server_config.json'), '{ "resource_limits": { "cpu_percent": 400 } }')
  await platform.json('deploy', folder, '--name', name, '--wait')
  const token = await platform.token(`mcp:call${only}`)
  return {
    port: Number(new URL(platform.url).port),
    headers: { ...COMMON, Authorization: `Bearer ${token}` },
  }
}

/** A session at whatever speaks Streamable HTTP there, and the call in it. */
export async function buildLegacy(port: number, path: string, common: Headers): Promise<Target> {
  const params = {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'bench', version: '1' },
  }
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: common,
    body: JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'initialize', params }),
  })
  await answer.text()
  const session = answer.headers.get('mcp-session-id')
  if (session === null) throw new Error(`initialize failed with ${answer.status}`)
  const headers = { ...common, 'MCP-Protocol-Version': '2025-11-25', 'Mcp-Session-Id': session }
  return { port, path, headers, body: buildCall({}) }
}

export function buildModern(port: number, path: string, common: Headers): Target {
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
  return { port, path, headers, body: buildCall(meta) }
}

function buildCall(extra: object): string {
  const params = { ...extra, name: 'echo', arguments: { message: MESSAGE } }
  return JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'tools/call', params })
}

/** Another program of this benchmark; it writes one line at a time. */
export type Program = { readonly child: ChildProcess; readonly lines: AsyncIterator<string> }

export function startProgram(file: string): Program {
  const child = spawn(process.execPath, [join(import.meta.dirname, file)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() }
}

export async function readLine({ lines, child }: Program): Promise<string> {
  const { value, done } = await lines.next()
  if (done === true) throw new Error(`a part of the benchmark ended: ${child.spawnargs.join(' ')}`)
  return value
}

/** Throws when an answer was no result. */
export async function putLoad(load: Program, job: Job): Promise<Result> {
  load.child.stdin?.write(`${JSON.stringify(job)}\n`)
  const result = JSON.parse(await readLine(load)) as Result
  if (result.failed > 0) throw new Error(`${job.path}: ${result.failed} answers were not results`)
  return result
}

/** Of all its threads, to the nanosecond (proc(5), schedstat): clock ticks of 10 ms say little about a short round. */
export function readCpuMicroseconds(pid: number): number {
  const nanoseconds = readdirSync(`/proc/${pid}/task`).map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ', 1)[0]),
  )
  return nanoseconds.reduce((sum, each) => sum + each, 0) / 1000
}

export function readResidentMb(pid: number): number {
  const kib = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kib) / 1024
}
