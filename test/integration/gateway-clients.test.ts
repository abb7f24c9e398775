/** Real clients, none of them ours, through the gateway to a real process on the v1 SDK. */
import { join } from 'node:path'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { Client as V1Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as V1Transport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startGatewayHost, TOKEN, type GatewayHost } from '../fakes/gateway-host.ts'
import { createProcessUpstreams, type ProcessUpstreams } from '../fakes/upstreams.ts'

const WIDE = [process.execPath, join(import.meta.dirname, '../fixtures/servers/wide.mjs')]
const INFO = { name: 'test-client', version: '1' }
const requestInit = { headers: { Authorization: `Bearer ${TOKEN}` } }

let upstreams: ProcessUpstreams
let host: GatewayHost

beforeAll(async () => {
  upstreams = createProcessUpstreams({ wide: WIDE })
  host = await startGatewayHost({ upstreams })
})
afterAll(async () => {
  await host.close()
  await upstreams.close()
})

async function connectV2(mode: 'legacy' | 'auto' | { pin: string }) {
  const client = new Client(INFO, { versionNegotiation: { mode } })
  await client.connect(new StreamableHTTPClientTransport(new URL(host.url('wide')), { requestInit }))
  return client
}

async function connectV1() {
  const client = new V1Client(INFO)
  await client.connect(new V1Transport(new URL(host.url('wide')), { requestInit }))
  return client
}

const CLIENTS = [
  ['v2 legacy', () => connectV2('legacy')],
  ['v2 auto', () => connectV2('auto')],
  ['v2 pinned to 2026-07-28', () => connectV2({ pin: '2026-07-28' })],
  ['v1', connectV1],
] as const

describe.each(CLIENTS)('%s', (_name, connect) => {
  it('lists and calls tools, and reads prompts and resources', async () => {
    await using client = await open(connect)
    const { tools } = await client.listTools()
    expect(tools.map(({ name }) => name)).toContain('echo')
    const echoed = await client.callTool({ name: 'echo', arguments: { message: 'hallo' } })
    expect(echoed.content).toEqual([{ type: 'text', text: 'hallo' }])
    const sum = await client.callTool({ name: 'add', arguments: { a: 2, b: 3 } })
    expect(sum.structuredContent).toEqual({ sum: 5 })
    expect((await client.callTool({ name: 'fail', arguments: {} })).isError).toBe(true)
    expect((await client.listPrompts()).prompts).toHaveLength(1)
    const { messages } = await client.getPrompt({ name: 'greet', arguments: { name: 'Ada' } })
    expect(messages[0]?.content).toEqual({ type: 'text', text: 'Greet Ada' })
    expect((await client.readResource({ uri: 'test://one' })).contents).toMatchObject([{ text: 'the one' }])
    expect((await client.listResourceTemplates()).resourceTemplates).toHaveLength(1)
    expect(client.getServerVersion()).toMatchObject({ name: 'wide', version: '1.2.3' })
    expect(client.getInstructions()).toBe('Be wide.')
  })

  it('R91: gets progress under its own token', async () => {
    await using client = await open(connect)
    const seen: number[] = []
    const onprogress = ({ progress }: { progress: number }) => void seen.push(progress)
    await client.callTool({ name: 'steps', arguments: { count: 3 } }, ...progressOption(client, onprogress))
    expect(seen).toEqual([1, 2, 3])
  })

  it('gets its own answers when twenty calls run at once', async () => {
    await using client = await open(connect)
    const messages = Array.from({ length: 20 }, (_, n) => `message ${n}`)
    const answers = await Promise.all(
      messages.map((message) => client.callTool({ name: 'echo', arguments: { message } })),
    )
    expect(answers.map(({ content }) => (content as { text: string }[])[0]?.text)).toEqual(messages)
  })
})

type AnyClient = Client | V1Client

/** The v1 client takes a schema before its options. */
function progressOption(client: AnyClient, onprogress: (progress: { progress: number }) => void) {
  return (client instanceof V1Client ? [undefined, { onprogress }] : [{ onprogress }]) as never[]
}

async function open(connect: () => Promise<AnyClient>) {
  const client = (await connect()) as Client
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.close() })
}
