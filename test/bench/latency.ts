/**
 * What the platform adds to one call when it is not busy: 100 calls a second, each measured beside one that goes
 * straight to the echo server's standard input, and one through the bare relay: what HTTP and another process cost on
 * this machine before anything is checked. Load and measure are this process.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { startPlatform } from '../e2e/platform.ts'
import {
  buildLegacy,
  buildModern,
  deployEcho,
  ECHO,
  PATH,
  readLine,
  startProgram,
  type Target,
} from './relay-parts.ts'

const CALLS = 2000
const PERIOD_MS = 10

type Ask = () => Promise<number>

/** @param args calls of each kind. */
export async function benchLatency(args: readonly string[]): Promise<void> {
  const calls = Number(args[0] ?? CALLS)
  await using platform = await startPlatform()
  const { port, headers } = await deployEcho(platform)
  const legacy = await buildLegacy(port, PATH, headers)
  const bare = startProgram('relay-bare.ts')
  const direct = openDirect(legacy.body)
  const paths: readonly (readonly [string, Ask])[] = [
    ['direct', direct.ask],
    ['bare relay', await openOver({ ...legacy, port: Number(await readLine(bare)) })],
    ['platform, 2025-11-25', await openOver(legacy)],
    ['platform, 2026-07-28', await openOver(buildModern(port, PATH, headers))],
  ]
  const times = new Map(paths.map(([name]) => [name, [] as number[]]))
  const warmUp = Math.min(calls, 500)
  for (let call = -warmUp; call < calls; call++) {
    for (const [name, ask] of paths) {
      const began = performance.now()
      const took = await ask()
      if (call >= 0) times.get(name)?.push(took)
      await sleep(Math.max(0, PERIOD_MS - (performance.now() - began)))
    }
  }
  direct.close()
  bare.child.kill()
  print(times, calls)
}

function print(times: ReadonlyMap<string, readonly number[]>, calls: number): void {
  const at = (name: string, share: number) => {
    const sorted = (times.get(name) ?? []).toSorted((a, b) => a - b)
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
  }
  console.log(`one tools/call each ${PERIOD_MS} ms, ${calls} of each kind in turn; milliseconds\n`)
  for (const name of times.keys()) {
    const [p50, p99] = [at(name, 0.5), at(name, 0.99)]
    const added =
      name === 'direct'
        ? ''
        : `  added: p50 ${(p50 - at('direct', 0.5)).toFixed(2)}  p99 ${(p99 - at('direct', 0.99)).toFixed(2)}`
    console.log(`${name.padEnd(22)} p50 ${p50.toFixed(2)}  p99 ${p99.toFixed(2)}${added}`)
  }
  console.log('\nwanted: at most 0.30 added at p50, 2.00 at p99; what the bare relay adds is the floor here')
}

function openDirect(body: string): { readonly ask: Ask; close(): void } {
  const child = spawn(process.execPath, [ECHO], { stdio: ['pipe', 'pipe', 'inherit'] })
  return {
    async ask() {
      const began = performance.now()
      child.stdin.write(`${body}\n`)
      await once(child.stdout, 'data')
      return performance.now() - began
    },
    close: () => void child.kill(),
  }
}

/** One keep-alive connection; an answer of this size comes in one piece. */
async function openOver({ port, path, headers, body }: Target): Promise<Ask> {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const head = `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${lines.join('')}`
  const request = Buffer.from(`${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
  const socket = connect(port, '127.0.0.1').setNoDelay(true).unref()
  await once(socket, 'connect')
  return async () => {
    const began = performance.now()
    socket.write(request)
    const [answer] = (await once(socket, 'data')) as [Buffer]
    const took = performance.now() - began
    if (answer.indexOf('"result"') < 0) throw new Error(answer.toString())
    return took
  }
}
