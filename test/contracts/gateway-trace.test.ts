/** The trace context of a call: from headers or `_meta` to the server, into the record, and into what went wrong. */
import { afterEach, expect, it, vi } from 'vitest'
import type { JsonObject } from '../../src/domain/json.ts'
import type { ServerTraits } from '../../src/domain/server-traits.ts'
import { startGatewayHost, type GatewayHost } from '../fakes/gateway-host.ts'
import { openSession, post, postModern } from '../fakes/raw-client.ts'
import { answerPlainly, INITIALIZE_RESULT } from '../fakes/scripted-server.ts'
import { SHARED } from '../fakes/traits.ts'
import { createMemoryUpstreams, type MemoryUpstreams } from '../fakes/upstreams.ts'

const ID = '4bf92f3577b34da6a3ce929d0e0e4736'
const PARENT = `00-${ID}-00f067aa0ba902b7-01`
const OTHER = `00-${'a'.repeat(32)}-00f067aa0ba902b7-00`

let upstreams: MemoryUpstreams
let host: GatewayHost
let url: string

async function setUp(traits: ServerTraits = SHARED, callTimeoutMs = 60_000) {
  upstreams = createMemoryUpstreams(INITIALIZE_RESULT, answerPlainly, traits)
  host = await startGatewayHost({ upstreams, config: { callTimeoutMs } })
  url = host.url('mem')
}
afterEach(() => host.close())

const metaAtServer = (): unknown => {
  const params = upstreams.written.findLast(({ method }) => method === 'tools/call')?.['params']
  return (params as JsonObject | undefined)?.['_meta']
}
const echo = (meta: JsonObject | undefined, headers: Record<string, string>) =>
  postModern(url, 'tools/call', { name: 'echo', ...(meta === undefined ? {} : { _meta: meta }) }, headers)
const records = async (count: number) => {
  await vi.waitFor(() => expect(host.calls).toHaveLength(count), 3000)
  return host.calls
}

it('R38: the trace context of the headers reaches the server in _meta, whatever the client speaks', async () => {
  await setUp()
  const headers = { traceparent: PARENT, tracestate: 'vendor=1' }
  await echo({ 'own/key': 1 }, headers)
  expect(metaAtServer()).toEqual({ 'own/key': 1, traceparent: PARENT, tracestate: 'vendor=1' })
  const session = await openSession(url)
  await post(
    url,
    { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'echo' } },
    { ...session.headers, ...headers },
  )
  expect(metaAtServer()).toEqual({ traceparent: PARENT, tracestate: 'vendor=1' })
  const traces = (await records(2)).map(({ traceId }) => traceId)
  expect(traces).toEqual([ID, ID])
})

it('R38: what the client says in _meta counts before the headers, and nothing is mixed', async () => {
  await setUp()
  await echo({ traceparent: PARENT }, { traceparent: OTHER, tracestate: 'vendor=1' })
  expect(metaAtServer()).toEqual({ traceparent: PARENT })
  expect((await records(1))[0]?.traceId).toBe(ID)
})

it('makes a context for a call without one, another for each', async () => {
  await setUp()
  const made: string[] = []
  for (const headers of [{}, {}, { traceparent: 'nonsense', tracestate: 'vendor=1' }]) {
    await echo(undefined, headers as Record<string, string>)
    made.push((metaAtServer() as { traceparent: string }).traceparent)
    expect(Object.keys(metaAtServer() as JsonObject)).toEqual(['traceparent'])
  }
  for (const each of made) expect(each).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
  expect(new Set(made).size).toBe(3)
  const traces = (await records(3)).map(({ traceId }) => traceId)
  expect(traces).toEqual(made.map((each) => each.slice(3, 35)))
})

it('R38: baggage goes to no process that serves others too', async () => {
  await setUp()
  await echo({ traceparent: PARENT, baggage: 'user=1' }, {})
  expect(metaAtServer()).toEqual({ traceparent: PARENT })
  await echo(undefined, { traceparent: PARENT, baggage: 'user=1' })
  expect(metaAtServer()).toEqual({ traceparent: PARENT })
  await echo({ baggage: 'user=1' }, {})
  expect(metaAtServer()).toEqual({ traceparent: expect.stringMatching(/^00-/) as string })
})

it('R38: baggage reaches a process that is the caller’s own', async () => {
  await setUp({ ...SHARED, instances: 'per_principal' })
  await echo({ traceparent: PARENT, baggage: 'user=1' }, {})
  expect(metaAtServer()).toEqual({ traceparent: PARENT, baggage: 'user=1' })
  await echo(undefined, { traceparent: PARENT, baggage: 'user=2' })
  expect(metaAtServer()).toEqual({ traceparent: PARENT, baggage: 'user=2' })
})

it('names the trace in the error of a call without an answer', async () => {
  await setUp(SHARED, 60)
  const { json } = await postModern(url, 'tools/call', { name: 'wait' }, { traceparent: PARENT })
  expect(json).toMatchObject({ error: { data: { code: 'call_timeout', trace_id: ID } } })
})

it('R38: what the server says of a trace reaches the client', async () => {
  await setUp()
  const pending = postModern(url, 'tools/call', { name: 'wait' })
  await vi.waitFor(() => expect(upstreams.asked).toHaveLength(1))
  upstreams.asked[0]?.respond({ content: [], _meta: { traceparent: OTHER } })
  expect((await pending).json).toMatchObject({ result: { _meta: { traceparent: OTHER } } })
})
