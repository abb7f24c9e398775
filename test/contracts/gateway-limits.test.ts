/** Bounds: what is too large, too deep, too many or too slow is refused or ended, and says so. */
import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { SHARED } from '../fakes/traits.ts'
import type { GatewayConfig } from '../../src/gateway/gateway-config.ts'
import { startGatewayHost, type GatewayHost } from '../fakes/gateway-host.ts'
import {
  buildModern,
  openSession,
  openStream,
  post,
  postModern,
  read,
  send,
  start,
} from '../fakes/raw-client.ts'
import { answerPlainly, INITIALIZE_RESULT } from '../fakes/scripted-server.ts'
import { createMemoryUpstreams, idOf, type MemoryUpstreams } from '../fakes/upstreams.ts'

let upstreams: MemoryUpstreams
let host: GatewayHost
let url: string

async function setUp(config: Partial<GatewayConfig>) {
  upstreams = createMemoryUpstreams(INITIALIZE_RESULT, answerPlainly)
  host = await startGatewayHost({ upstreams, config })
  url = host.url('mem')
}
afterEach(() => host.close())

const ping = { jsonrpc: '2.0', id: 1, method: 'ping' }
const wait = () => postModern(url, 'tools/call', { name: 'wait' })

describe('the pace of one token', () => {
  it('is bounded: beyond it 429 with the time to wait, for that token alone', async () => {
    upstreams = createMemoryUpstreams(INITIALIZE_RESULT, answerPlainly)
    const tokens = { hvm_all: ['mcp:call'], hvm_other: ['mcp:call'] }
    host = await startGatewayHost({ upstreams, tokens, config: { maxMessagesPerMinute: 3 } })
    url = host.url('mem')
    const call = (token = 'hvm_all') =>
      postModern(url, 'tools/list', {}, { authorization: `Bearer ${token}` })
    for (let n = 0; n < 3; n++) expect((await call()).status).toBe(200)
    const refused = await call()
    expect(refused.status).toBe(429)
    expect(refused.json).toMatchObject({ code: 'rate_limited', details: { policy: 'mcp' } })
    expect(refused.headers.get('retry-after')).toBe('20')
    expect(refused.headers.get('ratelimit')).toBe('"mcp";r=0;t=20')
    expect((await call('hvm_other')).status).toBe(200)
  })

  it('follows what is configured meanwhile', async () => {
    await setUp({ maxMessagesPerMinute: 1 })
    expect((await postModern(url, 'tools/list', {})).status).toBe(200)
    expect((await postModern(url, 'tools/list', {})).status).toBe(429)
    host.gateway.configure({ maxMessagesPerMinute: 60_000 })
    await vi.waitFor(async () => expect((await postModern(url, 'tools/list', {})).status).toBe(200))
  })

  it('counts every message of a batch', async () => {
    await setUp({ maxMessagesPerMinute: 10 })
    const { headers } = await openSession(url, '2025-03-26')
    const batch = (size: number) => Array.from({ length: size }, (_, id) => ({ ...ping, id }))
    expect((await post(url, batch(4), headers)).status).toBe(200)
    expect((await post(url, batch(8), headers)).status).toBe(429)
  })
})

describe('messages', () => {
  it('R6: a body over the limit is 413, declared or not, and is not parsed', async () => {
    await setUp({ maxBodyBytes: 1000 })
    const declared = await post(url, 'x'.repeat(1001))
    expect(declared.status).toBe(413)
    expect(declared.json).toMatchObject({ code: 'body_too_large' })
    expect(declared.text).toContain('1000 bytes')
    const chunks = new ReadableStream({
      start(controller) {
        for (let n = 0; n < 3; n++) controller.enqueue(new TextEncoder().encode('x'.repeat(500)))
        controller.close()
      },
    })
    const streamed = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer hvm_all' },
      body: chunks,
      duplex: 'half',
    } as RequestInit)
    expect(streamed.status).toBe(413)
    expect((await post(url, 'x'.repeat(1000))).status).toBe(400)
  })

  it('nesting beyond the limit is 400 before the parser runs', async () => {
    await setUp({ maxJsonDepth: 10 })
    const nest = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`
    expect((await post(url, nest(11))).text).toContain('deeper than 10 levels')
    expect((await post(url, nest(10))).text).not.toContain('deeper')
  })

  it('prototype keys are data like any other', async () => {
    await setUp({})
    const { headers } = await openSession(url)
    const body =
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","__proto__":{"polluted":1},' +
      '"arguments":{"message":"a","constructor":{"prototype":{"polluted":1}}},"_meta":{"__proto__":{"x":1}}}}'
    expect((await post(url, body, headers)).status).toBe(200)
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
    const { headers: modern } = buildModern('tools/call', { name: 'echo' })
    const claim =
      '"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}'
    const enveloped = body.replace('"_meta":{', `"_meta":{${claim},`)
    expect((await post(url, enveloped, modern)).status).toBe(200)
    expect(({} as { x?: unknown }).x).toBeUndefined()
  })

  it('what a session keeps for its whole life is small', async () => {
    await setUp({})
    const params = {
      protocolVersion: '2025-11-25',
      capabilities: { experimental: { x: 'x'.repeat(17_000) } },
    }
    const answer = await post(url, { jsonrpc: '2.0', id: 1, method: 'initialize', params })
    expect(answer.status).toBe(400)
    expect(host.sessions.size).toBe(0)
  })

  it('an array may hold so many messages', async () => {
    await setUp({ maxBatch: 2 })
    const { headers } = await openSession(url, '2025-03-26')
    expect((await post(url, [ping, ping], headers)).status).toBe(200)
    expect((await post(url, [ping, ping, ping], headers)).status).toBe(400)
  })
})

describe('calls', () => {
  it('R154: more than fit in flight wait for a place; more than fit in the queue are 503 with the id', async () => {
    await setUp({ maxInFlight: 2, maxQueued: 1 })
    await postModern(url, 'tools/call', { name: 'echo' })
    const running = [wait(), wait()]
    await vi.waitFor(() => expect(upstreams.asked).toHaveLength(2))
    const queued = wait()
    const refused = await vi.waitFor(async () => {
      const answer = await postModern(url, 'tools/call', { name: 'echo' })
      expect(answer.status).toBe(503)
      return answer
    })
    expect(refused.json).toMatchObject({ id: 1, error: { code: -32603, data: { code: 'busy' } } })
    expect(refused.text).toContain('2 calls, and 1 more')
    expect(refused.headers.get('retry-after')).toBe('1')
    expect(upstreams.asked).toHaveLength(2)
    upstreams.asked[0]?.respond({ content: [] })
    await vi.waitFor(() => expect(upstreams.asked).toHaveLength(2))
    for (const asked of upstreams.asked.slice()) asked.respond({ content: [] })
    const statuses = (await Promise.all([...running, queued])).map(({ status }) => status)
    expect(statuses).toEqual([200, 200, 200])
  })

  it('R65: a call without an answer ends with its deadline, and the server is told', async () => {
    await setUp({ callTimeoutMs: 60 })
    const answer = await wait()
    expect(answer.status).toBe(200)
    expect(answer.json).toMatchObject({ id: 1, error: { code: -32603, data: { code: 'call_timeout' } } })
    await vi.waitFor(() => {
      expect(upstreams.written.at(-1)).toMatchObject({ method: 'notifications/cancelled' })
    })
    await vi.waitFor(() => expect(host.calls.map(({ outcome }) => outcome)).toContain('timeout'), 3000)
  })

  it('R65: the deadline is the server’s own where it has one, and never past the longest of the platform', async () => {
    const traits = { ...SHARED, callTimeoutMs: 60 }
    upstreams = createMemoryUpstreams(INITIALIZE_RESULT, answerPlainly, traits)
    host = await startGatewayHost({ upstreams })
    url = host.url('mem')
    expect((await wait()).json).toMatchObject({ error: { data: { code: 'call_timeout' } } })
    await host.close()
    upstreams = createMemoryUpstreams(INITIALIZE_RESULT, answerPlainly, {
      ...SHARED,
      callTimeoutMs: 3_600_000,
    })
    host = await startGatewayHost({ upstreams, config: { callTimeoutMs: 60, callCeilingMs: 80 } })
    url = host.url('mem')
    expect((await wait()).json).toMatchObject({ error: { data: { code: 'call_timeout' } } })
  })

  it('R-71: a server that hangs on calls is given up for a while: callers do not wait, and are told when to come', async () => {
    await setUp({ callTimeoutMs: 60, breakerFailures: 2, breakerMs: 30_000 })
    for (let n = 0; n < 2; n++)
      expect((await wait()).json).toMatchObject({ error: { data: { code: 'call_timeout' } } })
    const calls = () => upstreams.written.filter(({ method }) => method === 'tools/call')
    expect(calls()).toHaveLength(2)
    const refused = await wait()
    expect(refused.status).toBe(503)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(25)
    expect(refused.json).toMatchObject({ id: 1, error: { data: { code: 'server_unresponsive' } } })
    expect(calls()).toHaveLength(2)
    await vi.waitFor(
      () => expect(host.calls.map(({ outcome }) => outcome)).toEqual(['timeout', 'timeout', 'refused']),
      3000,
    )
  })

  it('R-71: the first answer after that lets all calls go again, whatever it says', async () => {
    await setUp({ callTimeoutMs: 200, breakerFailures: 1, breakerMs: 100 })
    await wait()
    expect((await wait()).status).toBe(503)
    await vi.waitFor(async () => {
      const { json } = await postModern(url, 'tools/call', { name: 'echo' })
      expect(json?.['result']).toBeDefined()
    })
    expect((await postModern(url, 'tools/call', { name: 'echo' })).status).toBe(200)
  })

  it('R65, K-21: progress starts the deadline again, up to the ceiling', async () => {
    await setUp({ callTimeoutMs: 200, callCeilingMs: 600 })
    const { body, headers } = buildModern('tools/call', { name: 'wait', _meta: { progressToken: 1 } })
    const pending = post(url, body, headers)
    await vi.waitFor(() => expect(upstreams.asked).toHaveLength(1))
    const [asked] = upstreams.asked
    let progress = 0
    const ticking = setInterval(() => asked?.progress(++progress), 50)
    const { events } = await pending
    clearInterval(ticking)
    expect(events.at(-1)).toMatchObject({ error: { data: { code: 'call_timeout' } } })
    // Had progress not counted, the end would have come after at most four of them.
    expect(events.length).toBeGreaterThan(6)
  })
})

describe('sessions', () => {
  it('past the limit the longest unused one ends, and none that is in use', async () => {
    await setUp({ maxSessionsPerPrincipal: 2 })
    const first = await openSession(url)
    const stream = await openStream(url, { method: 'GET', headers: first.headers })
    const second = await openSession(url)
    await openSession(url)
    expect((await post(url, ping, second.headers)).status).toBe(404)
    expect((await post(url, ping, first.headers)).status).toBe(200)
    expect(host.sessions.size).toBe(2)
    stream.abort()
  })
})

describe('streams', () => {
  it('R154: a principal may open so many GET streams; the next is 429', async () => {
    await setUp({ maxStreamsPerPrincipal: 1 })
    const [one, two] = [await openSession(url), await openSession(url)]
    const stream = await openStream(url, { method: 'GET', headers: one.headers })
    expect((await send(url, 'GET', { ...two.headers, accept: 'text/event-stream' })).status).toBe(429)
    stream.abort()
    await vi.waitFor(async () => {
      const next = await openStream(url, { method: 'GET', headers: two.headers })
      next.abort()
    })
  })

  it('R62: comments keep a stream alive', async () => {
    await setUp({ keepAliveMs: 20 })
    const { headers } = await openSession(url)
    const stream = await openStream(url, { method: 'GET', headers })
    await vi.waitFor(() => expect(stream.text().match(/^: keep-alive$/gm)?.length).toBeGreaterThan(1))
    expect(stream.events).toEqual([])
    stream.abort()
  })

  it('a reader that does not keep up is disconnected, and others are not', async () => {
    await setUp({ maxUnreadBytes: 10_000, coalesceMs: 0 })
    const { headers } = await openSession(url)
    const other = await openSession(url)
    const kept = await openStream(url, { method: 'GET', headers: other.headers })
    await post(
      url,
      { jsonrpc: '2.0', id: 1, method: 'resources/subscribe', params: { uri: 'test://a' } },
      headers,
    )
    const socket = await openSilentStream(headers)
    // Far more than the kernel buffers on both sides hold.
    const filler = 'x'.repeat(15_000)
    for (let n = 0; n < 2000; n++) {
      upstreams.emit('notifications/resources/updated', { uri: `test://a/${n}`, filler })
      await new Promise((resolve) => setImmediate(resolve))
    }
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    socket.resume()
    await closed
    upstreams.emit('notifications/tools/list_changed')
    await vi.waitFor(() => expect(kept.events).toHaveLength(1))
    kept.abort()
  }, 30_000)
})

describe('the framing of streams', () => {
  const buildHead = (headers: Record<string, string>) =>
    Object.entries({ ...headers, host: new URL(url).host, authorization: 'Bearer hvm_all' })
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('')
  const openRaw = (text: string) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    let got = ''
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => (got += chunk.toString()))
    socket.write(text)
    return { socket, got: () => got }
  }

  it('is none for a client of HTTP/1.0', async () => {
    await setUp({ coalesceMs: 0 })
    const { headers } = await openSession(url, '2025-06-18')
    const get = `GET /servers/mem/mcp HTTP/1.0\r\naccept: text/event-stream\r\n${buildHead(headers)}\r\n`
    const { socket, got } = openRaw(get)
    await vi.waitFor(() => expect(got()).toContain('text/event-stream'))
    upstreams.emit('notifications/tools/list_changed')
    await vi.waitFor(() => expect(got()).toContain('list_changed'))
    expect(got().split('\r\n\r\n')[1]).toMatch(/^event: message\nid: \S+\ndata: .*\n\n$/)
    socket.destroy()
  })

  it('holds for a stream that waits behind another answer on its connection', async () => {
    await setUp({ coalesceMs: 0 })
    const { headers } = await openSession(url, '2025-06-18')
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'wait' } })
    const head = buildHead(headers)
    const first = `POST /servers/mem/mcp HTTP/1.1\r\n${head}content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
    const second = `GET /servers/mem/mcp HTTP/1.1\r\naccept: text/event-stream\r\n${head}\r\n`
    const { socket, got } = openRaw(first + second)
    await vi.waitFor(() => expect(upstreams.asked).toHaveLength(1))
    upstreams.emit('notifications/tools/list_changed')
    await new Promise((resolve) => setTimeout(resolve, 30))
    upstreams.asked[0]?.respond({ content: [] })
    await vi.waitFor(() => expect(got()).toContain('list_changed'))
    upstreams.emit('notifications/resources/list_changed')
    await vi.waitFor(() => expect(got()).toContain('resources/list_changed'))
    expect(got().match(/HTTP\/1\.1 200/g)).toHaveLength(2)
    const chunks = got().split('\r\n\r\n').slice(2).join('\r\n\r\n')
    expect(chunks).toMatch(
      /^[0-9a-f]+\r\nevent: message\nid: \S+\ndata: .*\n\n\r\n[0-9a-f]+\r\nevent: message\nid: \S+\ndata: .*\n\n\r\n$/,
    )
    socket.destroy()
  })
})

/** A GET stream whose bytes nobody reads yet. */
async function openSilentStream(headers: Record<string, string>): Promise<Socket> {
  const { port } = new URL(url)
  const socket = connect(Number(port), '127.0.0.1')
  const lines = Object.entries({ ...headers, authorization: 'Bearer hvm_all', accept: 'text/event-stream' })
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  socket.on('error', () => {})
  socket.write(`GET /servers/mem/mcp HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${head}\r\n`)
  await new Promise((resolve) => socket.once('readable', resolve))
  socket.pause()
  return socket
}

describe('inside the platform', () => {
  const principal = { id: 'local', kind: 'local' as const, name: 'local', grants: ['mcp:call:mem:echo'] }
  const signal = () => new AbortController().signal

  it('tools are listed over all pages and called under the same grants', async () => {
    await setUp({})
    const { hostedTools } = host.gateway
    const listed = await hostedTools.list('mem', { ...principal, grants: ['mcp:call'] }, signal())
    expect(listed.map(({ name }) => name)).toEqual(['echo', 'wait', 'region'])
    expect((await hostedTools.list('mem', principal, signal())).map(({ name }) => name)).toEqual(['echo'])
    const result = await hostedTools.call('mem', 'echo', { message: 'hi' }, principal, signal())
    expect(result).toEqual({ content: [{ type: 'text', text: '"hi"' }] })
    await expect(hostedTools.call('mem', 'wait', {}, principal, signal())).rejects.toMatchObject({
      code: 'forbidden',
    })
    const all = { ...principal, grants: ['mcp:call'] }
    await expect(hostedTools.list('none', all, signal())).rejects.toMatchObject({ code: 'server_not_found' })
  })

  it('resources and prompts are read by whoever may use the whole server, and by nobody else', async () => {
    const capabilities = { tools: {}, resources: {}, prompts: {} }
    upstreams = createMemoryUpstreams({ ...INITIALIZE_RESULT, capabilities }, (asked) => {
      const { method, params } = asked
      if (method === 'resources/list') asked.respond({ resources: [{ uri: 'a:1' }] })
      else if (method === 'resources/templates/list') asked.fail(-32601, 'Method not found')
      else if (method === 'resources/read') asked.respond({ contents: [{ uri: params?.['uri'] ?? '' }] })
      else if (method === 'prompts/get') asked.fail(-32602, 'No such prompt')
      else answerPlainly(asked)
    })
    host = await startGatewayHost({ upstreams })
    const all = { ...principal, grants: ['mcp:call'] }
    const { hostedTools } = host.gateway
    // Those without templates are many.
    expect(await hostedTools.consult('mem', { kind: 'resources' }, all, signal())).toEqual({
      resources: [{ uri: 'a:1' }],
      templates: [],
    })
    expect(await hostedTools.consult('mem', { kind: 'resource', uri: 'a:2' }, all, signal())).toEqual({
      contents: [{ uri: 'a:2' }],
    })
    const prompt = { kind: 'prompt', name: 'x', arguments: {} } as const
    await expect(hostedTools.consult('mem', prompt, all, signal())).rejects.toMatchObject({
      code: 'server_error',
      message: 'No such prompt',
    })
    await expect(
      hostedTools.consult('mem', { kind: 'resources' }, principal, signal()),
    ).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('a tool that does not exist is told from one that refuses its arguments', async () => {
    upstreams = createMemoryUpstreams(INITIALIZE_RESULT, (asked) => {
      if (asked.method === 'tools/call') asked.fail(-32602, 'Unknown tool or bad arguments')
      else answerPlainly(asked)
    })
    host = await startGatewayHost({ upstreams })
    const all = { ...principal, grants: ['mcp:call'] }
    const callTool = (tool: string) => host.gateway.hostedTools.call('mem', tool, {}, all, signal())
    await expect(callTool('none')).rejects.toMatchObject({ code: 'tool_not_found' })
    await expect(callTool('echo')).rejects.toMatchObject({
      code: 'server_error',
      message: 'Unknown tool or bad arguments',
    })
  })

  it('the caller’s signal ends the wait for a server that is starting', async () => {
    host = await startGatewayHost({
      upstreams: {
        findByName: () => idOf('mem'),
        names: () => [],
        beside: () => null,
        isUnfit: () => false,
        current: () => null,
        traits: () => SHARED,
        release: () => {},
        open: () => new Promise(() => {}),
      },
    })
    const controller = new AbortController()
    const all = { ...principal, grants: ['mcp:call'] }
    const listed = host.gateway.hostedTools.list('mem', all, controller.signal)
    const called = host.gateway.hostedTools.call('mem', 'echo', {}, all, controller.signal)
    controller.abort(new Error('enough'))
    await expect(listed).rejects.toThrow('enough')
    await expect(called).rejects.toThrow('enough')
  })

  it('the caller’s signal cancels the call', async () => {
    await setUp({})
    const controller = new AbortController()
    const all = { ...principal, grants: ['mcp:call'] }
    const pending = host.gateway.hostedTools.call('mem', 'wait', {}, all, controller.signal)
    await vi.waitFor(() => expect(upstreams.asked).toHaveLength(1))
    controller.abort(new Error('enough'))
    await expect(pending).rejects.toThrow('enough')
    await vi.waitFor(() => {
      expect(upstreams.written.at(-1)).toMatchObject({ method: 'notifications/cancelled' })
    })
  })
})

describe('close', () => {
  it('answers what is in flight and writes every call record', async () => {
    await setUp({})
    await postModern(url, 'tools/call', { name: 'echo' })
    const { body, headers } = buildModern('tools/call', { name: 'wait' }, 'w')
    const pending = start(url, body, headers).then(read)
    await vi.waitFor(() => expect(upstreams.asked).toHaveLength(1))
    await host.gateway.close()
    expect((await pending).json).toMatchObject({ id: 'w', error: { data: { code: 'not_ready' } } })
    const echoed = host.calls.find(({ tool }) => tool === 'echo')
    expect(echoed).toMatchObject({
      serverId: 'srv_mem',
      principalId: 'token:hvm_all',
      method: 'tools/call',
      protocolVersion: '2026-07-28',
      outcome: 'ok',
    })
    expect(echoed?.milliseconds).toBeGreaterThan(0)
  })
})
