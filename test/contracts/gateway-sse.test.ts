/** Clients of 2024-11-05 over HTTP+SSE: one stream down, POSTs up, a session that ends with the stream. */
import { connect } from 'node:net'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { JsonObject } from '../../src/domain/json.ts'
import type { GatewayConfig } from '../../src/gateway/gateway-config.ts'
import { startGatewayHost, TOKEN, type GatewayHost } from '../fakes/gateway-host.ts'
import { openSession, openStream, post, send, type OpenStream } from '../fakes/raw-client.ts'
import { answerPlainly, INITIALIZE_RESULT } from '../fakes/scripted-server.ts'
import { createMemoryUpstreams, type MemoryUpstreams } from '../fakes/upstreams.ts'

let upstreams: MemoryUpstreams
let host: GatewayHost
let sse: string
const opened: OpenStream[] = []

const TOKENS = {
  [TOKEN]: ['mcp:call'],
  hvm_other: ['mcp:call'],
  hvm_echo: ['mcp:call:mem:echo'],
  hvm_elsewhere: ['mcp:call:else'],
}

async function setUp(config: Partial<GatewayConfig> = {}) {
  upstreams = createMemoryUpstreams(INITIALIZE_RESULT, answerPlainly)
  host = await startGatewayHost({ upstreams, tokens: TOKENS, config: { coalesceMs: 5, ...config } })
  sse = `${host.origin}/servers/mem/sse`
}
afterEach(async () => {
  for (const stream of opened.splice(0)) stream.abort()
  await host.close()
})

const request = (method: string, params?: object, id: string | number = 1) => ({
  jsonrpc: '2.0',
  id,
  method,
  ...(params === undefined ? {} : { params }),
})
const call = (name: string, id: string | number, extra: object = {}) =>
  request('tools/call', { name, ...extra }, id)
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

type Line = OpenStream & {
  /** Where it says to POST. */
  readonly messages: string
  say(body: unknown, extra?: Record<string, string>): ReturnType<typeof post>
  /** The answer to a request of this id, once it has come down. */
  answer(id: string | number): Promise<JsonObject>
}

async function openLine(token = TOKEN): Promise<Line> {
  const headers = { accept: 'text/event-stream', ...bearer(token) }
  const stream = await openStream(sse, { method: 'GET', headers })
  opened.push(stream)
  const uri = await vi.waitFor(() => {
    const found = /^event: endpoint\ndata: (.*)\n\n/.exec(stream.text())?.[1]
    if (found === undefined) throw new Error('no endpoint yet')
    return found
  })
  const messages = new URL(uri, sse).href
  return {
    ...stream,
    messages,
    say: (body, extra = {}) => post(messages, body, { ...bearer(token), ...extra }),
    answer: (id) =>
      vi.waitFor(() => {
        const found = stream.events.find((event) => event['id'] === id)
        if (found === undefined) throw new Error(`no answer to ${id}`)
        return found
      }),
  }
}

async function openInitialized(token = TOKEN, version = '2024-11-05'): Promise<Line> {
  const line = await openLine(token)
  const clientInfo = { name: 'old', version: '1' }
  await line.say(request('initialize', { protocolVersion: version, capabilities: {}, clientInfo }, 'init'))
  await line.answer('init')
  await line.say({ jsonrpc: '2.0', method: 'notifications/initialized' })
  return line
}

describe('a session', () => {
  it('R120: the first event says where to POST, on the same origin; POSTs are 202, answers are message events', async () => {
    await setUp()
    const line = await openLine()
    const { origin, pathname, searchParams } = new URL(line.messages)
    expect([origin, pathname, [...searchParams.keys()]]).toEqual([
      host.origin,
      '/servers/mem/messages',
      ['session_id'],
    ])
    expect(searchParams.get('session_id')).toMatch(/^[A-Za-z0-9_-]{43}$/)
    const init = {
      protocolVersion: '2024-11-05',
      capabilities: {},
      clientInfo: { name: 'old', version: '1' },
    }
    const accepted = await line.say(request('initialize', init, 0))
    expect([accepted.status, accepted.text, accepted.headers.get('mcp-session-id')]).toEqual([202, '', null])
    expect((await line.answer(0))['result']).toEqual({
      protocolVersion: '2024-11-05',
      capabilities: {
        tools: { listChanged: true },
        prompts: {},
        resources: { subscribe: true, listChanged: true },
        logging: {},
      },
      serverInfo: { name: 'scripted', version: '9' },
      instructions: 'Ask.',
    })
    await line.say(call('echo', 'a', { arguments: { message: 'hi' } }))
    expect((await line.answer('a'))['result']).toEqual({ content: [{ type: 'text', text: '"hi"' }] })
    expect(line.text()).toMatch(/\n\nevent: message\ndata: \{"jsonrpc":"2.0","id":"a"/)
    await line.say(request('tools/list', undefined, 'l'))
    expect(JSON.stringify(await line.answer('l'))).not.toContain('"title"')
  })

  it('R120: closing the stream ends the session, and its calls', async () => {
    await setUp()
    const line = await openInitialized()
    await line.say(call('wait', 1))
    await vi.waitFor(() => expect(upstreams.asked).toHaveLength(1))
    expect(host.sessions.size).toBe(0)
    line.abort()
    await vi.waitFor(() => {
      expect(upstreams.written.at(-1)).toMatchObject({ method: 'notifications/cancelled' })
    })
    expect((await line.say(request('ping'))).status).toBe(404)
  })

  it('R100: speaks the later revision that a client asks for, also over this transport', async () => {
    await setUp()
    const line = await openInitialized(TOKEN, '2025-06-18')
    expect((await line.answer('init'))['result']).toMatchObject({ protocolVersion: '2025-06-18' })
  })

  it('begins with initialize, once; ping is answered before it', async () => {
    await setUp()
    const line = await openLine()
    await line.say(request('ping', undefined, 'p'))
    expect(await line.answer('p')).toEqual({ jsonrpc: '2.0', id: 'p', result: {} })
    await line.say(call('echo', 'early'))
    expect(await line.answer('early')).toMatchObject({ error: { code: -32600 } })
    await line.say(request('initialize', { capabilities: {} }, 'bad'))
    expect(await line.answer('bad')).toMatchObject({ error: { code: -32602 } })
    const init = {
      protocolVersion: '2024-11-05',
      capabilities: {},
      clientInfo: { name: 'old', version: '1' },
    }
    await line.say(request('initialize', init, 'good'))
    expect(await line.answer('good')).toMatchObject({ result: { protocolVersion: '2024-11-05' } })
    await line.say(request('initialize', init, 'again'))
    expect(await line.answer('again')).toMatchObject({ error: { code: -32600 } })
    expect(upstreams.written).toEqual([])
  })

  it('R67, R91: ids, progress and concurrent calls are each session’s own', async () => {
    await setUp()
    const [one, two] = [await openInitialized(), await openInitialized('hvm_other')]
    await one.say(call('wait', 7, { _meta: { progressToken: 'mine' } }))
    await two.say(call('wait', 7, { _meta: { progressToken: 'mine' } }))
    await vi.waitFor(() => expect(upstreams.asked).toHaveLength(2))
    const [first, second] = upstreams.asked.slice()
    first?.progress(1)
    second?.respond({ content: [{ type: 'text', text: 'second' }] })
    first?.respond({ content: [{ type: 'text', text: 'first' }] })
    expect(await one.answer(7)).toMatchObject({ result: { content: [{ text: 'first' }] } })
    expect(await two.answer(7)).toMatchObject({ result: { content: [{ text: 'second' }] } })
    expect(one.events.at(-2)).toEqual({
      jsonrpc: '2.0',
      method: 'notifications/progress',
      params: { progressToken: 'mine', progress: 1 },
    })
    expect(two.events.filter(({ method }) => method !== undefined)).toEqual([])
  })

  it('an id that is in use cannot be used again', async () => {
    await setUp()
    const line = await openInitialized()
    await line.say(call('wait', 7))
    await vi.waitFor(() => expect(upstreams.asked).toHaveLength(1))
    await line.say(call('wait', 7))
    expect(await line.answer(7)).toMatchObject({ error: { code: -32600 } })
    expect(upstreams.asked).toHaveLength(1)
  })

  it('R106: a notification cancels; nothing more is said of that call', async () => {
    await setUp()
    const line = await openInitialized()
    await line.say(call('wait', 7))
    await vi.waitFor(() => expect(upstreams.asked).toHaveLength(1))
    await line.say({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 7 } })
    await vi.waitFor(() => {
      expect(upstreams.written.at(-1)).toMatchObject({ method: 'notifications/cancelled' })
    })
    await line.say(request('ping', undefined, 8))
    await line.answer(8)
    expect(line.events.some(({ id }) => id === 7)).toBe(false)
  })

  it('changed lists and updated resources come down the stream', async () => {
    await setUp()
    const line = await openInitialized()
    await line.say(request('resources/subscribe', { uri: 'test://a' }, 's'))
    await line.answer('s')
    upstreams.emit('notifications/tools/list_changed')
    upstreams.emit('notifications/resources/updated', { uri: 'test://a' })
    await vi.waitFor(() => {
      expect(line.events.flatMap(({ method }) => method ?? [])).toEqual(
        expect.arrayContaining(['notifications/tools/list_changed', 'notifications/resources/updated']),
      )
    })
    line.abort()
    await vi.waitFor(() => {
      expect(upstreams.written.at(-1)).toMatchObject({ method: 'resources/unsubscribe' })
    })
  })

  it('calls are recorded under the revision', async () => {
    await setUp()
    const line = await openInitialized()
    await line.say(call('echo', 1))
    await line.answer(1)
    await vi.waitFor(() => expect(host.calls).toHaveLength(1), 3000)
    expect(host.calls[0]).toMatchObject({
      tool: 'echo',
      protocolVersion: '2024-11-05',
      principalId: 'token:hvm_all',
      outcome: 'ok',
    })
  })
})

describe('who may', () => {
  it('R142, R143: both ends need the token in its header; what stands in the query is none', async () => {
    await setUp()
    const line = await openInitialized()
    for (const [url, method] of [
      [`${sse}?access_token=${TOKEN}`, 'GET'],
      [`${line.messages}&access_token=${TOKEN}`, 'POST'],
    ] as const) {
      const answer = await send(url, method, { authorization: undefined, accept: 'text/event-stream' })
      expect(answer.status).toBe(401)
      expect(answer.headers.get('www-authenticate')).toBe('Bearer')
    }
    expect((await send(sse, 'GET', bearer('hvm_elsewhere'))).status).toBe(403)
    expect((await line.say(request('ping'), bearer('hvm_elsewhere'))).status).toBe(403)
  })

  it('R101: the session id is no credential: another token gets 404, as does an unknown id', async () => {
    await setUp()
    const line = await openInitialized()
    const foreign = await line.say(call('echo', 4), bearer('hvm_other'))
    expect(foreign.status).toBe(404)
    expect(foreign.json).toMatchObject({ id: 4, error: { code: 404 } })
    const unknown = `${host.origin}/servers/mem/messages`
    expect((await post(`${unknown}?session_id=nope`, request('ping'))).status).toBe(404)
    expect((await post(unknown, request('ping'))).status).toBe(404)
    expect(line.events.some(({ id }) => id === 4)).toBe(false)
    // A session of the other transport is none of this one.
    const streamable = await openSession(host.url('mem'))
    const id = streamable.headers['mcp-session-id'] ?? ''
    expect((await post(`${unknown}?session_id=${id}`, request('ping'))).status).toBe(404)
  })

  it('R150: a foreign Origin is 403 at both ends', async () => {
    await setUp()
    const line = await openInitialized()
    const foreign = { origin: 'https://evil.example' }
    expect((await send(sse, 'GET', foreign)).status).toBe(403)
    expect((await line.say(request('ping', undefined, 'x'), foreign)).status).toBe(403)
    await line.say(request('ping', undefined, 'y'))
    await line.answer('y')
    expect(line.events.some(({ id }) => id === 'x')).toBe(false)
  })

  it('R148: a token for one tool sees that one, and calling another is refused', async () => {
    await setUp()
    const line = await openInitialized('hvm_echo')
    expect((await line.answer('init'))['result']).toMatchObject({
      capabilities: { tools: { listChanged: true } },
    })
    await line.say(request('tools/list', undefined, 'l'))
    const { result } = (await line.answer('l')) as { result: { tools: { name: string }[] } }
    expect(result.tools.map(({ name }) => name)).toEqual(['echo'])
    await line.say(call('wait', 'w'))
    expect(await line.answer('w')).toMatchObject({ error: { code: 403, data: { code: 'forbidden' } } })
    await line.say(request('resources/list', undefined, 'r'))
    expect(await line.answer('r')).toMatchObject({ error: { code: -32601 } })
    expect(upstreams.asked).toEqual([])
  })

  it('a revoked token’s stream ends, and with it the session', async () => {
    await setUp()
    const line = await openInitialized()
    await line.say(call('wait', 1))
    await vi.waitFor(() => expect(upstreams.asked).toHaveLength(1))
    host.revoke(TOKEN)
    await line.ended
    expect((await line.say(request('ping'))).status).toBe(401)
    await vi.waitFor(() => {
      expect(upstreams.written.at(-1)).toMatchObject({ method: 'notifications/cancelled' })
    })
  })
})

describe('bounds', () => {
  it('R121: other methods are 405 and say which is served; never a page', async () => {
    await setUp()
    for (const [url, method, allow] of [
      [sse, 'POST', 'GET'],
      [sse, 'DELETE', 'GET'],
      [`${host.origin}/servers/mem/messages?session_id=x`, 'GET', 'POST'],
    ] as const) {
      const answer = await send(url, method)
      expect([answer.status, answer.headers.get('allow')]).toEqual([405, allow])
      expect(answer.headers.get('content-type')).toBe('application/problem+json')
    }
  })

  it('a stream counts against the token’s share; a message against its pace and size', async () => {
    await setUp({ maxStreamsPerPrincipal: 1, maxMessagesPerMinute: 6, maxBodyBytes: 500 })
    const line = await openInitialized()
    const refused = await send(sse, 'GET', { accept: 'text/event-stream' })
    expect(refused.status).toBe(429)
    expect(refused.json).toMatchObject({ error: { message: /1 streams open/ } })
    expect((await line.say(call('echo', 1, { filler: 'x'.repeat(600) }))).status).toBe(413)
    expect((await line.say(request('ping'))).status).toBe(202)
    const late = await line.say(request('ping'))
    expect(late.status).toBe(429)
    expect(late.json).toMatchObject({ code: 'rate_limited' })
  })

  it('a reader that does not keep up is disconnected, and its session ends', async () => {
    await setUp({ maxUnreadBytes: 10_000 })
    const { port } = new URL(host.origin)
    const socket = connect(Number(port), '127.0.0.1')
    socket.on('error', () => {})
    socket.write(
      `GET /servers/mem/sse HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`,
    )
    let text = ''
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
    await vi.waitFor(() => expect(text).toContain('session_id='))
    socket.pause()
    const url = `${host.origin}${/data: (\S+)/.exec(text)?.[1]}`
    const params = {
      protocolVersion: '2024-11-05',
      capabilities: {},
      clientInfo: { name: 'o', version: '1' },
    }
    await post(url, request('initialize', params, 'init'))
    // Far more than the kernel buffers on both sides hold.
    const message = 'x'.repeat(500_000)
    let status = 202
    for (let n = 0; n < 100 && status === 202; n++) {
      status = (await post(url, call('echo', n, { arguments: { message } }))).status
    }
    expect(status).toBe(404)
    socket.destroy()
  }, 30_000)

  it('R5: what is not one JSON-RPC message is 400', async () => {
    await setUp()
    const line = await openInitialized()
    expect((await line.say('{')).json).toMatchObject({ error: { code: -32700 } })
    for (const body of [[request('ping')], { id: 1 }, 7]) {
      const answer = await line.say(body)
      expect([answer.status, answer.json?.['error']]).toMatchObject([400, { code: -32600 }])
    }
    expect((await line.say(request('ping'), { 'content-type': 'text/plain' })).status).toBe(415)
  })
})

describe('the official client of 1.x', () => {
  it('R120: connects, lists, calls with progress and hears of changes', async () => {
    await setUp()
    const client = new Client({ name: 'v1', version: '1' })
    const init = { headers: bearer(TOKEN) }
    const transport = new SSEClientTransport(new URL(sse), {
      requestInit: init,
      eventSourceInit: {
        fetch: (url, options) => fetch(url, { ...options, headers: { ...options.headers, ...init.headers } }),
      },
    })
    await client.connect(transport)
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['echo', 'wait', 'region'])
    const result = await client.callTool({ name: 'echo', arguments: { message: 'hi' } })
    expect(result.content).toEqual([{ type: 'text', text: '"hi"' }])
    await client.close()
  })

  it('R121: its Streamable HTTP client learns from 405 that it is to open the stream', async () => {
    await setUp()
    const client = new Client({ name: 'v1', version: '1' })
    const transport = new StreamableHTTPClientTransport(new URL(sse), {
      requestInit: { headers: bearer(TOKEN) },
    })
    await expect(client.connect(transport as Parameters<typeof client.connect>[0])).rejects.toMatchObject({
      code: 405,
    })
  })
})
