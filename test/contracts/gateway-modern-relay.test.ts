/** Clients of 2026-07-28 at a server of 2026-07-28: what is said passes as it is. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { JsonObject } from '../../src/domain/json.ts'
import { startGatewayHost, type GatewayHost } from '../fakes/gateway-host.ts'
import { answerModern, DISCOVERED, MODERN_TRAITS } from '../fakes/modern-server.ts'
import { buildModern, openStream, post, postModern, start } from '../fakes/raw-client.ts'
import { createMemoryUpstreams, type MemoryUpstreams } from '../fakes/upstreams.ts'

const META = 'io.modelcontextprotocol'
const INFO = { [`${META}/serverInfo`]: { name: 'modern', version: '2' } }

let upstreams: MemoryUpstreams
let host: GatewayHost
let url: string

beforeEach(async () => {
  upstreams = createMemoryUpstreams(DISCOVERED, answerModern, MODERN_TRAITS)
  host = await startGatewayHost({
    upstreams,
    tokens: { hvm_all: ['mcp:call'], hvm_echo: ['mcp:call:mem:echo'] },
    config: { coalesceMs: 5 },
  })
  url = host.url('mem')
})
afterEach(() => host.close())

/** Calls that wait for an answer; the subscription that is held waits beside them. */
const waiting = () => upstreams.asked.filter(({ method }) => method === 'tools/call')
const toolCalls = () => upstreams.written.filter(({ method }) => method === 'tools/call')
const textOf = (json: JsonObject | undefined): unknown => {
  const result = json?.['result'] as { content: { text: string }[] } | undefined
  return JSON.parse(result?.content[0]?.text ?? 'null')
}
const call = (name: string, more: JsonObject = {}, extra: Record<string, string> = {}) =>
  postModern(url, 'tools/call', { name, ...more }, extra)

it('discover says what the server said', async () => {
  const { json } = await postModern(url, 'server/discover')
  expect(json?.['result']).toMatchObject({
    supportedVersions: ['2026-07-28'],
    capabilities: { extensions: { [`${META}/tasks`]: {} } },
    instructions: 'Ask.',
    _meta: INFO,
  })
})

describe('requests', () => {
  it('R76, R38: declared capabilities, names and trace context arrive exactly as they were sent', async () => {
    const meta = {
      [`${META}/clientCapabilities`]: { elicitation: { form: {}, odd: 1 }, extensions: { 'x/y': { z: 1 } } },
      [`${META}/clientInfo`]: { name: 'me', version: '3', title: 'Me' },
      [`${META}/logLevel`]: 'warning',
      traceparent: '00-1-2-01',
      'own/key': [1],
    }
    expect(textOf((await call('meta', { _meta: meta })).json)).toEqual({
      [`${META}/protocolVersion`]: '2026-07-28',
      ...meta,
    })
  })

  it('R67: ids of clients are theirs; those towards the server are the platform’s', async () => {
    const { body, headers } = buildModern('tools/call', { name: 'echo', arguments: { a: 1 } }, 'x')
    const answers = await Promise.all([post(url, body, headers), post(url, body, headers)])
    expect(answers.map(({ json }) => json?.['id'])).toEqual(['x', 'x'])
    const ids = toolCalls().map(({ id }) => id)
    expect(new Set(ids).size).toBe(2)
    expect(ids.every((id) => Number.isInteger(id))).toBe(true)
  })

  it('R91: progress tokens are remapped and restored in their type', async () => {
    const { body, headers } = buildModern('tools/call', { name: 'wait', _meta: { progressToken: '7' } })
    const answer = post(url, body, headers)
    await vi.waitFor(() => expect(waiting()).toHaveLength(1))
    const [asked] = waiting()
    expect(asked?.params).toMatchObject({ _meta: { progressToken: asked?.id } })
    asked?.progress(1)
    asked?.respond({ resultType: 'complete', content: [] })
    const { events } = await answer
    expect(events.map(({ method, params }) => [method, params])).toEqual([
      ['notifications/progress', { progress: 1, progressToken: '7' }],
      [undefined, undefined],
    ])
  })

  it('R26, R27: mirrored arguments are checked', async () => {
    const args = { name: 'region', arguments: { region: 'eu' } }
    expect((await postModern(url, 'tools/call', args)).json).toMatchObject({ error: { code: -32020 } })
    expect((await postModern(url, 'tools/call', args, { 'mcp-param-region': 'eu' })).status).toBe(200)
  })

  it('R63: who goes away cancels the call at the server', async () => {
    const { body, headers } = buildModern('tools/call', { name: 'wait' })
    const gone = new AbortController()
    const started = start(url, body, headers, gone.signal).catch(() => null)
    await vi.waitFor(() => expect(waiting()).toHaveLength(1))
    const id = waiting()[0]?.id
    gone.abort()
    await started
    await vi.waitFor(() =>
      expect(upstreams.written.at(-1)).toMatchObject({
        method: 'notifications/cancelled',
        params: { requestId: id },
      }),
    )
  })
})

it('R46: a process that ends during a call is an error under its id, and the next call finds another', async () => {
  const { body, headers } = buildModern('tools/call', { name: 'wait' }, 'mine')
  const answer = post(url, body, headers)
  await vi.waitFor(() => expect(waiting()).toHaveLength(1))
  upstreams.crash()
  expect(await answer).toMatchObject({
    status: 200,
    json: { id: 'mine', error: { code: -32603, data: { code: 'server_stopped_answering' } } },
  })
  upstreams.recover()
  expect((await call('echo')).status).toBe(200)
})

describe('results', () => {
  it('R50, R51, R37: result types, hints and server information are the server’s', async () => {
    const { json } = await postModern(url, 'tools/list')
    expect(json?.['result']).toMatchObject({
      resultType: 'complete',
      ttlMs: 5000,
      cacheScope: 'public',
      _meta: INFO,
    })
  })

  it('R55: what a token narrows is private', async () => {
    const { json } = await postModern(url, 'tools/list', {}, { authorization: 'Bearer hvm_echo' })
    expect(json?.['result']).toMatchObject({ tools: [{ name: 'echo' }], cacheScope: 'private' })
  })

  it('R56: structured content of any type and any output schema pass', async () => {
    expect((await call('count')).json).toMatchObject({ result: { structuredContent: [1, 2] } })
    const { json } = await postModern(url, 'tools/list')
    const result = json?.['result'] as { tools: JsonObject[] } | undefined
    expect(result?.tools.map(({ outputSchema }) => outputSchema).filter(Boolean)).toEqual([
      { type: 'array', items: { $ref: '#/$defs/n' }, $defs: { n: { type: 'integer' } } },
      { anyOf: [{ type: 'object' }, { type: 'null' }] },
    ])
  })

  it('R76, R73, R52: questions and answers pass as they are, over both rounds, without hints', async () => {
    const first = (await call('ask')).json?.['result'] as JsonObject
    expect(first).toMatchObject({
      resultType: 'input_required',
      inputRequests: { who: { method: 'elicitation/create' } },
      requestState: ' exact "bytes" ü',
    })
    expect(first['ttlMs']).toBeUndefined()
    const answers = { inputResponses: { who: { action: 'accept', content: { name: 'Ü' } } } }
    const second = (await call('ask', { ...answers, requestState: first['requestState'] ?? null })).json?.[
      'result'
    ] as JsonObject
    expect(second).toMatchObject({ inputRequests: { roots: { method: 'roots/list' } } })
    const last = await call('ask', {
      inputResponses: { roots: { roots: [] } },
      requestState: second['requestState'] ?? null,
    })
    expect(textOf(last.json)).toEqual({
      state: '{"action":"accept","content":{"name":"Ü"}}',
      roots: { roots: [] },
    })
    expect(toolCalls().map(({ params }) => (params as JsonObject)['requestState'])).toEqual([
      undefined,
      ' exact "bytes" ü',
      '{"action":"accept","content":{"name":"Ü"}}',
    ])
  })

  it('R34, R43: a missing capability is the client’s own: 400, with what is needed', async () => {
    const answer = await call('needs_sampling')
    expect([answer.status, answer.json?.['error']]).toEqual([
      400,
      { code: -32021, message: 'Sampling is needed', data: { requiredCapabilities: { sampling: {} } } },
    ])
    const meta = { _meta: { [`${META}/clientCapabilities`]: { sampling: {} } } }
    expect((await call('needs_sampling', meta)).status).toBe(200)
  })

  it('R45: other errors ride on 200 as they came', async () => {
    const answer = await postModern(url, 'resources/read', { uri: 'a:1' })
    expect([answer.status, answer.json?.['error']]).toEqual([
      200,
      { code: -32602, message: 'No such resource', data: { uri: 'a:1' } },
    ])
  })
})

describe('subscriptions/listen', () => {
  const listen = (notifications: JsonObject, id: string | number) => {
    const { body, headers } = buildModern('subscriptions/listen', { notifications }, id)
    return openStream(url, { method: 'POST', body, headers })
  }
  const upstreamListens = () => upstreams.written.filter(({ method }) => method === 'subscriptions/listen')
  const tag = (id: number, params: JsonObject = {}) => ({
    ...params,
    _meta: { [`${META}/subscriptionId`]: id },
  })

  it('R81, R82, R83: one upstream stream serves all listeners, each in its own name and filter', async () => {
    const one = await listen({ toolsListChanged: true }, 'a')
    const two = await listen({ resourceSubscriptions: ['a:1', 'no:2'] }, 2)
    await vi.waitFor(() => expect(one.events).toHaveLength(1))
    await vi.waitFor(() => expect(two.events).toHaveLength(1))
    expect(one.events[0]).toMatchObject({
      method: 'notifications/subscriptions/acknowledged',
      params: { notifications: { toolsListChanged: true }, _meta: { [`${META}/subscriptionId`]: 'a' } },
    })
    expect(two.events[0]).toMatchObject({
      params: { notifications: { resourceSubscriptions: ['a:1'] }, _meta: { [`${META}/subscriptionId`]: 2 } },
    })
    const id = upstreamListens().at(-1)?.['id'] as number
    upstreams.emit('notifications/tools/list_changed', tag(id))
    upstreams.emit('notifications/resources/updated', tag(id, { uri: 'a:1' }))
    await vi.waitFor(() => expect(one.events).toHaveLength(2))
    await vi.waitFor(() => expect(two.events).toHaveLength(2))
    expect(one.events[1]).toMatchObject({
      method: 'notifications/tools/list_changed',
      params: { _meta: { [`${META}/subscriptionId`]: 'a' } },
    })
    expect(two.events[1]).toMatchObject({
      method: 'notifications/resources/updated',
      params: { uri: 'a:1', _meta: { [`${META}/subscriptionId`]: 2 } },
    })
    one.abort()
    two.abort()
  })

  it('R84: listens again after the process was lost', async () => {
    const stream = await listen({ toolsListChanged: true, resourceSubscriptions: ['a:1'] }, 1)
    await vi.waitFor(() => expect(stream.events).toHaveLength(1))
    const before = upstreamListens().length
    upstreams.crash()
    upstreams.recover()
    await vi.waitFor(() => expect(upstreamListens().length).toBeGreaterThan(before))
    await vi.waitFor(() =>
      expect(upstreamListens().at(-1)).toMatchObject({
        params: { notifications: { toolsListChanged: true, resourceSubscriptions: ['a:1'] } },
      }),
    )
    const id = upstreamListens().at(-1)?.['id'] as number
    await vi.waitFor(() => {
      upstreams.emit('notifications/resources/updated', tag(id, { uri: 'a:1' }))
      expect(stream.events.at(-1)).toMatchObject({ method: 'notifications/resources/updated' })
    })
    stream.abort()
  })
})
