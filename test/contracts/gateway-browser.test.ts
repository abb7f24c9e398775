/** The platform's own page at hosted servers, and which clients come to them. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CONNECT_TEST_NAME } from '../../src/domain/clients/connect-test.ts'
import { startGatewayHost, type GatewayHost } from '../fakes/gateway-host.ts'
import { buildModern, openSession, openStream, post, postModern } from '../fakes/raw-client.ts'
import { answerPlainly, INITIALIZE_RESULT } from '../fakes/scripted-server.ts'
import { createMemoryUpstreams } from '../fakes/upstreams.ts'

let host: GatewayHost
let url: string

beforeEach(async () => {
  host = await startGatewayHost({
    upstreams: createMemoryUpstreams(INITIALIZE_RESULT, answerPlainly),
    allowedOrigins: ['https://app.example'],
  })
  url = host.url('mem')
})
afterEach(() => host.close())

const COOKIE = '__Host-haivemind=browser'
const page = () => ({
  authorization: undefined,
  cookie: COOKIE,
  'x-haivemind-csrf': '1',
  'sec-fetch-site': 'same-origin',
  origin: host.origin,
})

describe('a signed-in browser', () => {
  it('speaks either era to a server from the page of the platform', async () => {
    expect((await postModern(url, 'tools/list', {}, page())).status).toBe(200)
    const { headers } = await openSession(url, '2025-11-25', page())
    const call = { jsonrpc: '2.0', id: 1, method: 'tools/list' }
    expect((await post(url, call, { ...headers, ...page() })).status).toBe(200)
    // A session of MCP is its owner's alone, whatever let somebody else in.
    expect((await post(url, call, headers)).status).toBe(404)
  })

  it.each([
    ['without the header that no form can set', { 'x-haivemind-csrf': undefined }],
    ['from another site', { 'sec-fetch-site': 'cross-site' }],
    ['from a sub-domain', { 'sec-fetch-site': 'same-site' }],
    ['by a link or an address typed in', { 'sec-fetch-site': 'none' }],
    ['from another origin, although it may call with a token', { origin: 'https://app.example' }],
    ['with a cookie of nobody', { cookie: '__Host-haivemind=other' }],
    ['with a token that is none beside it', { authorization: 'Bearer hvm_wrong' }],
  ])('is nobody %s', async (_, change) => {
    expect((await postModern(url, 'tools/list', {}, { ...page(), ...change })).status).toBe(401)
  })

  it('gets no permission to send the header from elsewhere', async () => {
    const preflight = await fetch(url, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://app.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'x-haivemind-csrf',
      },
    })
    expect(preflight.headers.get('access-control-allow-headers')).not.toContain('csrf')
    expect(preflight.headers.has('access-control-allow-credentials')).toBe(false)
  })

  it('loses its streams and sessions with the session of the cookie', async () => {
    const { headers } = await openSession(url, '2025-11-25', page())
    const stream = await openStream(url, { method: 'GET', headers: { ...headers, ...page() } })
    host.endSession(COOKIE)
    await stream.ended
    expect((await postModern(url, 'tools/list', {}, page())).status).toBe(401)
    expect(host.sessions.size).toBe(0)
  })
})

describe('a client that begins', () => {
  it('U-18: is told in both eras with its name and version, once', async () => {
    await openSession(url)
    await openSession(url)
    await vi.waitFor(() => expect(host.clients).toEqual(['mem raw 1 2025-11-25']))
    const info = { 'io.modelcontextprotocol/clientInfo': { name: 'cursor', version: '2.1' } }
    const { body, headers } = buildModern('server/discover')
    const params = { _meta: { ...(body as { params: { _meta: object } }).params._meta, ...info } }
    expect((await post(url, { ...body, params }, headers)).status).toBe(200)
    await postModern(url, 'tools/list', params)
    await vi.waitFor(() =>
      expect(host.clients).toEqual(['mem raw 1 2025-11-25', 'mem cursor 2.1 2026-07-28']),
    )
  })

  it('is not told where it was not let in, not answered, or is the platform itself', async () => {
    const begin = (name: string, version: unknown = '2025-11-25', extra = {}) =>
      post(
        url,
        {
          jsonrpc: '2.0',
          id: 1,
          method: 'initialize',
          params: { protocolVersion: version, capabilities: {}, clientInfo: { name, version: '1' } },
        },
        extra,
      )
    await begin('stranger', '2025-11-25', { authorization: 'Bearer hvm_wrong' })
    await begin('broken', 7)
    await begin(CONNECT_TEST_NAME)
    await begin('real')
    await vi.waitFor(() => expect(host.clients).toEqual(['mem real 1 2025-11-25']))
  })
})
