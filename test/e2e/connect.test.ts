/** `haivemind connect` as stdio-only clients start it: the official SDKs on its standard streams, the real platform behind. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport as StdioV1 } from '@modelcontextprotocol/sdk/client/stdio.js'
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildFixture } from './conformance-suite.ts'
import { NODE, ROOT, startPlatform, type Platform } from './platform.ts'
import { buildServer, deploy, deployBash, readStatus } from './servers.ts'

const program = { command: NODE, args: [join(ROOT, 'dist/main.js'), 'connect', 'everything'] }
const SLOWLY = `sleep 1; reply "$id" '{"content":[{"type":"text","text":"hello"}]}'`
const POLL = { timeout: 20_000, interval: 200 }

let platform: Platform
let source: string
let env: Record<string, string>

beforeAll(async () => {
  platform = await startPlatform()
  env = {
    PATH: process.env['PATH'] ?? '',
    HAIVEMIND_URL: platform.url,
    HAIVEMIND_MCP_TOKEN: await platform.token(),
  }
  source = await buildFixture(platform.folder, 'everything', 'stdio-dual.mjs')
  const [{ document }] = await Promise.all([
    deploy(platform, source),
    deployBash(platform, 'slow', buildServer({ onCall: SLOWLY })),
  ])
  expect(document.error).toBeNull()
})
afterAll(() => platform[Symbol.asyncDispose]())

async function connectV1() {
  const client = new ClientV1({ name: 'stdio-only', version: '1' }, { capabilities: { elicitation: {} } })
  client.setRequestHandler(ElicitRequestSchema, () => ({
    action: 'accept',
    content: { username: 'ada', email: 'ada@example.org' },
  }))
  const transport = new StdioV1({ ...program, env, stderr: 'pipe' })
  await client.connect(transport as Parameters<typeof client.connect>[0])
  return { client, transport }
}

const textOf = (result: object) => (result as { content: { text: string }[] }).content[0]?.text ?? ''

describe('a client of 2025-11-25', () => {
  it('calls, hears progress, and is asked by the server, as if it were there itself', async () => {
    const { client } = await connectV1()
    const tools = await client.listTools()
    expect(tools.tools.map(({ name }) => name)).toContain('test_simple_text')
    expect(textOf(await client.callTool({ name: 'test_simple_text' }))).toContain('simple text')
    const progress: number[] = []
    const onprogress = ({ progress: done }: { progress: number }) => void progress.push(done)
    await client.callTool({ name: 'test_tool_with_progress' }, undefined, { onprogress })
    expect(progress.length).toBeGreaterThan(1)
    const asked = await client.callTool({ name: 'test_elicitation', arguments: { message: 'who?' } })
    expect(textOf(asked)).toContain('ada')
    await client.close()
  })

  it('goes on over a restart of the platform, a killed server and a session that is gone', async () => {
    const { client } = await connectV1()
    await platform.kill()
    const waiting = client.listTools()
    await sleep(300)
    await platform.start()
    expect((await waiting).tools.length).toBeGreaterThan(5)
    const { instance } = await readStatus(platform, 'everything')
    process.kill(instance?.pid ?? 0, 'SIGKILL')
    await expect
      .poll(() => client.callTool({ name: 'test_simple_text' }).then(textOf, String), POLL)
      .toContain('simple')
    // A deleted server takes its sessions along.
    await platform.json('delete', 'everything', '--yes')
    await deploy(platform, source)
    await expect
      .poll(() => client.callTool({ name: 'test_simple_text' }).then(textOf, String), POLL)
      .toContain('simple')
    await client.close()
  })
})

it('serves a client of 2026-07-28, parameter headers included', async () => {
  const client = new Client(
    { name: 'stdio-only', version: '2' },
    { versionNegotiation: { mode: { pin: '2026-07-28' } } },
  )
  await client.connect(new StdioClientTransport({ ...program, env, stderr: 'pipe' }))
  const { tools } = await client.listTools()
  const mirrored = tools.find(({ inputSchema }) => JSON.stringify(inputSchema).includes('x-mcp-header'))
  expect(mirrored).toBeDefined()
  const args = Object.fromEntries(
    Object.keys(mirrored?.inputSchema.properties ?? {}).map((name) => [name, 'größe']),
  )
  const result = await client.callTool({ name: mirrored?.name ?? '', arguments: args })
  expect(result.isError ?? false).toBe(false)
  await client.close()
})

describe('on a bare pipe', () => {
  const line = (message: object) => `${JSON.stringify(message)}\n`
  const initialize = {
    jsonrpc: '2.0',
    id: 0,
    method: 'initialize',
    params: { protocolVersion: '2025-03-26', capabilities: {}, clientInfo: { name: 'raw', version: '1' } },
  }

  it('answers what was asked before the end of input, and writes nothing but messages', async () => {
    const call = (id: number) => ({
      jsonrpc: '2.0',
      id,
      method: 'tools/call',
      params: { name: 'one', arguments: {} },
    })
    const stdin = [
      line(initialize),
      line({ jsonrpc: '2.0', method: 'notifications/initialized' }),
      'no JSON\n',
      line([call(1), call(2)]),
    ].join('')
    const run = await platform.cli(['connect', 'slow'], { stdin, env })
    expect(run.code).toBe(0)
    const messages = run.stdout
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text) as Record<string, unknown>)
    expect(messages.map(({ id, error }) => id ?? (error as { code: number }).code)).toEqual([0, -32700, 1, 2])
    expect(messages.filter(({ error }) => error !== undefined)).toHaveLength(1)
  })

  it('leads to all servers, and to the platform itself', async () => {
    const stdin = line(initialize) + line({ jsonrpc: '2.0', id: 1, method: 'tools/list' })
    const names = async (flag: string) => {
      const { stdout } = await platform.cli(['connect', flag], {
        stdin,
        env: { ...env, HAIVEMIND_MCP_TOKEN: await platform.token('mcp:call', 'admin') },
      })
      const answers = stdout
        .trim()
        .split('\n')
        .map((text) => JSON.parse(text) as { id: number; result: { tools?: { name: string }[] } })
      return answers.find(({ id }) => id === 1)?.result.tools?.map(({ name }) => name)
    }
    expect(await names('--hub')).toContain('slow__act')
    expect(await names('--platform')).toContain('list_mcp_servers')
  })

  it('tells in the answer why it cannot, and what to do', async () => {
    const stranger = await platform.cli(['connect', 'slow'], {
      stdin: line(initialize),
      env: { ...env, HAIVEMIND_MCP_TOKEN: 'hvm_unknown' },
    })
    expect(JSON.parse(stranger.stdout)).toMatchObject({ id: 0, error: { data: { code: 'unauthenticated' } } })
    const missing = await platform.cli(['connect', 'nowhere'], { stdin: line(initialize), env })
    expect(JSON.parse(missing.stdout)).toMatchObject({ id: 0, error: { data: { code: 'server_not_found' } } })
    expect((await platform.cli(['connect'], { stdin: '' })).code).toBe(2)
  })
})
