/** Archive to first tool answer through the real daemon, and what the daemon itself takes when idle. */
import { setTimeout as sleep } from 'node:timers/promises'
import { buildZip } from '../../src/domain/zip.ts'
import { startPlatform, type Platform } from '../e2e/platform.ts'
import { buildServer } from '../e2e/servers.ts'
import { median } from './median.ts'
import { readResidentMb } from './relay-parts.ts'

const ROUNDS = 5
const IDLE_SERVERS = 20

type Archive = {
  readonly files: Readonly<Record<string, string>>
  readonly tool: string
  readonly args: object
}

const NODE_SERVER = `
import { createInterface } from 'node:readline'
const reply = (id, result) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', id, result }) + '\\n')
createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method } = JSON.parse(line)
  if (method === 'initialize') reply(id, { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 'n', version: '1' } })
  else if (method === 'tools/list') reply(id, { tools: [{ name: 'act', inputSchema: { type: 'object' } }] })
  else if (method === 'tools/call') reply(id, { content: [{ type: 'text', text: 'hello' }] })
  else if (id !== undefined) reply(id, {})
})
`

const ARCHIVES: Readonly<Record<string, Archive>> = {
  bash: { files: { 'server.sh': buildServer() }, tool: 'act', args: {} },
  'node, no dependencies': { files: { 'server.mjs': NODE_SERVER }, tool: 'act', args: {} },
  'python, mcp-server-time': {
    files: {
      'requirements.txt': 'mcp-server-time==2026.10.19\n',
      'server_config.json': '{ "command": ["python", "-m", "mcp_server_time"] }',
    },
    tool: 'get_current_time',
    args: { timezone: 'Asia/Tokyo' },
  },
}

/** @param args rounds, for a shorter or longer run. The first round fills the dependency cache and is shown apart. */
export async function benchDeploy(args: readonly string[]): Promise<void> {
  const rounds = Number(args[0] ?? ROUNDS)
  await using platform = await startPlatform({ max_servers: 1000 })
  const token = await platform.token('admin', 'mcp:call')
  console.log(`archive to first tool answer, seconds; first, then median of ${rounds} (minimum – maximum)\n`)
  for (const [name, archive] of Object.entries(ARCHIVES)) {
    const zip = await pack(archive)
    const first = await time(platform, token, 'first', archive, zip)
    const times: number[] = []
    for (let round = 0; round < rounds; round++)
      times.push(await time(platform, token, `r${round}`, archive, zip))
    const range = `${Math.min(...times).toFixed(2)} – ${Math.max(...times).toFixed(2)}`
    console.log(`${name.padEnd(26)} ${first.toFixed(2).padStart(6)}  ${median(times).toFixed(2)} (${range})`)
  }
  console.log('\nwanted: bash and node at most 2, python with a warm cache at most 5')
}

/** Resident memory of the daemon without a server and with many, after both came to rest. */
export async function benchIdle(): Promise<void> {
  await using platform = await startPlatform({ max_servers: 1000 })
  const token = await platform.token('admin', 'mcp:call')
  // The bodies of one deployment have been seen before the baseline is taken: what is left is the price of a server.
  const archive = ARCHIVES['bash'] as Archive
  const zip = await pack(archive)
  await time(platform, token, 'first', archive, zip)
  await sleep(5000)
  const before = readResidentMb(platform.pid())
  for (let n = 0; n < IDLE_SERVERS; n++) await time(platform, token, `idle${n}`, archive, zip)
  await sleep(15_000)
  const after = readResidentMb(platform.pid())
  console.log(`daemon, 1 server:   ${before.toFixed(1)} MB resident (wanted: at most 120)`)
  console.log(`daemon, ${IDLE_SERVERS + 1} servers: ${after.toFixed(1)} MB resident`)
  console.log(`each running server: ${((after - before) / IDLE_SERVERS).toFixed(2)} MB (wanted: at most 0.5)`)
}

async function pack({ files }: Archive): Promise<Uint8Array> {
  return buildZip(
    Object.entries(files).map(([path, text]) => ({ path, data: Buffer.from(text), mode: 0o755 })),
  )
}

/** Seconds from the first byte sent to the tool's answer. */
async function time(
  platform: Platform,
  token: string,
  round: string,
  archive: Archive,
  zip: Uint8Array,
): Promise<number> {
  const name = `bench-${archive.tool.replaceAll('_', '-')}-${round}`
  const headers = { Authorization: `Bearer ${token}` }
  const began = performance.now()
  const created = await fetch(`${platform.url}/api/v1/servers?name=${name}`, {
    method: 'POST',
    headers: { ...headers, 'Content-Type': 'application/zip' },
    body: new Uint8Array(zip),
  })
  const { id } = (await created.json()) as { id: string }
  let status = 'running'
  let operation: unknown
  while (status === 'running') {
    const answer = await fetch(`${platform.url}/api/v1/operations/${id}?wait=30`, { headers })
    operation = await answer.json()
    status = (operation as { status: string }).status
  }
  const called = await fetch(`${platform.url}/servers/${name}/mcp`, {
    method: 'POST',
    headers: {
      ...headers,
      'Content-Type': 'application/json',
      Accept: 'application/json, text/event-stream',
      'MCP-Protocol-Version': '2026-07-28',
      'Mcp-Method': 'tools/call',
      'Mcp-Name': archive.tool,
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: {
        name: archive.tool,
        arguments: archive.args,
        _meta: {
          'io.modelcontextprotocol/protocolVersion': '2026-07-28',
          'io.modelcontextprotocol/clientCapabilities': {},
        },
      },
    }),
  })
  const body = (await called.json()) as { result?: { content?: unknown; isError?: boolean } }
  if (body.result?.content === undefined || body.result.isError === true) {
    throw new Error(`${name}: ${JSON.stringify(body)}\n${JSON.stringify(operation)}`)
  }
  return (performance.now() - began) / 1000
}
