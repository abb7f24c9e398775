/** Streams whose connection breaks: what a client gets that comes back with the id of the last event it saw. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { GatewayConfig } from '../../src/gateway/gateway-config.ts'
import { startGatewayHost, TOKEN, type GatewayHost } from '../fakes/gateway-host.ts'
import { buildModern, openSession, openStream, post, send, type OpenStream } from '../fakes/raw-client.ts'
import { answerPlainly, INITIALIZE_RESULT } from '../fakes/scripted-server.ts'
import { createMemoryUpstreams, type Asked, type MemoryUpstreams } from '../fakes/upstreams.ts'

let upstreams: MemoryUpstreams
let host: GatewayHost
let url: string

async function setUp(config: Partial<GatewayConfig> = {}) {
  upstreams = createMemoryUpstreams(INITIALIZE_RESULT, answerPlainly)
  host = await startGatewayHost({ upstreams, config: { coalesceMs: 0, ...config } })
  url = host.url('mem')
}
afterEach(() => host.close())

type Headers = Record<string, string>

const callBody = (id: string | number) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name: 'wait', _meta: { progressToken: 't' } },
})
const listIds = (stream: OpenStream) => [...stream.text().matchAll(/^id: (.*)$/gm)].map(([, id]) => id ?? '')
const get = (headers: Headers, last?: string) =>
  openStream(url, {
    method: 'GET',
    headers: {
      ...headers,
      accept: 'text/event-stream',
      ...(last === undefined ? {} : { 'last-event-id': last }),
    },
  })
const announce = async (stream: OpenStream, count: number) => {
  upstreams.emit('notifications/tools/list_changed')
  await vi.waitFor(() => expect(stream.events).toHaveLength(count))
}

/** A call that has become a stream by one progress notification, and what the server knows of it. */
async function startCall(headers: Headers, id: string | number = 7) {
  const before = upstreams.asked.length
  const opening = openStream(url, { method: 'POST', body: callBody(id), headers })
  await vi.waitFor(() => expect(upstreams.asked.length).toBe(before + 1))
  const asked = upstreams.asked.at(-1) as Asked
  asked.progress(1)
  const stream = await opening
  await vi.waitFor(() => expect(stream.events).toHaveLength(1))
  return { stream, asked, last: listIds(stream).at(-1) ?? '' }
}
const result = (text: string) => ({ content: [{ type: 'text', text }] })

describe('the answer to a call', () => {
  it('R106, R107: goes on without its connection, and is had whole by coming back', async () => {
    await setUp()
    const { headers } = await openSession(url)
    const { stream, asked, last } = await startCall(headers)
    stream.abort()
    await stream.ended
    asked.progress(2)
    asked.progress(3)
    const resumed = await get(headers, last)
    await vi.waitFor(() => expect(resumed.events).toHaveLength(2))
    asked.progress(4)
    asked.respond(result('done'))
    await resumed.ended
    expect(
      resumed.events.map(({ params, ...event }) => (params as { progress?: number })?.progress ?? event),
    ).toEqual([2, 3, 4, { jsonrpc: '2.0', id: 7, result: result('done') }])
    expect(upstreams.written.some(({ method }) => method === 'notifications/cancelled')).toBe(false)
  })

  it('R107: that was complete meanwhile is replayed, ends there, and can be had again', async () => {
    await setUp()
    const { headers } = await openSession(url)
    const { stream, asked, last } = await startCall(headers)
    stream.abort()
    await stream.ended
    asked.respond(result('late'))
    await post(url, { jsonrpc: '2.0', id: 1, method: 'ping' }, headers)
    for (let n = 0; n < 2; n++) {
      const resumed = await get(headers, last)
      await resumed.ended
      expect(resumed.events).toEqual([{ jsonrpc: '2.0', id: 7, result: result('late') }])
    }
  })

  it('R107: brings only its own messages, of several calls', async () => {
    await setUp()
    const { headers } = await openSession(url)
    const one = await startCall(headers, 1)
    const two = await startCall(headers, 2)
    one.stream.abort()
    two.stream.abort()
    await Promise.all([one.stream.ended, two.stream.ended])
    one.asked.respond(result('one'))
    two.asked.respond(result('two'))
    await post(url, { jsonrpc: '2.0', id: 'p', method: 'ping' }, headers)
    const resumed = await get(headers, two.last)
    await resumed.ended
    expect(resumed.events).toEqual([{ jsonrpc: '2.0', id: 2, result: result('two') }])
  })

  it('is taken over by whoever comes back, while the first connection still seems to live', async () => {
    await setUp()
    const { headers } = await openSession(url)
    const { stream, asked, last } = await startCall(headers)
    const resumed = await get(headers, last)
    await stream.ended
    asked.respond(result('done'))
    await resumed.ended
    expect(stream.events).toHaveLength(1)
    expect(resumed.events).toEqual([{ jsonrpc: '2.0', id: 7, result: result('done') }])
  })

  it('R107: that takes long becomes a stream at once primed to be resumed, from 2025-11-25 on', async () => {
    await setUp({ slowAnswerMs: 20 })
    const { headers } = await openSession(url)
    const stream = await openStream(url, { method: 'POST', body: callBody(7), headers })
    await vi.waitFor(() => expect(stream.text()).toMatch(/^id: (.+)\nretry: 1000\ndata: \n\n$/))
    const [asked] = upstreams.asked
    stream.abort()
    await stream.ended
    asked?.respond(result('slow'))
    const resumed = await get(headers, listIds(stream)[0])
    await resumed.ended
    expect(resumed.events).toEqual([{ jsonrpc: '2.0', id: 7, result: result('slow') }])
  })

  it('of an earlier revision stays JSON however long it takes, and has no priming event', async () => {
    await setUp({ slowAnswerMs: 10 })
    const { headers } = await openSession(url, '2025-06-18')
    const pending = post(url, { ...callBody(7), params: { name: 'wait' } }, headers)
    await vi.waitFor(() => expect(upstreams.asked).toHaveLength(1))
    await new Promise((resolve) => setTimeout(resolve, 60))
    upstreams.asked[0]?.respond(result('plain'))
    expect((await pending).headers.get('content-type')).toBe('application/json')
    const { stream, asked } = await startCall(headers)
    asked.respond(result('x'))
    await stream.ended
    expect(stream.text()).not.toContain('retry:')
    expect(listIds(stream)).toHaveLength(2)
  })

  it('R110: announcements do not go down a stream that nobody reads', async () => {
    await setUp()
    const { headers } = await openSession(url)
    const { stream, asked, last } = await startCall(headers)
    stream.abort()
    await stream.ended
    await post(url, { jsonrpc: '2.0', id: 'p', method: 'ping' }, headers)
    const own = await get(headers)
    await announce(own, 1)
    asked.respond(result('done'))
    const resumed = await get(headers, last)
    await resumed.ended
    expect(resumed.events).toEqual([{ jsonrpc: '2.0', id: 7, result: result('done') }])
    own.abort()
  })
})

describe('an answer that is not kept', () => {
  it('because it was cancelled is told to be lost, under the id of its request', async () => {
    await setUp()
    const { headers } = await openSession(url)
    const { stream, last } = await startCall(headers, 'seven')
    const cancel = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'seven' } }
    await post(url, cancel, headers)
    await stream.ended
    const resumed = await get(headers, last)
    await resumed.ended
    expect(resumed.events).toMatchObject([
      { id: 'seven', error: { code: -32603, data: { code: 'answer_lost' } } },
    ])
  })

  it('because the platform was started again is told to be lost; ids never come again', async () => {
    await setUp()
    const { headers } = await openSession(url)
    const { stream, last } = await startCall(headers)
    await host.close()
    await stream.ended
    host = await startGatewayHost({ upstreams, sessions: host.sessions, generation: 2 })
    url = host.url('mem')
    const resumed = await get(headers, last)
    await resumed.ended
    expect(resumed.events).toMatchObject([{ id: 7, error: { data: { code: 'answer_lost' } } }])
    const again = await startCall(headers)
    expect(listIds(stream)).not.toEqual([])
    expect(listIds(again.stream).filter((id) => listIds(stream).includes(id))).toEqual([])
    again.asked.respond(result('x'))
    await again.stream.ended
  })

  it('and whose request is not known is 405, so that nobody asks for ever', async () => {
    await setUp()
    const { headers } = await openSession(url)
    const answer = await send(url, 'GET', {
      ...headers,
      accept: 'text/event-stream',
      'last-event-id': '1.99.0',
    })
    expect(answer.status).toBe(405)
  })
})

describe('the session’s own stream', () => {
  it('R105, R107: goes on after the last event that was seen, under ids that never repeat', async () => {
    await setUp()
    const { headers } = await openSession(url)
    const first = await get(headers)
    await announce(first, 1)
    await announce(first, 2)
    const ids = listIds(first)
    // The priming event and two announcements.
    expect(ids).toHaveLength(3)
    first.abort()
    await first.ended
    upstreams.emit('notifications/resources/list_changed')
    await post(url, { jsonrpc: '2.0', id: 'p', method: 'ping' }, headers)
    const second = await get(headers, ids[1])
    await vi.waitFor(() => expect(second.events).toHaveLength(2))
    expect(second.events.map(({ method }) => method)).toEqual([
      'notifications/tools/list_changed',
      'notifications/resources/list_changed',
    ])
    expect(listIds(second)[0]).toBe(ids[2])
    expect(new Set([...ids, ...listIds(second)]).size).toBe(4)
    second.abort()
  })

  it('R107: an unknown id opens it without replay', async () => {
    await setUp()
    const { headers } = await openSession(url)
    for (const last of ['nonsense', '1.2.3', '9.2.0', 'zzzzzzzzz.2.zzz']) {
      const stream = await get(headers, last)
      await announce(stream, 1)
      stream.abort()
      await stream.ended
    }
  })

  it('R107: another session gets nothing of it', async () => {
    await setUp()
    const [one, two] = [await openSession(url), await openSession(url)]
    const subscribe = { jsonrpc: '2.0', id: 1, method: 'resources/subscribe', params: { uri: 'test://a' } }
    await post(url, subscribe, one.headers)
    const first = await get(one.headers)
    upstreams.emit('notifications/resources/updated', { uri: 'test://a' })
    await vi.waitFor(() => expect(first.events).toHaveLength(1))
    const stolen = await get(two.headers, listIds(first)[0])
    await post(url, { jsonrpc: '2.0', id: 'p', method: 'ping' }, two.headers)
    expect(stolen.events).toEqual([])
    first.abort()
    stolen.abort()
  })

  it('R107: what is kept is bounded: beyond it the rest is replayed', async () => {
    await setUp({ maxReplayEvents: 2 })
    const { headers } = await openSession(url)
    const first = await get(headers)
    for (let n = 1; n <= 4; n++) await announce(first, n)
    const ids = listIds(first)
    first.abort()
    await first.ended
    const second = await get(headers, ids[0])
    await vi.waitFor(() => expect(second.events).toHaveLength(2))
    expect(listIds(second)).toEqual(ids.slice(-2))
    second.abort()
  })

  it('what was missed comes whole, also where it is more than a reader may leave unread', async () => {
    await setUp({ maxReplayBytes: 2 ** 26, maxReplayBytesInAll: 2 ** 26 })
    const { headers } = await openSession(url)
    const subscribe = { jsonrpc: '2.0', id: 1, method: 'resources/subscribe', params: { uri: 'test://a' } }
    await post(url, subscribe, headers)
    const first = await get(headers)
    // More than the kernel buffers on both sides hold.
    const filler = 'x'.repeat(500_000)
    for (let n = 1; n <= 20; n++) {
      upstreams.emit('notifications/resources/updated', { uri: 'test://a', filler, n })
      await vi.waitFor(() => expect(first.events).toHaveLength(n))
    }
    const [primed] = listIds(first)
    first.abort()
    await first.ended
    const second = await get(headers, primed)
    await vi.waitFor(() => expect(second.events).toHaveLength(20), 5000)
    second.abort()
  })

  it('R66, R62: a stream of 2026-07-28 has no ids and is not resumed', async () => {
    await setUp()
    const { body, headers } = buildModern('subscriptions/listen', {
      notifications: { toolsListChanged: true },
    })
    const stream = await openStream(url, {
      method: 'POST',
      body,
      headers: { ...headers, 'last-event-id': '1.2.0' },
    })
    await announce(stream, 2)
    expect(listIds(stream)).toEqual([])
    expect(stream.text()).not.toContain('retry:')
    stream.abort()
  })

  it('a revoked token’s session is not resumed', async () => {
    await setUp()
    const { headers } = await openSession(url)
    const first = await get(headers)
    await announce(first, 1)
    host.revoke(TOKEN)
    await first.ended
    const answer = await send(url, 'GET', {
      ...headers,
      accept: 'text/event-stream',
      'last-event-id': '1.2.0',
    })
    expect(answer.status).toBe(401)
  })
})
