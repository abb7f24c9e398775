/** The gateway over a real process: what happens when clients go, calls are cancelled, and the process dies. */
import { join } from 'node:path'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { Client as V1Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as V1Transport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import {
  LoggingMessageNotificationSchema,
  ResourceUpdatedNotificationSchema,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startGatewayHost, TOKEN, type GatewayHost } from '../fakes/gateway-host.ts'
import { buildModern, openSession, openStream, post, postModern, start } from '../fakes/raw-client.ts'
import { createProcessUpstreams, type ProcessUpstreams } from '../fakes/upstreams.ts'

const WIDE = [process.execPath, join(import.meta.dirname, '../fixtures/servers/wide.mjs')]
const INFO = { name: 'test-client', version: '1' }
const requestInit = { headers: { Authorization: `Bearer ${TOKEN}` } }
const PINNED = { versionNegotiation: { mode: { pin: '2026-07-28' } } }

let upstreams: ProcessUpstreams
let host: GatewayHost
let url: string

beforeEach(async () => {
  upstreams = createProcessUpstreams({ wide: WIDE })
  host = await startGatewayHost({ upstreams })
  url = host.url('wide')
})
afterEach(async () => {
  await host.close()
  await upstreams.close()
})

const call = (name: string, args: object = {}, id: string | number = 1) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name, arguments: args },
})
const cancelledCount = async () =>
  JSON.stringify((await postModern(url, 'tools/call', { name: 'cancelled', arguments: {} })).json?.['result'])

async function connectV1(): Promise<V1Client> {
  const client = new V1Client(INFO)
  await client.connect(new V1Transport(new URL(url), { requestInit }))
  return client
}

describe('cancellation reaches the process', () => {
  it('R63: when the socket of a 2026-07-28 call is killed', async () => {
    const { body, headers } = buildModern('tools/call', { name: 'wait', arguments: { seconds: 60 } })
    const controller = new AbortController()
    const pending = start(url, body, headers, controller.signal)
    pending.catch(() => {})
    await vi.waitFor(async () => expect(await cancelledCount()).toContain('"0"'))
    controller.abort()
    await expect(pending).rejects.toThrow('aborted')
    await vi.waitFor(async () => expect(await cancelledCount()).toContain('"1"'))
  })

  it('when the v2 client gives up a pinned call, and when the v1 client sends its notification', async () => {
    const modern = new Client(INFO, PINNED)
    await modern.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }))
    const controller = new AbortController()
    const waiting = { name: 'wait', arguments: { seconds: 60 } }
    const first = modern.callTool(waiting, { signal: controller.signal })
    setTimeout(() => controller.abort('enough'), 100)
    await expect(first).rejects.toThrow('enough')
    await vi.waitFor(async () => expect(await cancelledCount()).toContain('"1"'))
    await modern.close()

    const legacy = await connectV1()
    const again = new AbortController()
    const second = legacy.callTool(waiting, undefined, { signal: again.signal })
    setTimeout(() => again.abort('enough'), 100)
    await expect(second).rejects.toThrow('enough')
    await vi.waitFor(async () => expect(await cancelledCount()).toContain('"2"'))
    await legacy.close()
  })
})

describe('announcements reach real clients', () => {
  it('v1: list_changed, resources/updated and logs', async () => {
    const client = await connectV1()
    const seen: string[] = []
    client.setNotificationHandler(ToolListChangedNotificationSchema, ({ method }) => void seen.push(method))
    client.setNotificationHandler(
      ResourceUpdatedNotificationSchema,
      ({ params }) => void seen.push(params.uri),
    )
    client.setNotificationHandler(
      LoggingMessageNotificationSchema,
      ({ params }) => void seen.push(params.data as string),
    )
    await client.callTool({ name: 'grow', arguments: {} })
    await vi.waitFor(() => expect(seen).toContain('notifications/tools/list_changed'))
    await client.subscribeResource({ uri: 'test://one' })
    await client.callTool({ name: 'touch', arguments: { uri: 'test://one' } })
    await vi.waitFor(() => expect(seen).toContain('test://one'))
    await client.setLoggingLevel('warning')
    await client.callTool({ name: 'log', arguments: { level: 'info' } })
    await client.callTool({ name: 'log', arguments: { level: 'error' } })
    await vi.waitFor(() => expect(seen).toContain('a error message'))
    expect(seen).not.toContain('a info message')
    await client.close()
  })

  it('v2 pinned: list_changed and resources/updated over subscriptions/listen', async () => {
    const changed = vi.fn<() => void>()
    const client = new Client(INFO, {
      ...PINNED,
      listChanged: { tools: { onChanged: changed, autoRefresh: false } },
    })
    await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }))
    await client.callTool({ name: 'grow', arguments: {} })
    await vi.waitFor(() => expect(changed).toHaveBeenCalledOnce())
    await client.close()
  })
})

describe('the process dies', () => {
  it('the call in flight fails with the cause; the session goes on with the next process', async () => {
    const { headers } = await openSession(url)
    const stream = await openStream(url, { method: 'GET', headers })
    const lost = await post(url, call('die', {}, 'x'), headers)
    expect(lost.status).toBe(200)
    expect(lost.json).toMatchObject({
      id: 'x',
      error: { code: -32603, data: { code: 'server_stopped_answering' } },
    })
    expect((await post(url, call('echo', { message: 'again' }), headers)).text).toContain('again')
    await vi.waitFor(() => {
      expect(stream.events.map(({ method }) => method)).toEqual([
        'notifications/tools/list_changed',
        'notifications/prompts/list_changed',
        'notifications/resources/list_changed',
      ])
    })
    stream.abort()
  })

  it('a stopped server says so to clients of both eras, and the same session works after a start', async () => {
    const client = await connectV1()
    await client.callTool({ name: 'echo', arguments: { message: 'a' } })
    await upstreams.stop('wide')
    await expect(client.callTool({ name: 'echo', arguments: { message: 'b' } })).rejects.toThrow(
      /wide is stopped.*haivemind start/,
    )
    expect((await postModern(url, 'tools/list')).json).toMatchObject({
      id: 1,
      error: { code: -32603, data: { code: 'server_not_running' } },
    })
    upstreams.start('wide')
    const answer = await client.callTool({ name: 'echo', arguments: { message: 'c' } })
    expect(answer.content).toEqual([{ type: 'text', text: 'c' }])
    await client.close()
  })

  it('a v1 client’s session outlives the gateway itself', async () => {
    const { headers } = await openSession(url)
    await host.close()
    host = await startGatewayHost({ upstreams, sessions: host.sessions })
    const answer = await post(host.url('wide'), call('echo', { message: 'still here' }), headers)
    expect(answer.text).toContain('still here')
  })
})

describe('2025-03-26', () => {
  it('R108: an array of calls is answered as one, though the server knows no arrays', async () => {
    const { headers } = await openSession(url, '2025-03-26')
    const answer = await post(
      url,
      [call('echo', { message: 'a' }, 1), call('add', { a: 1, b: 2 }, 2), call('fail', {}, 3)],
      headers,
    )
    const byId = new Map((answer.json as unknown as { id: number }[]).map((message) => [message.id, message]))
    expect(byId.get(1)).toMatchObject({ result: { content: [{ text: 'a' }] } })
    // R111: no structuredContent before 2025-06-18.
    expect(byId.get(2)).toEqual({
      jsonrpc: '2.0',
      id: 2,
      result: { content: [{ type: 'text', text: '3' }] },
    })
    expect(byId.get(3)).toMatchObject({ result: { isError: true } })
  })
})

it('a large result arrives whole', async () => {
  const answer = await postModern(url, 'tools/call', { name: 'big', arguments: { bytes: 3_000_000 } })
  expect(answer.text.length).toBeGreaterThan(3_000_000)
  expect(answer.json).toMatchObject({ result: { resultType: 'complete' } })
})
