/**
 * Many open streams on the real platform: what each of them costs the daemon, and how long one change takes to reach
 * them all. The clients are a process of their own; its time counts too, since both share the machine.
 */
import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startPlatform, type Platform } from '../e2e/platform.ts'
import { median } from './median.ts'
import { readLine, readResidentMb, startProgram, type Program } from './relay-parts.ts'
import type { Heard, StreamsJob } from './streams-load.ts'

const COUNT = 10_000
const CHANGES = 5
const SETTLE_MS = 3000
const PREFIX = 'io.modelcontextprotocol'

export type StreamFigures = {
  readonly openedSeconds: number
  /** MiB of the daemon: before, with all open, after the changes. */
  readonly before: number
  readonly after: number
  readonly last: number
  /** Milliseconds until a change had reached the last of them. */
  readonly times: readonly number[]
}

export const streamLimits = (count: number) => ({
  rate_limits: { streams: 2 * count, streams_per_principal: Math.min(10_000, 2 * count) },
})

/** Opens so many streams, changes a list so often, and closes all of them. */
export async function measureStreams(
  platform: Platform,
  count: number,
  changes: number,
  settleMs = SETTLE_MS,
): Promise<StreamFigures> {
  const load = startProgram('streams-load.ts')
  try {
    const token = await deployServer(platform)
    const before = await readSettledMemory(platform, settleMs)
    const port = Number(new URL(platform.url).port)
    const request = buildListen(port, token)
    const job: StreamsJob = { port, requests: Array.from({ length: count }, () => request) }
    const begin = performance.now()
    await ask(load, JSON.stringify(job))
    const openedSeconds = (performance.now() - begin) / 1000
    const after = await readSettledMemory(platform, settleMs)
    const times: number[] = []
    for (let n = 0; n < changes; n++) times.push(await timeChange(platform, load))
    return { openedSeconds, before, after, last: await readSettledMemory(platform, settleMs), times }
  } finally {
    load.child.kill()
  }
}

/** @param args how many streams, for a smaller run. */
export async function benchStreams(args: readonly string[]): Promise<void> {
  const count = Number(args[0] ?? COUNT)
  await using platform = await startPlatform(streamLimits(count))
  const { openedSeconds, before, after, last, times } = await measureStreams(platform, count, CHANGES)
  console.log(`${count} subscriptions/listen streams, node ${process.version}\n`)
  console.log(`opened in ${openedSeconds.toFixed(1)} s`)
  console.log(
    `resident: ${before.toFixed(0)} MiB before, ${after.toFixed(0)} MiB open, ${last.toFixed(0)} MiB after ${CHANGES} changes`,
  )
  console.log(`one stream: ${(((after - before) * 1024) / count).toFixed(1)} KiB`)
  console.log(
    `one change reached all after ${median(times).toFixed(0)} ms, at most ${Math.max(...times).toFixed(0)} ms`,
  )
  console.log('\nwanted: at most 350 MB resident and 1000 ms')
}

async function deployServer(platform: Platform): Promise<string> {
  const folder = join(platform.folder, 'streams')
  mkdirSync(folder)
  copyFileSync(join(import.meta.dirname, 'streams-server.mjs'), join(folder, 'server.mjs'))
  await platform.json('deploy', folder, '--name', 'streams', '--wait')
  return platform.token('mcp:call:streams')
}

function buildListen(port: number, token: string): string {
  const body = JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'subscriptions/listen',
    params: {
      notifications: { toolsListChanged: true },
      _meta: {
        [`${PREFIX}/protocolVersion`]: '2026-07-28',
        [`${PREFIX}/clientInfo`]: { name: 'bench', version: '1' },
        [`${PREFIX}/clientCapabilities`]: {},
      },
    },
  })
  const lines = [
    'POST /servers/streams/mcp HTTP/1.1',
    `Host: 127.0.0.1:${port}`,
    `Authorization: Bearer ${token}`,
    'Content-Type: application/json',
    'Accept: application/json, text/event-stream',
    'MCP-Protocol-Version: 2026-07-28',
    'Mcp-Method: subscriptions/listen',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ]
  return `${lines.join('\r\n')}\r\n\r\n${body}`
}

/** From before the call that makes the server announce it to the moment the last client has it. */
async function timeChange(platform: Platform, load: Program): Promise<number> {
  await ask(load, 'arm')
  const token = await platform.token('mcp:call:streams')
  const begin = performance.timeOrigin + performance.now()
  const answer = fetch(`${platform.url}/servers/streams/mcp`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': 'change',
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: {
        name: 'change',
        _meta: { [`${PREFIX}/protocolVersion`]: '2026-07-28', [`${PREFIX}/clientCapabilities`]: {} },
      },
    }),
  })
  const { last } = JSON.parse(await readLine(load)) as Heard
  await (await answer).text()
  return last - begin
}

/** Once what opening needed for a moment has been given back. */
async function readSettledMemory(platform: Platform, settleMs: number): Promise<number> {
  await sleep(settleMs)
  return readResidentMb(platform.pid())
}

function ask(load: Program, question: string): Promise<string> {
  load.child.stdin?.write(`${question}\n`)
  return readLine(load)
}
