/** What faults share: a platform of their own, servers on it, a client of one. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text as readAll } from 'node:stream/consumers'
import { MARK, ROOT, startPlatform, type Platform, type Run } from '../e2e/platform.ts'
import { deploy, writeTree, type Outcome } from '../e2e/servers.ts'
import type { FaultContext } from './fault.ts'

/** Gone when the fault has ended. Uploads are not looked at: that is not what is disturbed. */
export async function openPlatform(
  c: FaultContext,
  settings: Readonly<Record<string, unknown>> = {},
  through: readonly string[] = [],
): Promise<Platform> {
  const quick = { max_servers: 200, security: { dry_run: false, scan_uploads: false } }
  const platform = await startPlatform({ ...quick, ...settings }, through)
  c.defer(() => platform[Symbol.asyncDispose]())
  return platform
}

/** @param file of test/fixtures/servers; its name stands in the command line of what is started. */
export async function deployFixture(
  platform: Platform,
  name: string,
  file: string,
  config: Readonly<Record<string, unknown>> = {},
  ...flags: string[]
): Promise<Outcome> {
  const program = file.endsWith('.mjs') ? 'node' : file.endsWith('.py') ? 'python3' : 'bash'
  const text = readFileSync(join(ROOT, 'test/fixtures/servers', file), 'utf8')
  const settings = { name, command: [program, file, `${MARK}-${name}`], ...config }
  const files = { [file]: text, 'server_config.json': JSON.stringify(settings) }
  return deploy(platform, writeTree(platform, files), ...flags)
}

/** A call of a session-less client of 2026-07-28. @param progressToken asks for what the call reports. */
export function buildCallRequest(
  token: string,
  args: Readonly<Record<string, unknown>>,
  tool = 'act',
  progressToken?: string,
): { readonly method: 'POST'; readonly headers: Record<string, string>; readonly body: string } {
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'faults', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': {},
    ...(progressToken === undefined ? {} : { progressToken }),
  }
  return {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': tool,
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: tool, arguments: args, _meta },
    }),
  }
}

/** The text that a tool answered; throws what the gateway said otherwise. */
export async function callTool(
  platform: Platform,
  token: string,
  server: string,
  args: Readonly<Record<string, unknown>> = {},
  tool = 'act',
): Promise<string> {
  const response = await fetch(`${platform.url}/servers/${server}/mcp`, buildCallRequest(token, args, tool))
  const text = await response.text()
  const data = text.startsWith('{') ? text : (/^data: (\{.*)$/m.exec(text)?.[1] ?? 'null')
  const message = JSON.parse(data) as {
    readonly result?: { readonly content?: readonly { readonly text?: string }[] }
  } | null
  const answer = message?.result?.content?.[0]?.text
  if (answer === undefined) throw new Error(`${server} answered ${response.status}: ${text.slice(0, 500)}`)
  return answer
}

/** Deployed, or the fault is broken from the start. */
export async function deployChaos(
  platform: Platform,
  name: string,
  config: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const { document, stderr } = await deployFixture(platform, name, 'chaos.mjs', config)
  if (document.error !== null)
    throw new Error(`${name} was not deployed: ${document.error.message} ${stderr}`)
}

/** To its end, beside whatever else this process does meanwhile. */
export async function runProgram(argv: readonly string[], timeoutMs: number): Promise<Run> {
  const [program = '', ...words] = argv
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs })
  const [stdout, stderr, [code]] = await Promise.all([
    readAll(child.stdout),
    readAll(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ])
  return { code, stdout, stderr }
}

/** So often, a few at once. */
export async function runEach(count: number, task: (n: number) => Promise<void>, atOnce = 4): Promise<void> {
  let next = 0
  const work = async () => {
    while (next < count) await task(next++)
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, work))
}

/** Milliseconds of each of so many calls, one after the other; a failed one is infinitely long. */
export async function timeCalls(count: number, call: () => Promise<unknown>): Promise<readonly number[]> {
  const times: number[] = []
  for (let n = 0; n < count; n++) {
    const began = performance.now()
    await call().then(
      () => times.push(performance.now() - began),
      () => times.push(Infinity),
    )
  }
  return times
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** Bytes that a process holds in memory. */
export function readResident(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kilobytes) * 1024
}
