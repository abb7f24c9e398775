/** What no single message shows: which status goes with which error, what an answer looks like, what is said again. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { JsonObject } from '../../src/domain/json.ts'
import { startGatewayHost, TOKEN, type GatewayHost } from '../fakes/gateway-host.ts'
import { buildModern, openSession, openStream, post, postModern } from '../fakes/raw-client.ts'
import { answerPlainly, INITIALIZE_RESULT } from '../fakes/scripted-server.ts'
import { createMemoryUpstreams, type MemoryUpstreams } from '../fakes/upstreams.ts'

let upstreams: MemoryUpstreams
let host: GatewayHost
let url: string

beforeEach(async () => {
  upstreams = createMemoryUpstreams(INITIALIZE_RESULT, answerPlainly)
  host = await startGatewayHost({
    upstreams,
    tokens: { [TOKEN]: ['mcp:call'], hvm_other: ['mcp:call'], hvm_none: [] },
    config: { maxBodyBytes: 10_000 },
  })
  url = host.url('mem')
})
afterEach(() => host.close())

const codeOf = (json: JsonObject | undefined) => (json?.['error'] as JsonObject | undefined)?.['code']
const callsOf = (name: string) =>
  upstreams.asked.filter(({ params }) => params?.['name'] === name).map(({ params }) => params)

describe('errors', () => {
  const list = buildModern('tools/list')
  const forget = buildModern('tools/forget')
  const call = buildModern('tools/call', { name: 'region', arguments: { region: 'eu' } })
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

  it.each<[string, number, number | undefined, unknown, Record<string, string | undefined>]>([
    ['no JSON', 400, -32700, '{', {}],
    ['no JSON-RPC', 400, -32600, '{"jsonrpc":"1.0"}', {}],
    ['a header that differs', 400, -32020, list.body, { ...list.headers, 'mcp-method': 'prompts/list' }],
    ['a mirrored argument without its header', 400, -32020, call.body, call.headers],
    ['a version that is not served', 400, -32022, ...requestVersion('2030-01-01')],
    ['an envelope with a hole', 400, -32602, ...requestVersion(undefined)],
    ['a method that there is not', 404, -32601, forget.body, forget.headers],
    ['a body over the limit', 413, undefined, { ...list.body, pad: 'x'.repeat(10_000) }, list.headers],
    ['another media type', 415, undefined, list.body, { 'content-type': 'text/plain' }],
    ['a foreign Origin', 403, undefined, list.body, { ...list.headers, origin: 'https://evil.example' }],
    ['no token', 401, undefined, list.body, { ...list.headers, authorization: undefined }],
    ['an unknown token', 401, undefined, list.body, { ...list.headers, ...bearer('hvm_x') }],
    ['a token without the grant', 403, undefined, list.body, { ...list.headers, ...bearer('hvm_none') }],
  ])('R43: %s is %d', async (_name, status, code, body, headers) => {
    const answer = await post(url, body, headers)
    expect([answer.status, codeOf(answer.json)]).toEqual([status, code])
  })

  function requestVersion(version: string | undefined): [unknown, Record<string, string>] {
    const meta = { 'io.modelcontextprotocol/protocolVersion': version } as unknown as JsonObject
    const { body, headers } = buildModern('tools/list', { _meta: meta })
    return [body, { ...headers, 'mcp-protocol-version': version ?? '2026-07-28' }]
  }

  it('R43: an error of the server rides on 200, as it is', async () => {
    const answer = postModern(url, 'tools/call', { name: 'wait' })
    await vi.waitFor(() => expect(callsOf('wait')).toHaveLength(1))
    upstreams.asked[0]?.fail(-31_999, 'the server’s own')
    expect(await answer).toMatchObject({
      status: 200,
      json: { error: { code: -31_999, message: 'the server’s own' } },
    })
  })

  it('R35: a modern body without params is malformed', async () => {
    const { headers } = buildModern('tools/list')
    const answer = await post(url, { jsonrpc: '2.0', id: 1, method: 'tools/list' }, headers)
    expect([answer.status, codeOf(answer.json)]).toEqual([400, -32602])
    expect(upstreams.written).toEqual([])
  })
})

describe('answers', () => {
  it('R54, R155: tools come in the server’s order under the server’s names, whoever asks and how', async () => {
    const modern = (token: string) => postModern(url, 'tools/list', {}, { authorization: `Bearer ${token}` })
    const session = await openSession(url)
    const legacy = await post(url, { jsonrpc: '2.0', id: 1, method: 'tools/list' }, session.headers)
    const answers = [await modern(TOKEN), await modern('hvm_other'), await modern(TOKEN), legacy]
    const names = answers.map(({ json }) => {
      const result = json?.['result'] as { readonly tools: readonly JsonObject[] } | undefined
      return result?.tools.map((tool) => tool['name'])
    })
    expect(names).toEqual(Array.from({ length: 4 }, () => ['echo', 'wait', 'region']))
  })

  it('R60, R61: one JSON document, unless a notification comes first: then a stream that ends with the answer', async () => {
    const plain = await postModern(url, 'tools/call', { name: 'echo', arguments: { message: 'a' } })
    expect(plain.headers.get('content-type')).toBe('application/json')

    const { body, headers } = buildModern(
      'tools/call',
      { name: 'wait', _meta: { progressToken: 'p' } },
      'mine',
    )
    const stream = openStream(url, { method: 'POST', body, headers })
    await vi.waitFor(() => expect(callsOf('wait')).toHaveLength(1))
    upstreams.asked[0]?.progress(1)
    const { events, ended } = await stream
    // Neither is this request's: what the server asks, and what changed.
    upstreams.emit('notifications/tools/list_changed')
    upstreams.print(JSON.stringify({ jsonrpc: '2.0', id: 's', method: 'roots/list' }))
    await vi.waitFor(() => expect(upstreams.written.at(-1)).toMatchObject({ id: 's' }))
    upstreams.asked[0]?.respond({ content: [] })
    await ended
    expect(events.map(({ method, id }) => method ?? id)).toEqual(['notifications/progress', 'mine'])
  })

  it('R66: a broken stream is over: the same request again is another call, and nothing is replayed', async () => {
    const request = (id: number) =>
      buildModern('tools/call', { name: 'wait', _meta: { progressToken: 'p' } }, id)
    const first = request(1)
    const broken = openStream(url, { method: 'POST', ...first })
    await vi.waitFor(() => expect(callsOf('wait')).toHaveLength(1))
    upstreams.asked[0]?.progress(1)
    const stream = await broken
    await vi.waitFor(() => expect(stream.text()).toContain('"progress":1'))
    expect(stream.text()).not.toMatch(/^id:/m)
    stream.abort()
    await stream.ended

    const second = request(2)
    const answer = post(url, second.body, { ...second.headers, 'last-event-id': '1' })
    await vi.waitFor(() => expect(callsOf('wait')).toHaveLength(2))
    upstreams.asked.at(-1)?.respond({ content: [] })
    const { events, json } = await answer
    expect(events).toEqual([])
    expect(json).toMatchObject({ id: 2, result: { content: [] } })
  })
})
