/** Clients of 2026-07-28: every request stands alone. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { AppError } from '../../src/domain/error.ts'
import type { JsonObject } from '../../src/domain/json.ts'
import { startGatewayHost, type GatewayHost } from '../fakes/gateway-host.ts'
import { buildModern, openStream, post, postModern, send, start } from '../fakes/raw-client.ts'
import { answerPlainly, INITIALIZE_RESULT } from '../fakes/scripted-server.ts'
import { createMemoryUpstreams, type MemoryUpstreams } from '../fakes/upstreams.ts'

const SERVER_INFO = { 'io.modelcontextprotocol/serverInfo': INITIALIZE_RESULT['serverInfo'] }
const META = 'io.modelcontextprotocol'

let upstreams: MemoryUpstreams
let host: GatewayHost
let url: string

beforeEach(async () => {
  upstreams = createMemoryUpstreams(INITIALIZE_RESULT, answerPlainly)
  host = await startGatewayHost({
    upstreams,
    config: { coalesceMs: 5, maxStreamsPerPrincipal: 2, maxSubscriptionsPerClient: 2 },
  })
  url = host.url('mem')
})
afterEach(() => host.close())

const errorOf = (json: JsonObject | undefined) => json?.['error'] as JsonObject | undefined
const toolCalls = () => upstreams.written.filter(({ method }) => method === 'tools/call')

describe('entry', () => {
  it('R2: a modern header without the envelope is -32602, naming the key', async () => {
    const { headers } = buildModern('tools/list')
    const answer = await post(url, { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} }, headers)
    expect(answer.status).toBe(400)
    expect(errorOf(answer.json)).toMatchObject({ code: -32602 })
    expect(answer.text).toContain('_meta')
  })

  it('R5: what is not JSON is -32700 without an id, what is not JSON-RPC is -32600', async () => {
    const broken = await post(url, '{"jsonrpc"')
    expect([broken.status, broken.json]).toEqual([
      400,
      { jsonrpc: '2.0', error: { code: -32700, message: 'The body is not JSON.' } },
    ])
    const odd = await post(url, { jsonrpc: '2.0', id: 3, method: 'ping', extra: 1 })
    expect(odd.status).toBe(400)
    expect(odd.json).toMatchObject({ id: 3, error: { code: -32600 } })
  })

  it('R6: any other content type is 415', async () => {
    const { body, headers } = buildModern('tools/list')
    expect((await post(url, body, { ...headers, 'content-type': 'text/plain' })).status).toBe(415)
    const charset = { ...headers, 'content-type': 'application/json; charset=utf-8' }
    expect((await post(url, body, charset)).status).toBe(200)
  })

  it('R8: session ids are neither minted nor looked at, and Accept is not enforced (R7)', async () => {
    const extra = { 'mcp-session-id': 'whatever', accept: 'application/json' }
    const answer = await postModern(url, 'tools/list', {}, extra)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('mcp-session-id')).toBeNull()
    expect((await send(url, 'GET')).status).toBe(405)
  })

  it('R33, R10: an unsupported version says what discover says', async () => {
    const meta = { _meta: { [`${META}/protocolVersion`]: '2027-01-01' } }
    const answer = await postModern(url, 'tools/list', meta, { 'mcp-protocol-version': '2027-01-01' })
    expect(answer.status).toBe(400)
    expect(errorOf(answer.json)).toMatchObject({
      code: -32022,
      data: { supported: ['2026-07-28'], requested: '2027-01-01' },
    })
  })

  it('R25: notifications are 202 with nothing in it; R41: one that no longer exists is refused', async () => {
    const headers = { 'mcp-protocol-version': '2026-07-28' }
    const note = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } }
    const answer = await post(url, note, headers)
    expect([answer.status, answer.text]).toEqual([202, ''])
    const gone = { jsonrpc: '2.0', method: 'notifications/roots/list_changed' }
    expect((await post(url, gone, headers)).status).toBe(404)
  })
})

describe('headers', () => {
  it.each([
    ['R20: MCP-Protocol-Version missing', { 'mcp-protocol-version': undefined }],
    ['R20: Mcp-Method missing', { 'mcp-method': undefined }],
    ['R20: Mcp-Name missing', { 'mcp-name': undefined }],
    ['R23: another version', { 'mcp-protocol-version': '2026-07-29' }],
    ['R23: another method', { 'mcp-method': 'tools/list' }],
    ['R22: values are case-sensitive', { 'mcp-method': 'TOOLS/CALL' }],
    ['R23: another name', { 'mcp-name': 'wait' }],
    ['R24: broken base64', { 'mcp-name': '=?base64?ZWNobw?=' }],
  ])('%s is 400 and -32020', async (_name, extra) => {
    const answer = await postModern(url, 'tools/call', { name: 'echo' }, extra)
    expect(answer.status).toBe(400)
    expect(answer.json).toMatchObject({ id: 1, error: { code: -32020 } })
    expect(toolCalls()).toEqual([])
  })

  it('R24: an encoded name is decoded first', async () => {
    const encoded = { 'mcp-name': `=?base64?${Buffer.from('écho').toString('base64')}?=` }
    expect((await postModern(url, 'tools/call', { name: 'écho' }, encoded)).status).toBe(200)
  })

  it.each([
    ['missing', {}, 'eu', 400],
    ['unequal', { 'mcp-param-region': 'us' }, 'eu', 400],
    ['equal', { 'mcp-param-region': 'eu' }, 'eu', 200],
    ['not needed for null', {}, null, 200],
  ])('R26, R27: a mirrored argument whose header is %s', async (_name, extra, region, status) => {
    const params = { name: 'region', arguments: { region } }
    const answer = await postModern(url, 'tools/call', params, extra)
    expect(answer.status).toBe(status)
    expect(errorOf(answer.json)?.['code']).toBe(status === 400 ? -32020 : undefined)
  })

  it('R27, R133: the index is built once, and again after list_changed', async () => {
    const lists = () => upstreams.written.filter(({ method }) => method === 'tools/list').length
    await postModern(url, 'tools/call', { name: 'echo' })
    await postModern(url, 'tools/call', { name: 'echo' })
    expect(lists()).toBe(1)
    upstreams.emit('notifications/tools/list_changed')
    await vi.waitFor(async () => {
      await postModern(url, 'tools/call', { name: 'echo' })
      expect(lists()).toBe(2)
    })
  })
})

describe('envelope', () => {
  it.each([
    ['R30: without client capabilities', { [`${META}/clientCapabilities`]: undefined }],
    ['R30: with capabilities that are no object', { [`${META}/clientCapabilities`]: [] }],
    ['R31: with a malformed clientInfo', { [`${META}/clientInfo`]: { name: 1 } }],
    ['R32: with an unknown log level', { [`${META}/logLevel`]: 'loud' }],
  ])('%s is 400 and -32602', async (_name, meta) => {
    const answer = await postModern(url, 'tools/list', { _meta: meta as unknown as JsonObject })
    expect(answer.status).toBe(400)
    expect(errorOf(answer.json)).toMatchObject({ code: -32602 })
  })

  it('R31: without clientInfo is served', async () => {
    const meta = { _meta: { [`${META}/clientInfo`]: undefined } as unknown as JsonObject }
    expect((await postModern(url, 'tools/list', meta)).status).toBe(200)
  })

  it('R38: the hop’s own keys stop here, trace context and unknown keys travel on', async () => {
    const meta = { traceparent: '00-1', 'x/y': 1, [`${META}/logLevel`]: 'info' }
    await postModern(url, 'tools/call', { name: 'echo', arguments: {}, _meta: meta, inputResponses: {} })
    expect(toolCalls()[0]?.['params']).toEqual({
      name: 'echo',
      arguments: {},
      _meta: { traceparent: '00-1', 'x/y': 1 },
    })
  })

  it('R36: ids are echoed in their type', async () => {
    const { body, headers } = buildModern('tools/call', { name: 'echo' }, '1')
    expect((await post(url, body, headers)).json?.['id']).toBe('1')
  })
})

describe('methods', () => {
  it('R40, R37, R51: discover is made of the answer to initialize, without tasks', async () => {
    const { json } = await postModern(url, 'server/discover')
    expect(json).toEqual({
      jsonrpc: '2.0',
      id: 1,
      result: {
        supportedVersions: ['2026-07-28'],
        capabilities: {
          tools: { listChanged: true },
          prompts: {},
          resources: { subscribe: true, listChanged: true },
          logging: {},
        },
        instructions: 'Ask.',
        resultType: 'complete',
        ttlMs: 0,
        cacheScope: 'private',
        _meta: SERVER_INFO,
      },
    })
    expect(upstreams.written).toEqual([])
  })

  it.each([
    'initialize',
    'ping',
    'logging/setLevel',
    'resources/subscribe',
    'tasks/list',
    'foo',
    '__proto__',
  ])('R3, R41: %s is 404 and -32601', async (method) => {
    const answer = await postModern(url, method)
    expect(answer.status).toBe(404)
    expect(answer.json).toMatchObject({ id: 1, error: { code: -32601 } })
    expect(upstreams.written).toEqual([])
  })

  it('R42: a method of a capability that the server lacks is 404 and -32601', async () => {
    const ref = { type: 'ref/prompt', name: 'p' }
    const answer = await postModern(url, 'completion/complete', { ref, argument: { name: 'a', value: '' } })
    expect(answer.status).toBe(404)
    expect(upstreams.written).toEqual([])
  })

  it.each([
    ['tools/list', { ttlMs: 0, cacheScope: 'private' }],
    ['prompts/list', { ttlMs: 0, cacheScope: 'private' }],
    ['resources/list', { ttlMs: 0, cacheScope: 'private' }],
    ['resources/templates/list', { ttlMs: 0, cacheScope: 'private' }],
  ])('R50, R51: %s is complete, and says how long and for whom', async (method, hints) => {
    const { json } = await postModern(url, method)
    expect(json?.['result']).toMatchObject({ resultType: 'complete', _meta: SERVER_INFO, ...hints })
    expect(JSON.stringify(json)).not.toContain('taskSupport')
  })

  it('R50: a call’s result is complete and carries no cache hints', async () => {
    const { json } = await postModern(url, 'tools/call', { name: 'echo', arguments: { message: 'a' } })
    expect(json?.['result']).toEqual({
      content: [{ type: 'text', text: '"a"' }],
      resultType: 'complete',
      _meta: SERVER_INFO,
    })
  })
})

describe('errors', () => {
  it('R45: resource not found becomes -32602 with the uri', async () => {
    const answer = await postModern(url, 'resources/read', { uri: 'test://x' })
    expect(answer.status).toBe(200)
    expect(errorOf(answer.json)).toEqual({
      code: -32602,
      message: 'Resource not found',
      data: { uri: 'test://x' },
    })
  })

  it('R44: codes that this revision reserves never come through', async () => {
    const answer = await postModern(url, 'prompts/get', { name: 'p' })
    expect(errorOf(answer.json)).toMatchObject({ code: -32603, data: { server_code: -32042 } })
  })

  it('R46: a server that is down is -32603 with the id, the cause and the next step', async () => {
    const details = { status: 'backoff', cause: 'exited', next_try: null }
    const hint = 'See haivemind logs mem.'
    upstreams.crash(
      new AppError('server_not_running', 'mem ended and is tried again in 4 s', { hint, details }),
    )
    const answer = await postModern(url, 'tools/list')
    expect(answer.status).toBe(200)
    expect(answer.json).toEqual({
      jsonrpc: '2.0',
      id: 1,
      error: {
        code: -32603,
        message: 'mem ended and is tried again in 4 s. See haivemind logs mem.',
        data: { status: 'backoff', cause: 'exited', next_try: null, code: 'server_not_running', hint },
      },
    })
  })

  it('a server that answers with nonsense is an error, and the next call works', async () => {
    const answer = postModern(url, 'tools/call', { name: 'wait' })
    await vi.waitFor(() => expect(upstreams.asked).toHaveLength(1))
    upstreams.print(JSON.stringify({ jsonrpc: '2.0', id: upstreams.asked[0]?.id, result: [1] }))
    expect(errorOf((await answer).json)).toMatchObject({ code: -32603 })
    const deep = postModern(url, 'tools/call', { name: 'wait' })
    await vi.waitFor(() => expect(upstreams.asked).toHaveLength(2))
    const nested = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
    upstreams.print(`{"jsonrpc":"2.0","id":${upstreams.asked[1]?.id},"result":{"a":${nested}}}`)
    expect((await deep).status).toBe(200)
    expect((await postModern(url, 'tools/call', { name: 'echo' })).status).toBe(200)
  })
})

describe('cancellation', () => {
  it('R63: going away cancels the call at the server', async () => {
    const { body, headers } = buildModern('tools/call', { name: 'wait' })
    const controller = new AbortController()
    const pending = start(url, body, headers, controller.signal)
    await vi.waitFor(() => expect(upstreams.asked).toHaveLength(1))
    controller.abort()
    await expect(pending).rejects.toThrow('aborted')
    await vi.waitFor(() => {
      expect(upstreams.written.at(-1)).toEqual({
        jsonrpc: '2.0',
        method: 'notifications/cancelled',
        params: { requestId: upstreams.asked[0]?.id, reason: 'the client went away' },
      })
    })
    await vi.waitFor(() => expect(host.calls.map(({ outcome }) => outcome)).toContain('cancelled'), 3000)
  })

  it('R63: so does closing the stream that progress opened', async () => {
    const { body, headers } = buildModern('tools/call', { name: 'wait', _meta: { progressToken: 0 } })
    const pending = openStream(url, { method: 'POST', body, headers })
    await vi.waitFor(() => expect(upstreams.asked).toHaveLength(1))
    upstreams.asked[0]?.progress(1)
    const stream = await pending
    await vi.waitFor(() => expect(stream.events).toHaveLength(1))
    expect(stream.events[0]).toMatchObject({ params: { progressToken: 0, progress: 1 } })
    stream.abort()
    await vi.waitFor(() => {
      expect(upstreams.written.at(-1)).toMatchObject({ method: 'notifications/cancelled' })
    })
  })

  it('R90: without a log level no log message comes; with one it comes on that stream', async () => {
    const quiet = postModern(url, 'tools/call', { name: 'wait' })
    await vi.waitFor(() => expect(upstreams.asked).toHaveLength(1))
    upstreams.emit('notifications/message', { level: 'error', data: 'a' })
    upstreams.asked[0]?.respond({ content: [] })
    expect((await quiet).headers.get('content-type')).toBe('application/json')

    const meta = { [`${META}/logLevel`]: 'warning' }
    const loud = postModern(url, 'tools/call', { name: 'wait', _meta: meta })
    await vi.waitFor(() => expect(upstreams.asked).toHaveLength(1))
    upstreams.emit('notifications/message', { level: 'error', data: 'b' })
    upstreams.asked[0]?.respond({ content: [] })
    const { events } = await loud
    expect(events.map(({ params }) => params)).toEqual([{ level: 'error', data: 'b' }, undefined])
    expect(upstreams.written).toContainEqual(
      expect.objectContaining({ method: 'logging/setLevel', params: { level: 'warning' } }),
    )
  })
})

describe('subscriptions/listen', () => {
  const listen = (notifications: unknown, id: string | number = 'sub') => {
    const { body, headers } = buildModern('subscriptions/listen', { notifications } as JsonObject, id)
    return openStream(url, { method: 'POST', body, headers })
  }
  const tag = { [`${META}/subscriptionId`]: 'sub' }

  it('R81, R82, R83: acknowledges what the server can do, then brings only that, tagged', async () => {
    const stream = await listen({
      toolsListChanged: true,
      promptsListChanged: true,
      resourceSubscriptions: ['test://a'],
    })
    await vi.waitFor(() => expect(stream.events).toHaveLength(1))
    expect(stream.events[0]).toEqual({
      jsonrpc: '2.0',
      method: 'notifications/subscriptions/acknowledged',
      params: {
        notifications: { toolsListChanged: true, resourceSubscriptions: ['test://a'] },
        _meta: tag,
      },
    })
    upstreams.emit('notifications/resources/list_changed')
    upstreams.emit('notifications/resources/updated', { uri: 'test://b' })
    upstreams.emit('notifications/message', { level: 'error', data: 'x' })
    upstreams.emit('notifications/resources/updated', { uri: 'test://a' })
    upstreams.emit('notifications/tools/list_changed')
    await vi.waitFor(() => expect(stream.events).toHaveLength(3))
    expect(stream.events.slice(1)).toEqual([
      { jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri: 'test://a', _meta: tag } },
      { jsonrpc: '2.0', method: 'notifications/tools/list_changed', params: { _meta: tag } },
    ])
    stream.abort()
    await vi.waitFor(() => {
      expect(upstreams.written.map(({ method }) => method)).toEqual([
        'resources/subscribe',
        'resources/unsubscribe',
      ])
    })
  })

  it('R84: the gateway’s own end is an empty result with the id; an empty subset ends at once', async () => {
    const result = { resultType: 'complete', _meta: { ...tag, ...SERVER_INFO } }
    const empty = await listen({ promptsListChanged: true })
    await empty.ended
    expect(empty.events[1]).toEqual({ jsonrpc: '2.0', id: 'sub', result })
    const stream = await listen({ toolsListChanged: true })
    await host.gateway.close()
    await stream.ended
    expect(stream.events.at(-1)).toEqual({ jsonrpc: '2.0', id: 'sub', result })
  })

  it('R85: beyond the limit of streams it is -32603, before any acknowledgement', async () => {
    const streams = [await listen({ toolsListChanged: true }), await listen({ toolsListChanged: true }, 2)]
    const answer = await postModern(url, 'subscriptions/listen', {
      notifications: { toolsListChanged: true },
    })
    expect(answer.json).toMatchObject({ id: 1, error: { code: -32603 } })
    for (const stream of streams) stream.abort()
  })

  it.each([
    [undefined],
    ['x'],
    [{ toolsListChanged: 1 }],
    [{ resourceSubscriptions: [1] }],
    [{ resourceSubscriptions: ['a', 'b', 'c'] }],
  ])('R80: a filter of %j is -32602', async (notifications) => {
    const answer = await postModern(url, 'subscriptions/listen', { notifications } as unknown as JsonObject)
    expect(errorOf(answer.json)).toMatchObject({ code: -32602 })
  })

  it('R84: outlives the server’s restart', async () => {
    const stream = await listen({ resourceSubscriptions: ['test://a'], toolsListChanged: true })
    await vi.waitFor(() => expect(stream.events).toHaveLength(1))
    upstreams.crash()
    await vi.waitFor(() =>
      expect(stream.events.at(-1)).toMatchObject({ method: 'notifications/tools/list_changed' }),
    )
    upstreams.emit('notifications/resources/updated', { uri: 'test://a' })
    await vi.waitFor(() => expect(stream.events.at(-1)).toMatchObject({ params: { uri: 'test://a' } }))
    stream.abort()
  })
})
