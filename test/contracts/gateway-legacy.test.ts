/** Clients of 2025-03-26, 2025-06-18 and 2025-11-25: sessions over one shared process. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { AppError } from '../../src/domain/error.ts'
import { startGatewayHost, type GatewayHost } from '../fakes/gateway-host.ts'
import { openSession, openStream, post, send } from '../fakes/raw-client.ts'
import { answerPlainly, INITIALIZE_RESULT } from '../fakes/scripted-server.ts'
import { createMemoryUpstreams, idOf, type MemoryUpstreams } from '../fakes/upstreams.ts'

let upstreams: MemoryUpstreams
let host: GatewayHost
let url: string

beforeEach(async () => {
  upstreams = createMemoryUpstreams(INITIALIZE_RESULT, answerPlainly)
  host = await startGatewayHost({ upstreams, config: { coalesceMs: 5 } })
  url = host.url('mem')
})
afterEach(() => host.close())

const request = (method: string, params?: object, id: string | number = 1) => ({
  jsonrpc: '2.0',
  id,
  method,
  ...(params === undefined ? {} : { params }),
})
const call = (name: string, id: string | number = 1, extra: object = {}) =>
  request('tools/call', { name, ...extra }, id)
const notification = (method: string, params?: object) => ({ jsonrpc: '2.0', method, params })

describe('initialize', () => {
  it.each([
    ['2025-03-26', '2025-03-26'],
    ['2025-06-18', '2025-06-18'],
    ['2025-11-25', '2025-11-25'],
    ['2024-11-05', '2024-11-05'],
    ['1999-01-01', '2025-11-25'],
  ])('R100: a client of %s gets %s', async (asked, given) => {
    const { result } = await openSession(url, asked)
    expect(result['protocolVersion']).toBe(given)
  })

  it('is answered by the gateway, without tasks and without asking the server again', async () => {
    const { result } = await openSession(url)
    expect(result).toEqual({
      protocolVersion: '2025-11-25',
      capabilities: {
        tools: { listChanged: true },
        prompts: {},
        resources: { subscribe: true, listChanged: true },
        logging: {},
      },
      serverInfo: { name: 'scripted', version: '9', title: 'Scripted', icons: [{ src: 'data:,' }] },
      instructions: 'Ask.',
    })
    expect(upstreams.written).toEqual([])
  })

  it('R111: server information holds only what the revision knows', async () => {
    expect((await openSession(url, '2025-06-18')).result['serverInfo']).toEqual({
      name: 'scripted',
      version: '9',
      title: 'Scripted',
    })
    expect((await openSession(url, '2025-03-26')).result['serverInfo']).toEqual({
      name: 'scripted',
      version: '9',
    })
  })

  it('R101: the session id has 256 random bits of visible ASCII and is stored', async () => {
    const { headers } = await openSession(url)
    const id = headers['mcp-session-id'] ?? ''
    expect(id).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(host.sessions.get(id)).toMatchObject({
      principalId: 'token:hvm_all',
      serverId: 'srv_mem',
      protocolVersion: '2025-11-25',
      initializeParams: { clientInfo: { name: 'raw' } },
    })
  })
})

describe('session', () => {
  it('R101: is asked for: 400 without an id, 404 with an unknown one', async () => {
    expect((await post(url, request('tools/list'))).status).toBe(400)
    const unknown = await post(url, request('tools/list', undefined, 4), { 'mcp-session-id': 'nope' })
    expect(unknown.status).toBe(404)
    expect(unknown.json).toMatchObject({ id: 4, error: { code: 404 } })
  })

  it('R102: ends with DELETE, and is 404 afterwards', async () => {
    const { headers } = await openSession(url)
    expect((await send(url, 'DELETE', headers)).status).toBe(204)
    expect((await post(url, request('ping'), headers)).status).toBe(404)
    expect((await send(url, 'DELETE', headers)).status).toBe(404)
    expect(host.sessions.size).toBe(0)
  })

  it('R8, R121: GET and DELETE without a session are 405', async () => {
    for (const method of ['GET', 'DELETE']) {
      const answer = await send(url, method)
      expect(answer.status).toBe(405)
      expect(answer.headers.get('allow')).toBe('POST')
    }
    expect((await send(url, 'PUT')).status).toBe(405)
  })

  it('R103: a version header other than the negotiated one is 400; none is fine', async () => {
    const { headers } = await openSession(url)
    const say = (version: string | undefined) =>
      post(url, request('ping'), { ...headers, 'mcp-protocol-version': version })
    expect((await say(undefined)).status).toBe(200)
    expect((await say('2025-06-18')).status).toBe(400)
    expect((await say('2024-99-99')).status).toBe(400)
  })

  it('survives a restart of the daemon, with its subscriptions and log level', async () => {
    const { headers } = await openSession(url)
    await post(url, request('resources/subscribe', { uri: 'test://a' }), headers)
    await post(url, request('logging/setLevel', { level: 'info' }), headers)
    await host.close()
    const again = await startGatewayHost({ upstreams, sessions: host.sessions, config: { coalesceMs: 5 } })
    const there = again.url('mem')
    upstreams.crash()
    const stream = await openStream(there, { method: 'GET', headers })
    await vi.waitFor(() => {
      expect(upstreams.written.filter(({ method }) => method === 'resources/subscribe')).toHaveLength(2)
    })
    upstreams.emit('notifications/resources/updated', { uri: 'test://a' })
    await vi.waitFor(() => {
      expect(stream.events).toContainEqual({
        jsonrpc: '2.0',
        method: 'notifications/resources/updated',
        params: { uri: 'test://a' },
      })
    })
    expect((await post(there, call('echo'), headers)).status).toBe(200)
    const levels = upstreams.written.filter(({ method }) => method === 'logging/setLevel')
    expect(levels.map(({ params }) => params)).toEqual([{ level: 'info' }, { level: 'info' }])
    stream.abort()
    await again.close()
  })

  it('is released with its server', async () => {
    const { headers } = await openSession(url)
    const stream = await openStream(url, { method: 'GET', headers })
    const pending = post(url, call('wait'), headers)
    await vi.waitFor(() => expect(upstreams.asked).toHaveLength(1))
    host.gateway.forgetServer(idOf('mem'))
    await stream.ended
    expect((await pending).json).toMatchObject({ error: { data: { code: 'server_not_found' } } })
    expect(host.sessions.size).toBe(0)
  })
})

describe('requests', () => {
  it('R67: ids come back as they were, in their JSON type, though all clients use the same', async () => {
    const [one, two] = [await openSession(url), await openSession(url)]
    const answers = await Promise.all([
      post(url, call('echo', 1, { arguments: { message: 'a' } }), one.headers),
      post(url, call('echo', '1', { arguments: { message: 'b' } }), one.headers),
      post(url, call('echo', 1, { arguments: { message: 'c' } }), two.headers),
    ])
    expect(answers.map(({ json }) => json?.['id'])).toEqual([1, '1', 1])
    expect(answers.map(({ text }) => /\\"([abc])\\"/.exec(text)?.[1])).toEqual(['a', 'b', 'c'])
    const ids = upstreams.written.map(({ id }) => id)
    expect(new Set(ids).size).toBe(3)
  })

  it('R104: JSON with a length when nothing comes first; 202 for notifications and responses', async () => {
    const { headers } = await openSession(url)
    const answer = await post(url, call('echo'), headers)
    expect(answer.headers.get('content-type')).toBe('application/json')
    expect(answer.headers.get('content-length')).toBe(String(Buffer.byteLength(answer.text)))
    for (const body of [notification('notifications/initialized'), { jsonrpc: '2.0', id: 1, result: {} }]) {
      const accepted = await post(url, body, headers)
      expect(accepted.status).toBe(202)
      expect(accepted.text).toBe('')
    }
  })

  it('R91: progress makes the answer a stream, under the client’s token, and ends with the response', async () => {
    const { headers } = await openSession(url)
    const pending = post(url, call('wait', 'x', { _meta: { progressToken: 'mine', trace: 1 } }), headers)
    await vi.waitFor(() => expect(upstreams.asked).toHaveLength(1))
    const [asked] = upstreams.asked
    expect(asked?.params?.['_meta']).toEqual({
      trace: 1,
      progressToken: asked?.id,
      traceparent: expect.any(String) as string,
    })
    asked?.progress(1)
    asked?.progress(2)
    asked?.respond({ content: [] })
    const { events, headers: got } = await pending
    expect(got.get('content-type')).toBe('text/event-stream')
    expect(got.get('x-accel-buffering')).toBe('no')
    expect(events).toEqual([
      {
        jsonrpc: '2.0',
        method: 'notifications/progress',
        params: { progressToken: 'mine', progress: 1 },
      },
      {
        jsonrpc: '2.0',
        method: 'notifications/progress',
        params: { progressToken: 'mine', progress: 2 },
      },
      { jsonrpc: '2.0', id: 'x', result: { content: [] } },
    ])
  })

  it('R106: a notification cancels, of this session only; the answer ends without a response', async () => {
    const [one, two] = [await openSession(url), await openSession(url)]
    const pending = post(url, call('wait', 7), one.headers)
    await vi.waitFor(() => expect(upstreams.asked).toHaveLength(1))
    const upstreamId = upstreams.asked[0]?.id
    await post(url, notification('notifications/cancelled', { requestId: 7 }), two.headers)
    await post(url, notification('notifications/cancelled', { requestId: '7' }), one.headers)
    await post(url, request('ping'), one.headers)
    expect(upstreams.written.filter(({ method }) => method === 'notifications/cancelled')).toEqual([])
    await post(url, notification('notifications/cancelled', { requestId: 7, reason: 'enough' }), one.headers)
    const answer = await pending
    expect(answer.events).toEqual([])
    expect(answer.headers.get('content-type')).toBe('text/event-stream')
    await vi.waitFor(() => {
      expect(upstreams.written.at(-1)).toEqual({
        jsonrpc: '2.0',
        method: 'notifications/cancelled',
        params: { requestId: upstreamId, reason: 'enough' },
      })
    })
  })

  it('R106: a lost connection does not cancel', async () => {
    const { headers } = await openSession(url)
    const controller = new AbortController()
    const pending = post(url, call('wait'), headers, controller.signal)
    await vi.waitFor(() => expect(upstreams.asked).toHaveLength(1))
    controller.abort()
    await expect(pending).rejects.toThrow('aborted')
    await post(url, call('echo'), headers)
    expect(upstreams.written.some(({ method }) => method === 'notifications/cancelled')).toBe(false)
    upstreams.asked[0]?.respond({ content: [] })
    await vi.waitFor(() => expect(host.calls.filter(({ outcome }) => outcome === 'ok')).toHaveLength(2), 3000)
  })

  it('R109: ping is the gateway’s, even while the server is down', async () => {
    const { headers } = await openSession(url)
    upstreams.crash(new AppError('server_not_running', 'mem is stopped'))
    expect((await post(url, request('ping', undefined, 'p'), headers)).json).toEqual({
      jsonrpc: '2.0',
      id: 'p',
      result: {},
    })
  })

  it('passes errors of the server on as they are', async () => {
    const { headers } = await openSession(url)
    const answer = await post(url, request('resources/read', { uri: 'x' }), headers)
    expect(answer.status).toBe(200)
    expect(answer.json).toEqual({
      jsonrpc: '2.0',
      id: 1,
      error: { code: -32002, message: 'Resource not found' },
    })
  })

  it('hides tasks: no method, no parameter, no sign on a tool', async () => {
    const { headers } = await openSession(url)
    expect((await post(url, request('tasks/list'), headers)).json).toMatchObject({ error: { code: -32601 } })
    await post(url, call('echo', 1, { task: { ttl: 1 } }), headers)
    expect(upstreams.written.at(-1)?.['params']).toEqual({
      name: 'echo',
      _meta: { traceparent: expect.any(String) as string },
    })
    expect((await post(url, request('tools/list'), headers)).text).not.toContain('taskSupport')
  })

  it('R7: refuses an Accept that leaves no way to answer; missing or */* is both', async () => {
    const { headers } = await openSession(url)
    const say = (accept: string | undefined) => post(url, request('ping'), { ...headers, accept })
    expect((await say('application/json')).status).toBe(406)
    expect((await say('text/event-stream')).status).toBe(406)
    expect((await say('*/*')).status).toBe(200)
    expect((await say('application/*, text/*')).status).toBe(200)
  })
})

describe('arrays', () => {
  it('R108: 2025-03-26 gets each answered, and the server never sees an array', async () => {
    const { headers } = await openSession(url, '2025-03-26')
    const { json, status } = await post(
      url,
      [
        call('echo', 1, { arguments: { message: 'a' } }),
        notification('notifications/initialized'),
        call('echo', 'b'),
      ],
      headers,
    )
    expect(status).toBe(200)
    expect((json as unknown as { id: unknown }[]).map(({ id }) => id)).toEqual([1, 'b'])
    expect(upstreams.written.every((message) => !Array.isArray(message))).toBe(true)
    const accepted = await post(url, [notification('notifications/initialized')], headers)
    expect(accepted.status).toBe(202)
  })

  it('R108: a notification in between makes one stream of all answers', async () => {
    const { headers } = await openSession(url, '2025-03-26')
    const pending = post(url, [call('echo', 1), call('wait', 2, { _meta: { progressToken: 5 } })], headers)
    await vi.waitFor(() => expect(upstreams.asked).toHaveLength(1))
    upstreams.asked[0]?.progress(1)
    upstreams.asked[0]?.respond({ content: [] })
    const { events } = await pending
    expect(events.map((event) => event['id'] ?? event['method'])).toEqual([1, 'notifications/progress', 2])
  })

  it('R108: later revisions get 400 and -32600', async () => {
    for (const version of ['2025-06-18', '2025-11-25']) {
      const { headers } = await openSession(url, version)
      const answer = await post(url, [request('ping')], headers)
      expect(answer.status).toBe(400)
      expect(answer.json).toMatchObject({ error: { code: -32600 } })
    }
  })
})

describe('announcements', () => {
  it('R105, R133: reach each session once, on its stream; a burst is one', async () => {
    const [one, two] = [await openSession(url), await openSession(url)]
    const streams = await Promise.all(
      [one, two].map(({ headers }) => openStream(url, { method: 'GET', headers })),
    )
    for (let n = 0; n < 5; n++) upstreams.emit('notifications/tools/list_changed')
    const expected = [{ jsonrpc: '2.0', method: 'notifications/tools/list_changed', params: {} }]
    await vi.waitFor(() => expect(streams.map(({ events }) => events)).toEqual([expected, expected]))
    for (const stream of streams) stream.abort()
  })

  it('R110: wait, bounded, for the next stream when none is open', async () => {
    const { headers } = await openSession(url)
    upstreams.emit('notifications/tools/list_changed')
    upstreams.emit('notifications/resources/list_changed')
    await new Promise((resolve) => setTimeout(resolve, 30))
    const stream = await openStream(url, { method: 'GET', headers })
    await vi.waitFor(() => expect(stream.events).toHaveLength(2))
    stream.abort()
  })

  it('of a client pass where they are notifications, and a request without its id is none', async () => {
    const { headers } = await openSession(url)
    await post(url, notification('tools/call', { name: 'a' }), headers)
    await post(url, notification('notifications/of/its/own', { a: 1 }), headers)
    const methods = upstreams.written.map(({ method }) => method)
    expect(methods).toContain('notifications/of/its/own')
    expect(methods).not.toContain('tools/call')
  })

  it('counts subscriptions: the first subscribes, the last unsubscribes, others hear nothing', async () => {
    const [one, two, three] = [await openSession(url), await openSession(url), await openSession(url)]
    const streams = await Promise.all(
      [one, two, three].map(({ headers }) => openStream(url, { method: 'GET', headers })),
    )
    const subscribe = request('resources/subscribe', { uri: 'test://a' })
    const unsubscribe = request('resources/unsubscribe', { uri: 'test://a' })
    expect((await post(url, subscribe, one.headers)).json).toMatchObject({ result: {} })
    await post(url, subscribe, two.headers)
    await post(url, subscribe, two.headers)
    upstreams.emit('notifications/resources/updated', { uri: 'test://a/b' })
    await vi.waitFor(() => expect(streams[1]?.events).toHaveLength(1))
    expect(streams[0]?.events).toHaveLength(1)
    expect(streams[2]?.events).toEqual([])
    await post(url, unsubscribe, one.headers)
    const sent = () => upstreams.written.map(({ method }) => method)
    expect(sent()).toEqual(['resources/subscribe'])
    await send(url, 'DELETE', two.headers)
    await vi.waitFor(() => expect(sent()).toEqual(['resources/subscribe', 'resources/unsubscribe']))
    for (const stream of streams) stream.abort()
  })

  it('R135: after a crash the streams stay, the server is opened again, and lists count as changed', async () => {
    const { headers } = await openSession(url)
    await post(url, request('resources/subscribe', { uri: 'test://a' }), headers)
    const stream = await openStream(url, { method: 'GET', headers })
    const pending = post(url, call('wait', 3), headers)
    await vi.waitFor(() => expect(upstreams.asked).toHaveLength(1))
    upstreams.crash()
    expect((await pending).json).toMatchObject({
      id: 3,
      error: { code: -32603, data: { code: 'server_stopped_answering' } },
    })
    await vi.waitFor(() => {
      expect(stream.events.map(({ method }) => method)).toEqual([
        'notifications/tools/list_changed',
        'notifications/resources/list_changed',
      ])
    }, 3000)
    expect(upstreams.written.filter(({ method }) => method === 'resources/subscribe')).toHaveLength(2)
    stream.abort()
  })

  it('a newer GET stream takes the place of the older one', async () => {
    const { headers } = await openSession(url)
    const older = await openStream(url, { method: 'GET', headers })
    const newer = await openStream(url, { method: 'GET', headers })
    await older.ended
    upstreams.emit('notifications/tools/list_changed')
    await vi.waitFor(() => expect(newer.events).toHaveLength(1))
    newer.abort()
  })
})

describe('logs', () => {
  const log = (level: string) => upstreams.emit('notifications/message', { level, data: level })

  it('R92: reach the one call in flight that asked for logs, from its level on', async () => {
    const { headers } = await openSession(url)
    await post(url, request('logging/setLevel', { level: 'warning' }), headers)
    const pending = post(url, call('wait', 1), headers)
    await vi.waitFor(() => expect(upstreams.asked).toHaveLength(1))
    log('info')
    log('error')
    upstreams.asked[0]?.respond({ content: [] })
    const { events } = await pending
    expect(events.map(({ params }) => params)).toEqual([{ level: 'error', data: 'error' }, undefined])
  })

  it('R92: are dropped when several calls asked, and when none did', async () => {
    const [one, two] = [await openSession(url), await openSession(url)]
    for (const { headers } of [one, two]) {
      await post(url, request('logging/setLevel', { level: 'debug' }), headers)
    }
    const pending = [post(url, call('wait'), one.headers), post(url, call('wait'), two.headers)]
    await vi.waitFor(() => expect(upstreams.asked).toHaveLength(2))
    log('error')
    for (const asked of upstreams.asked.slice()) asked.respond({ content: [] })
    for (const { headers } of await Promise.all(pending)) {
      expect(headers.get('content-type')).toBe('application/json')
    }
  })

  it('setLevel refuses a level that is none', async () => {
    const { headers } = await openSession(url)
    const answer = await post(url, request('logging/setLevel', { level: 'loud' }), headers)
    expect(answer.json).toMatchObject({ error: { code: -32602 } })
  })
})
