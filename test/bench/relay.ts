/**
 * tools/call through the real platform and its sandbox against a bare relay: same echo server, 16 connections,
 * interleaved rounds in one run, medians, and their ratio. Load, bare relay and platform are processes of their own.
 */
import { startPlatform } from '../e2e/platform.ts'
import { median } from './median.ts'
import type { Result } from './relay-load.ts'
import {
  buildLegacy,
  buildModern,
  CONNECTIONS,
  deployEcho,
  PATH,
  putLoad,
  readCpuMicroseconds,
  readLine,
  startProgram,
} from './relay-parts.ts'

const ROUNDS = 20
const ROUND_MS = 500
const BARE = 'bare relay'

type Row = Result & { readonly cpuPerCall: number }

/** @param args rounds and milliseconds of one, for a shorter or longer run. */
export async function benchRelay(args: readonly string[]): Promise<void> {
  const rounds = Number(args[0] ?? ROUNDS)
  const milliseconds = Number(args[1] ?? ROUND_MS)
  const [bare, load] = [startProgram('relay-bare.ts'), startProgram('relay-load.ts')]
  // As many calls as it can answer, not as many as one token may usually make.
  await using platform = await startPlatform({ rate_limits: { mcp: 1_000_000_000 } })
  try {
    const barePort = Number(await readLine(bare))
    const { port, headers } = await deployEcho(platform)
    const legacy = await buildLegacy(port, PATH, headers)
    const targets = {
      [BARE]: { pid: bare.child.pid ?? 0, target: { ...legacy, port: barePort } },
      'platform, 2025-11-25': { pid: platform.pid(), target: legacy },
      'platform, 2026-07-28': { pid: platform.pid(), target: buildModern(port, PATH, headers) },
    }
    const results = new Map(Object.keys(targets).map((name) => [name, [] as Row[]]))
    // The first rounds warm up and are not counted.
    for (let round = -2; round < rounds; round++) {
      for (const [name, { pid, target }] of Object.entries(targets)) {
        const before = readCpuMicroseconds(pid)
        const job = { ...target, connections: CONNECTIONS, milliseconds: round < 0 ? 1000 : milliseconds }
        const result = await putLoad(load, job)
        const cpuPerCall = (readCpuMicroseconds(pid) - before) / result.calls
        if (round >= 0) results.get(name)?.push({ ...result, cpuPerCall })
      }
    }
    print(results, rounds, milliseconds)
  } finally {
    for (const { child } of [bare, load]) child.kill()
  }
}

/** Ratios are of the rounds that stood side by side: the speed of a shared machine drifts over a run. */
function print(results: ReadonlyMap<string, readonly Row[]>, rounds: number, milliseconds: number): void {
  const beside = results.get(BARE) ?? []
  console.log(`tools/call, ${CONNECTIONS} connections, 100-byte argument`)
  console.log(`node ${process.version}, medians of ${rounds} interleaved rounds of ${milliseconds} ms\n`)
  for (const [name, rows] of results) {
    const of = (pick: (row: Row) => number) => median(rows.map(pick))
    const ratio = median(rows.map(({ perSecond }, at) => perSecond / (beside[at]?.perSecond ?? Number.NaN)))
    const columns = [
      `${of((row) => row.perSecond)
        .toFixed(0)
        .padStart(6)}/s`,
      `p50 ${of((row) => row.p50).toFixed(2)} ms`,
      `p99 ${of((row) => row.p99).toFixed(2)} ms`,
      `${of((row) => row.cpuPerCall).toFixed(0)} µs CPU (least ${Math.min(...rows.map((row) => row.cpuPerCall)).toFixed(0)})`,
      `×${ratio.toFixed(2)}`,
    ]
    console.log(`${name.padEnd(22)} ${columns.join('  ')}`)
  }
  console.log('\nwanted: at least ×0.80')
}
