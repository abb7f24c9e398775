/** Servers of 2026-07-28 in real sandboxes, one that speaks nothing else and one that speaks both eras, for every client. */
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { ElicitRequestSchema, ListRootsRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectV1, connectV2 } from './clients.ts'
import { buildModern, openStream } from '../fakes/raw-client.ts'
import { buildFixture } from './conformance-suite.ts'
import { eventually, startPlatform, type Platform } from './platform.ts'
import { deploy, deployBash, readStatus, type Outcome } from './servers.ts'

const SERVERS = ['modern', 'dual'] as const
const CLIENTS = ['v1', 'legacy', 'auto', '2026-07-28'] as const
type Kind = (typeof CLIENTS)[number]

let platform: Platform
let token = ''
const outcomes = new Map<string, Outcome>()
const urlOf = (server: string) => `${platform.url}/servers/${server}/mcp`

beforeAll(async () => {
  platform = await startPlatform()
  token = await platform.token()
  for (const server of SERVERS) {
    const archive = await buildFixture(platform.folder, server, `stdio-${server}.mjs`)
    outcomes.set(server, await deploy(platform, archive))
  }
}, 120_000)
afterAll(async () => platform[Symbol.asyncDispose]())

type Asking = { readonly call: (name: string) => Promise<string>; close(): Promise<void> }

/** A client that answers forms with Ada and red, and has one root. */
async function connectAsking(server: string, kind: Kind): Promise<Asking> {
  const requestInit = { headers: { Authorization: `Bearer ${token}` } }
  const url = new URL(urlOf(server))
  const info = { name: 'asked', version: '1' }
  const capabilities = { elicitation: { form: {} }, roots: {} }
  const answer = { action: 'accept' as const, content: { name: 'Ada', color: 'red' } }
  const roots = { roots: [{ uri: 'file:///a', name: 'a' }] }
  const read = (result: unknown) => (result as { content: { text?: string }[] }).content[0]?.text ?? ''
  if (kind === 'v1') {
    const client = new ClientV1(info, { capabilities })
    client.setRequestHandler(ElicitRequestSchema, () => answer)
    client.setRequestHandler(ListRootsRequestSchema, () => roots)
    const transport = new TransportV1(url, { requestInit })
    await client.connect(transport as Parameters<typeof client.connect>[0])
    return {
      call: async (name) => read(await client.callTool({ name, arguments: {} })),
      close: () => client.close(),
    }
  }
  const mode = kind === 'legacy' || kind === 'auto' ? kind : { pin: kind }
  const client = new Client(info, { capabilities, versionNegotiation: { mode } })
  client.setRequestHandler('elicitation/create', () => answer)
  client.setRequestHandler('roots/list', () => roots)
  await client.connect(new StreamableHTTPClientTransport(url, { requestInit }))
  return {
    call: async (name) => read(await client.callTool({ name, arguments: {} })),
    close: () => client.close(),
  }
}

it.each([
  ['modern', ['modern'], '2026-07-28'],
  ['dual', ['legacy', 'modern'], '2025-11-25'],
] as const)('a deployment learns what the %s server speaks', async (server, eras, protocol) => {
  expect(outcomes.get(server)?.document).toMatchObject({ error: null, status: 'running' })
  const status = await eventually('it is known', async () => {
    const found = (await readStatus(platform, server)) as unknown as { eras: unknown; instance: unknown }
    return found.eras === null ? null : found
  })
  expect(status).toMatchObject({ eras, instance: { protocol_version: protocol } })
  const { stdout } = await platform.cli(['status', server])
  expect(stdout).toMatch(server === 'dual' ? /speaks +up to 2025-11-25, 2026-07-28/ : /speaks +2026-07-28/)
})

/** It does not even refuse `initialize`: it ends. */
const STRICT = `#!/usr/bin/env bash
reply() { printf '{"jsonrpc":"2.0","id":%s,"result":%s}\\n' "$1" "$2"; }
while IFS= read -r line; do
  [[ $line == *'"method":"initialize"'* ]] && exit 6
  [[ $line =~ \\"id\\":([0-9]+) ]] || continue
  id=\${BASH_REMATCH[1]}
  case $line in
    *'"method":"server/discover"'*)
      reply "$id" '{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"tools":{}}}' ;;
    *'"method":"tools/list"'*)
      reply "$id" '{"resultType":"complete","tools":[{"name":"act","inputSchema":{"type":"object"}}]}' ;;
    *'"method":"tools/call"'*) reply "$id" '{"resultType":"complete","content":[{"type":"text","text":"done"}]}' ;;
    *) printf '{"jsonrpc":"2.0","id":%s,"error":{"code":-32601,"message":"no"}}\\n' "$id" ;;
  esac
done
`

it('finds out what a server speaks that ends at initialize, and serves clients with a session from it', async () => {
  const { document } = await deployBash(platform, 'strict', STRICT)
  expect(document).toMatchObject({ error: null, status: 'running', tools: ['act'] })
  expect(await readStatus(platform, 'strict')).toMatchObject({ eras: ['modern'], restarts: 0 })
  const session = await connectV1(urlOf('strict'), token)
  expect(await session.call('act', {})).toMatchObject({ text: 'done', isError: false })
  await session.close()
})

describe.each(SERVERS)('the %s server', (server) => {
  it.each(CLIENTS)('serves a client of the %s kind', async (kind) => {
    const connect = () =>
      kind === 'auto' ? connectAuto(server) : connectV2(urlOf(server), token, kind as 'legacy')
    const session = await (kind === 'v1' ? connectV1(urlOf(server), token) : connect())
    expect(session.protocolVersion).toBe(kind === 'v1' || kind === 'legacy' ? '2025-11-25' : '2026-07-28')
    expect(await session.tools()).toContain('test_simple_text')
    expect(await session.call('test_simple_text', {})).toMatchObject({
      isError: false,
      structured: undefined,
    })
    expect(await session.call('test_error_handling', {})).toMatchObject({ isError: true })
    await session.close()
  })

  it.each(CLIENTS)(
    'asks a client of the %s kind in two rounds, and for three things at once',
    async (kind) => {
      const client = await connectAsking(server, kind)
      expect(await client.call('test_input_required_result_multi_round')).toBe('Ada likes red')
      expect(await client.call('test_input_required_result_list_roots')).toContain('file:///a')
      await client.close()
    },
  )
})

async function connectAuto(server: string) {
  const client = new Client({ name: 'e2e', version: '1' }, { versionNegotiation: { mode: 'auto' } })
  const requestInit = { headers: { Authorization: `Bearer ${token}` } }
  await client.connect(new StreamableHTTPClientTransport(new URL(urlOf(server)), { requestInit }))
  return {
    protocolVersion: client.getNegotiatedProtocolVersion(),
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name: string, args: Record<string, unknown>) => {
      const result = await client.callTool({ name, arguments: args })
      return { isError: result.isError === true, structured: result.structuredContent }
    },
    close: () => client.close(),
  }
}

it('R84: who listens hears of changes, and again after the server was restarted', async () => {
  const client = new Client(
    { name: 'e2e', version: '1' },
    { versionNegotiation: { mode: { pin: '2026-07-28' } } },
  )
  const requestInit = { headers: { Authorization: `Bearer ${token}` } }
  await client.connect(new StreamableHTTPClientTransport(new URL(urlOf('modern')), { requestInit }))
  let changes = 0
  client.setNotificationHandler('notifications/tools/list_changed', () => void changes++)
  const subscription = await client.listen({ toolsListChanged: true })
  await client.callTool({ name: 'test_trigger_tool_change', arguments: {} })
  await eventually('it is told', async () => (changes > 0 ? true : null))
  await platform.json('restart', 'modern')
  const before = changes
  await eventually('it runs again', async () =>
    (await readStatus(platform, 'modern')).status === 'running' ? true : null,
  )
  await eventually('it is told again', async () => {
    await client.callTool({ name: 'test_trigger_tool_change', arguments: {} })
    return changes > before ? true : null
  })
  await subscription.close()
  await client.close()
}, 60_000)

it('R84: the next daemon takes the process over, and hears of its changes', async () => {
  const session = await connectV1(urlOf('modern'), token)
  expect(await platform.handOver()).toBe(0)
  await platform.start()
  expect(await readStatus(platform, 'modern')).toMatchObject({
    status: 'running',
    instance: { adopted: true, protocol_version: '2026-07-28' },
  })
  expect(await session.call('test_simple_text', {})).toMatchObject({ isError: false })
  const stream = await openStream(urlOf('modern'), {
    method: 'POST',
    ...buildModern('subscriptions/listen', { notifications: { toolsListChanged: true } }),
    headers: {
      ...buildModern('subscriptions/listen').headers,
      'content-type': 'application/json',
      authorization: `Bearer ${token}`,
    },
  })
  await eventually('it is told', async () => {
    await session.call('test_trigger_tool_change', {})
    return stream.events.some(({ method }) => method === 'notifications/tools/list_changed') ? true : null
  })
  stream.abort()
  await session.close()
})
