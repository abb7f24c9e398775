/** Clients with a session at a server of 2026-07-28: the gateway says for them what that revision wants to hear. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { JsonObject } from '../../src/domain/json.ts'
import { openAskedClient } from '../fakes/asked-client.ts'
import { startGatewayHost, type GatewayHost } from '../fakes/gateway-host.ts'
import { answerModern, DISCOVERED, MODERN_TRAITS } from '../fakes/modern-server.ts'
import { openStream, post } from '../fakes/raw-client.ts'
import { createMemoryUpstreams, type MemoryUpstreams } from '../fakes/upstreams.ts'

const META = 'io.modelcontextprotocol'

let upstreams: MemoryUpstreams
let host: GatewayHost
let url: string

beforeEach(async () => {
  upstreams = createMemoryUpstreams(DISCOVERED, answerModern, MODERN_TRAITS)
  host = await startGatewayHost({ upstreams, config: { coalesceMs: 5 } })
  url = host.url('mem')
})
afterEach(() => host.close())

const request = (method: string, params: JsonObject = {}, id: string | number = 1) => ({
  jsonrpc: '2.0',
  id,
  method,
  params,
})
const textOf = (json: JsonObject | undefined): unknown => {
  const result = json?.['result'] as { content: { text: string }[] } | undefined
  return JSON.parse(result?.content[0]?.text ?? 'null')
}
async function open(version = '2025-11-25', initialize: JsonObject = {}) {
  const answer = await post(
    url,
    request('initialize', {
      protocolVersion: version,
      capabilities: {},
      clientInfo: { name: 'raw', version: '1' },
      ...initialize,
    }),
  )
  const headers = {
    'mcp-session-id': answer.headers.get('mcp-session-id') ?? '',
    'mcp-protocol-version': version,
  }
  const ask = (method: string, params: JsonObject = {}) => post(url, request(method, params), headers)
  return { headers, result: answer.json?.['result'] as JsonObject, ask }
}

it('initialize is answered from discover, in the client’s revision and without extensions', async () => {
  expect((await open('2025-06-18')).result).toEqual({
    protocolVersion: '2025-06-18',
    capabilities: {
      tools: { listChanged: true },
      prompts: {},
      resources: { subscribe: true },
      completions: {},
      logging: {},
    },
    serverInfo: { name: 'modern', version: '2' },
    instructions: 'Ask.',
  })
})

describe('requests', () => {
  it('R30: carry what initialize said, as the client’s revision knows it, beside what the client adds', async () => {
    const { ask } = await open('2025-11-25', {
      capabilities: {
        roots: { listChanged: true },
        elicitation: { form: {}, url: {} },
        sampling: { tools: {} },
        tasks: { list: {} },
        experimental: { 'x/y': {} },
      },
      clientInfo: { name: 'me', version: '3', title: 'Me' },
    })
    expect(
      textOf((await ask('tools/call', { name: 'meta', _meta: { traceparent: '00-1-2-01' } })).json),
    ).toEqual({
      traceparent: '00-1-2-01',
      [`${META}/protocolVersion`]: '2026-07-28',
      [`${META}/clientInfo`]: { name: 'me', version: '3', title: 'Me' },
      [`${META}/clientCapabilities`]: {
        roots: {},
        elicitation: { form: {}, url: {} },
        sampling: { tools: {} },
        experimental: { 'x/y': {} },
      },
    })
    const older = await open('2025-03-26', { capabilities: { elicitation: {}, roots: {} } })
    expect(textOf((await older.ask('tools/call', { name: 'capabilities' })).json)).toEqual({ roots: {} })
  })

  it('R41: ping and the log level are the gateway’s; once set, the level goes with each request', async () => {
    const { ask } = await open()
    expect((await ask('ping')).json).toMatchObject({ result: {} })
    expect((await ask('logging/setLevel', { level: 'warning' })).json).toMatchObject({ result: {} })
    expect(textOf((await ask('tools/call', { name: 'meta' })).json)).toMatchObject({
      [`${META}/logLevel`]: 'warning',
    })
    const methods = new Set(upstreams.written.map(({ method }) => method))
    expect(['ping', 'logging/setLevel', 'initialize'].filter((method) => methods.has(method))).toEqual([])
  })

  it('R91, R106: progress and cancelling work as in the client’s revision', async () => {
    const { headers } = await open()
    const body = request('tools/call', { name: 'wait', _meta: { progressToken: 't' } }, 'c')
    const answer = post(url, body, headers)
    const waiting = () => upstreams.asked.filter(({ method }) => method === 'tools/call')
    await vi.waitFor(() => expect(waiting()).toHaveLength(1))
    const [asked] = waiting()
    asked?.progress(1)
    await new Promise((resolve) => setTimeout(resolve, 20))
    await post(
      url,
      { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'c' } },
      headers,
    )
    expect((await answer).events).toEqual([
      { jsonrpc: '2.0', method: 'notifications/progress', params: { progress: 1, progressToken: 't' } },
    ])
    await vi.waitFor(() =>
      expect(upstreams.written.at(-1)).toMatchObject({
        method: 'notifications/cancelled',
        params: { requestId: asked?.id },
      }),
    )
  })
})

describe('results', () => {
  it('R50: hold nothing that the client’s revision does not know', async () => {
    const { ask } = await open()
    expect(Object.keys((await ask('tools/list')).json?.['result'] as JsonObject)).toEqual(['tools'])
    expect((await ask('tools/call', { name: 'echo', arguments: { a: 1 } })).json?.['result']).toEqual({
      content: [{ type: 'text', text: '{"a":1}' }],
    })
  })

  it('R56: structured content that is no object is wrapped, and its schema with it', async () => {
    const { ask } = await open()
    expect((await ask('tools/call', { name: 'count' })).json?.['result']).toEqual({
      content: [{ type: 'text', text: '[1,2]' }],
      structuredContent: { result: [1, 2] },
    })
    const result = (await ask('tools/list')).json?.['result'] as { tools: JsonObject[] } | undefined
    const schemas = Object.fromEntries(
      (result?.tools ?? []).map(({ name, outputSchema }) => [JSON.stringify(name), outputSchema]),
    )
    expect(schemas).toMatchObject({
      '"count"': {
        type: 'object',
        properties: { result: { type: 'array', items: { $ref: '#/$defs/n' } } },
        required: ['result'],
        $defs: { n: { type: 'integer' } },
      },
    })
    expect(schemas['"odd"']).toBeUndefined()
  })

  it('R43: what the server misses in the envelope is told in words', async () => {
    const { ask } = await open()
    const { status, json } = await ask('tools/call', { name: 'needs_sampling' })
    expect([status, json?.['error']]).toEqual([
      200,
      {
        code: -32603,
        message:
          'The server needs a capability that this client did not declare: sampling. Sampling is needed',
        data: { server_code: -32021 },
      },
    ])
  })

  it('what the server asks and the client cannot do is an error of the tool', async () => {
    const { ask } = await open()
    expect((await ask('tools/call', { name: 'ask' })).json?.['result']).toEqual({
      content: [
        {
          type: 'text',
          text: 'The server did not finish: it needs elicitation.form, which this client did not declare.',
        },
      ],
      isError: true,
    })
  })
})

describe('announcements', () => {
  const upstreamListens = () => upstreams.written.filter(({ method }) => method === 'subscriptions/listen')

  it('R80, R84: subscriptions of all sessions are one stream at the server, and reach their sessions', async () => {
    const one = await open()
    const two = await open()
    const stream = await openStream(url, { method: 'GET', headers: one.headers })
    expect((await one.ask('resources/subscribe', { uri: 'a:1' })).json).toMatchObject({ result: {} })
    expect((await two.ask('resources/subscribe', { uri: 'a:2' })).json).toMatchObject({ result: {} })
    expect((await two.ask('resources/subscribe', { uri: 'no:3' })).json).toMatchObject({
      error: { code: -32602 },
    })
    await vi.waitFor(() =>
      expect(upstreamListens().at(-1)).toMatchObject({
        params: {
          notifications: {
            toolsListChanged: true,
            resourceSubscriptions: expect.arrayContaining(['a:1', 'a:2']),
          },
        },
      }),
    )
    const tag = { _meta: { [`${META}/subscriptionId`]: upstreamListens().at(-1)?.['id'] as number } }
    await vi.waitFor(() => {
      upstreams.emit('notifications/resources/updated', { uri: 'a:1', ...tag })
      expect(stream.events.at(-1)).toEqual({
        jsonrpc: '2.0',
        method: 'notifications/resources/updated',
        params: { uri: 'a:1' },
      })
    })
    expect(stream.events.some(({ params }) => (params as JsonObject)['uri'] === 'a:2')).toBe(false)
    expect((await one.ask('resources/unsubscribe', { uri: 'a:1' })).json).toMatchObject({ result: {} })
    stream.abort()
  })
})

describe('questions', () => {
  const FORM = { message: 'Who?', requestedSchema: { type: 'object', properties: {} } }
  const calls = () => upstreams.written.filter(({ method }) => method === 'tools/call')
  const answerBoth =
    (name: string) =>
    (question: JsonObject): JsonObject =>
      question['method'] === 'roots/list'
        ? { result: { roots: [{ uri: `file:///${name}` }] } }
        : { result: { action: 'accept', content: { name } } }

  it('R73, R70: become requests on the stream of the call, and the call is made again with the answers', async () => {
    const capabilities = { elicitation: {}, roots: { listChanged: true } }
    const client = await openAskedClient(url, { capabilities, answer: answerBoth('Ada') })
    expect(textOf(await client.call('ask'))).toEqual({
      state: '{"action":"accept","content":{"name":"Ada"}}',
      roots: { roots: [{ uri: 'file:///Ada' }] },
    })
    expect(client.questions.map(({ method, params }) => [method, params])).toEqual([
      ['elicitation/create', { mode: 'form', ...FORM }],
      ['roots/list', undefined],
    ])
    expect(calls().map(({ params }) => (params as JsonObject)['requestState'])).toEqual([
      undefined,
      ' exact "bytes" ü',
      '{"action":"accept","content":{"name":"Ada"}}',
    ])
    // R134: what the client said went up as calls, never as a response.
    expect(upstreams.written.every(({ method }) => method !== undefined)).toBe(true)
  })

  it('of many clients at once do not mix', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
    const results = await Promise.all(
      names.map(async (name) => {
        const capabilities = { elicitation: {}, roots: {} }
        const client = await openAskedClient(url, { capabilities, answer: answerBoth(name) })
        return Promise.all([1, 2, 3].map((id) => client.call('ask', {}, id)))
      }),
    )
    expect(results.map((three) => three.map((one) => (textOf(one) as JsonObject)['roots']))).toEqual(
      names.map((name) => [1, 2, 3].map(() => ({ roots: [{ uri: `file:///${name}` }] }))),
    )
  })

  it('are taken back when the client cancels its call, and nothing is sent again', async () => {
    const client = await openAskedClient(url, { capabilities: { elicitation: {} } })
    const called = client.call('ask', {}, 7).catch(() => null)
    await vi.waitFor(() => expect(client.questions).toHaveLength(1))
    await client.tell({ method: 'notifications/cancelled', params: { requestId: 7 } })
    await called
    expect(client.told).toMatchObject([
      { method: 'notifications/cancelled', params: { requestId: client.questions[0]?.['id'] } },
    ])
    await client.tell({ id: client.questions[0]?.['id'] ?? null, result: { action: 'accept' } })
    expect(calls()).toHaveLength(1)
  })

  it('outlive the process that asked: the next one gets the answers and the state', async () => {
    const client = await openAskedClient(url, { capabilities: { elicitation: {}, roots: {} } })
    const called = client.call('ask')
    await vi.waitFor(() => expect(client.questions).toHaveLength(1))
    upstreams.crash()
    upstreams.recover()
    await client.tell({ id: client.questions[0]?.['id'] ?? null, result: { action: 'decline' } })
    await vi.waitFor(() => expect(client.questions).toHaveLength(2))
    await client.tell({ id: client.questions[1]?.['id'] ?? null, result: { roots: [] } })
    expect(textOf(await called)).toEqual({ state: '{"action":"decline"}', roots: { roots: [] } })
  })
})
