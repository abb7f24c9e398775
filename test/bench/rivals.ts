/**
 * tools/call through the platform against two public gateways from stdio to Streamable HTTP, each in front of the same
 * echo server. They are installed at the first run, by npm, without running their install scripts, and start the
 * server as a plain process: no sandbox, no token, no limit, no record.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startPlatform } from '../e2e/platform.ts'
import { median } from './median.ts'
import {
  buildLegacy,
  COMMON,
  CONNECTIONS,
  deployEcho,
  ECHO,
  PATH,
  putLoad,
  readCpuMicroseconds,
  startProgram,
} from './relay-parts.ts'

const ROUNDS = 5
const ROUND_MS = 2000
const PACKAGES = { supergateway: '4.0.0', 'mcp-proxy': '6.7.19' }
const CACHE = join(homedir(), '.cache', 'haivemind-bench')

/** Each as it is fastest with sessions: nothing logged, nothing kept for a stream that breaks. */
const RIVALS = {
  supergateway: (port: number) => [
    'supergateway/dist/index.js',
    '--stdio',
    `${process.execPath} ${ECHO}`,
    '--outputTransport',
    'streamableHttp',
    '--stateful',
    '--port',
    String(port),
    '--logLevel',
    'none',
  ],
  'mcp-proxy': (port: number) => [
    'mcp-proxy/dist/bin/mcp-proxy.mjs',
    '--server',
    'stream',
    '--host',
    '127.0.0.1',
    '--port',
    String(port),
    '--no-eventStore',
    '--',
    process.execPath,
    ECHO,
  ],
}

type Row = { readonly perSecond: number; readonly cpuPerCall: number }

/** @param args rounds and milliseconds of one. */
export async function benchRivals(args: readonly string[]): Promise<void> {
  const rounds = Number(args[0] ?? ROUNDS)
  const milliseconds = Number(args[1] ?? ROUND_MS)
  install()
  const load = startProgram('relay-load.ts')
  const children: ChildProcess[] = [load.child]
  await using platform = await startPlatform({ rate_limits: { mcp: 1_000_000_000 } })
  try {
    const { port, headers } = await deployEcho(platform)
    const targets = new Map([
      ['platform', { pid: platform.pid(), target: await buildLegacy(port, PATH, headers) }],
    ])
    for (const [name, buildArguments] of Object.entries(RIVALS)) {
      const free = await findFreePort()
      const [file = '', ...rest] = buildArguments(free)
      const path = join(CACHE, 'node_modules', file)
      const child = spawn(process.execPath, [path, ...rest], { stdio: ['ignore', 'ignore', 'inherit'] })
      children.push(child)
      targets.set(name, { pid: child.pid ?? 0, target: await openSession(free) })
    }
    const results = new Map([...targets.keys()].map((name) => [name, [] as Row[]]))
    for (let round = 0; round <= rounds; round++) {
      for (const [name, { pid, target }] of targets) {
        const before = readCpuMicroseconds(pid)
        const result = await putLoad(load, { ...target, connections: CONNECTIONS, milliseconds })
        const cpuPerCall = (readCpuMicroseconds(pid) - before) / result.calls
        // The first round warms up.
        if (round > 0) results.get(name)?.push({ perSecond: result.perSecond, cpuPerCall })
      }
    }
    print(results, rounds, milliseconds)
  } finally {
    for (const child of children) child.kill()
  }
}

function install(): void {
  if (Object.keys(PACKAGES).every((name) => existsSync(join(CACHE, 'node_modules', name)))) return
  mkdirSync(CACHE, { recursive: true })
  writeFileSync(join(CACHE, 'package.json'), JSON.stringify({ private: true, dependencies: PACKAGES }))
  execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: CACHE,
    stdio: 'inherit',
  })
}

async function openSession(port: number) {
  for (let tries = 0; ; tries++) {
    try {
      return await buildLegacy(port, '/mcp', COMMON)
    } catch (error) {
      if (tries === 100) throw error
      await sleep(100)
    }
  }
}

async function findFreePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** The processor time of the gateway's own process; the echo server's is the same for all. */
function print(results: ReadonlyMap<string, readonly Row[]>, rounds: number, milliseconds: number): void {
  console.log(`tools/call, ${CONNECTIONS} connections in one session, 100-byte argument`)
  console.log(`node ${process.version}, medians of ${rounds} interleaved rounds of ${milliseconds} ms\n`)
  const ours = results.get('platform') ?? []
  for (const [name, rows] of results) {
    const over = (compare: (row: Row, own: Row) => number) =>
      median(rows.map((row, at) => compare(row, ours[at] ?? row))).toFixed(1)
    const version = PACKAGES[name as keyof typeof PACKAGES] ?? ''
    const columns = [
      `${median(rows.map(({ perSecond }) => perSecond))
        .toFixed(0)
        .padStart(6)}/s`,
      `${median(rows.map(({ cpuPerCall }) => cpuPerCall))
        .toFixed(0)
        .padStart(5)} µs CPU`,
      `platform ×${over((row, own) => own.perSecond / row.perSecond)}`,
      `(of CPU ×${over((row, own) => row.cpuPerCall / own.cpuPerCall)})`,
    ]
    console.log(`${`${name} ${version}`.padEnd(22)} ${columns.join('  ')}`)
  }
  console.log('\nwanted: platform at least ×6 of each')
}
