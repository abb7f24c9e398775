/** Who gets in, from where, and to what: before anything is parsed, and until the token is revoked. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startGatewayHost, type GatewayHost } from '../fakes/gateway-host.ts'
import {
  buildModern,
  openSession,
  openStream,
  post,
  postModern,
  send,
  type OpenStream,
} from '../fakes/raw-client.ts'
import { answerPlainly, INITIALIZE_RESULT } from '../fakes/scripted-server.ts'
import { createMemoryUpstreams, type MemoryUpstreams } from '../fakes/upstreams.ts'

let upstreams: MemoryUpstreams
let host: GatewayHost
let url: string

beforeEach(async () => {
  upstreams = createMemoryUpstreams(INITIALIZE_RESULT, answerPlainly)
  host = await startGatewayHost({
    upstreams,
    allowedOrigins: ['https://app.example'],
    tokens: {
      hvm_all: ['mcp:call'],
      hvm_mem: ['mcp:call:mem'],
      hvm_other: ['mcp:call:other'],
      hvm_echo: ['mcp:call:mem:echo'],
      hvm_admin: ['admin'],
    },
  })
  url = host.url('mem')
})
afterEach(() => host.close())

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const call = (name: string, id = 1) => ({ jsonrpc: '2.0', id, method: 'tools/call', params: { name } })
const ping = { jsonrpc: '2.0', id: 1, method: 'ping' }

describe('authentication', () => {
  it('R142: answers 401 with a challenge that names no metadata, since there is none', async () => {
    const answer = await post(url, ping, { authorization: undefined })
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toBe('Bearer')
    expect(answer.json).toMatchObject({ code: 'unauthenticated', status: 401 })
    const wrong = await post(url, ping, bearer('hvm_wrong'))
    expect(wrong.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"')
  })

  it('R145: authenticates before it looks at the body, the path or the session', async () => {
    for (const body of ['{', JSON.stringify(ping), '[]']) {
      expect((await post(url, body, bearer('hvm_wrong'))).status).toBe(401)
    }
    expect((await post(host.url('unknown'), ping, bearer('hvm_wrong'))).status).toBe(401)
    expect((await send(url, 'GET', bearer('hvm_wrong'))).status).toBe(401)
    expect((await send(url, 'DELETE', { ...bearer('hvm_wrong'), 'mcp-session-id': 'x' })).status).toBe(401)
    expect(upstreams.written).toEqual([])
  })

  it('R142: with an issuer names the endpoint’s metadata and the scope in every challenge', async () => {
    const metadata = `${host.origin}/.well-known/oauth-protected-resource/servers/mem/mcp`
    const issued = await startGatewayHost({
      upstreams,
      tokens: { hvm_echo: ['mcp:call:mem:echo'], hvm_other: ['mcp:call:other'] },
      resourceServer: { metadataUrl: () => metadata, findScope: (grant) => grant },
    })
    try {
      const url = issued.url('mem')
      const challengeOf = async (answer: Promise<{ status: number; headers: Headers }>) => {
        const { status, headers } = await answer
        return [status, headers.get('www-authenticate')]
      }
      expect(await challengeOf(post(url, ping, { authorization: undefined }))).toEqual([
        401,
        `Bearer scope="mcp:call:mem", resource_metadata="${metadata}"`,
      ])
      expect(await challengeOf(post(url, ping, bearer('wrong')))).toEqual([
        401,
        `Bearer error="invalid_token", scope="mcp:call:mem", resource_metadata="${metadata}"`,
      ])
      expect(await challengeOf(post(url, ping, bearer('hvm_other')))).toEqual([
        403,
        `Bearer error="insufficient_scope", scope="mcp:call:mem", resource_metadata="${metadata}"`,
      ])
      const needed = `Bearer error="insufficient_scope", scope="mcp:call:mem:wait", resource_metadata="${metadata}"`
      const modern = postModern(url, 'tools/call', { name: 'wait' }, bearer('hvm_echo'))
      expect(await challengeOf(modern)).toEqual([403, needed])
      const { headers } = await openSession(url, '2025-11-25', bearer('hvm_echo'))
      expect(await challengeOf(post(url, call('wait'), headers))).toEqual([403, needed])
    } finally {
      await issued.close()
    }
  })

  it('waits for who it is where that takes a look elsewhere, and tells when nobody can say', async () => {
    expect((await post(url, ping, bearer('slow_all'))).status).toBe(400)
    expect((await post(url, ping, bearer('slow_wrong'))).status).toBe(401)
    const down = await post(url, ping, bearer('slow_down'))
    expect([down.status, down.json]).toMatchObject([503, { code: 'issuer_unavailable' }])
    expect(await postModern(url, 'tools/list', {}, bearer('slow_all'))).toMatchObject({ status: 200 })
  })

  it('a token that ran out ends its streams, and its session goes on with the next one', async () => {
    const { headers } = await openSession(url)
    const stream = await openStream(url, { method: 'GET', headers })
    host.lapse('hvm_all')
    await stream.ended
    expect((await post(url, call('echo'), headers)).json).toHaveProperty('result')
  })

  it('R143: takes no token from the query', async () => {
    expect((await post(`${url}?access_token=hvm_all`, ping, { authorization: undefined })).status).toBe(401)
  })

  it('R144: passes neither the token nor any header on', async () => {
    const { headers } = await openSession(url)
    await post(url, call('echo'), { ...headers, cookie: 'secret=1' })
    expect(JSON.stringify(upstreams.written)).not.toMatch(/hvm_|secret|cookie|authorization/i)
  })
})

describe('grants', () => {
  it('R148: a token for a sibling server is refused, and does not learn which names exist', async () => {
    for (const name of ['mem', 'unknown']) {
      const answer = await post(host.url(name), ping, bearer('hvm_other'))
      expect(answer.status).toBe(403)
      expect(answer.headers.get('www-authenticate')).toBe(
        `Bearer error="insufficient_scope", scope="mcp:call:${name}"`,
      )
    }
    expect((await post(host.url('unknown'), ping, bearer('hvm_all'))).status).toBe(404)
  })

  it('admin alone calls nothing', async () => {
    expect((await post(url, ping, bearer('hvm_admin'))).status).toBe(403)
  })

  it('a token for one tool sees and calls that tool only, in both eras', async () => {
    const { headers, result } = await openSession(url, '2025-11-25', bearer('hvm_echo'))
    expect(result['capabilities']).toEqual({ tools: { listChanged: true } })
    const listed = await post(url, { jsonrpc: '2.0', id: 1, method: 'tools/list' }, headers)
    expect(listed.json).toMatchObject({ result: { tools: [{ name: 'echo' }] } })
    expect((await post(url, call('echo'), headers)).json).toHaveProperty('result')
    const refused = await post(url, call('wait', 5), headers)
    expect(refused.status).toBe(403)
    expect(refused.json).toMatchObject({ id: 5, error: { code: 403, data: { code: 'forbidden' } } })
    const other = await post(url, { jsonrpc: '2.0', id: 2, method: 'resources/list' }, headers)
    expect(other.json).toMatchObject({ error: { code: -32601 } })

    const modern = await postModern(url, 'tools/list', {}, bearer('hvm_echo'))
    expect(modern.json).toMatchObject({ result: { tools: [{ name: 'echo' }], cacheScope: 'private' } })
    const denied = await postModern(url, 'tools/call', { name: 'wait' }, bearer('hvm_echo'))
    expect(denied.status).toBe(403)
    expect(denied.headers.get('www-authenticate')).toBe(
      'Bearer error="insufficient_scope", scope="mcp:call:mem:wait"',
    )
    expect((await postModern(url, 'prompts/list', {}, bearer('hvm_echo'))).status).toBe(404)
    const calls = upstreams.written.filter(({ method }) => method === 'tools/call')
    expect(calls).toHaveLength(1)
  })

  it('a token for one tool hears of tools only', async () => {
    const { headers } = await openSession(url, '2025-11-25', bearer('hvm_echo'))
    const stream = await openStream(url, { method: 'GET', headers })
    const { body, headers: modern } = buildModern('subscriptions/listen', {
      notifications: {
        toolsListChanged: true,
        resourcesListChanged: true,
        resourceSubscriptions: ['test://a'],
      },
    })
    const listening = await openStream(url, {
      method: 'POST',
      body,
      headers: { ...modern, ...bearer('hvm_echo') },
    })
    await vi.waitFor(() => expect(listening.events).toHaveLength(1))
    expect(listening.events[0]).toMatchObject({ params: { notifications: { toolsListChanged: true } } })
    expect(JSON.stringify(listening.events[0])).not.toMatch(/resource/)
    upstreams.emit('notifications/resources/list_changed')
    upstreams.emit('notifications/tools/list_changed')
    const methods = (open: OpenStream) => open.events.map(({ method }) => method)
    await vi.waitFor(() => expect(methods(stream)).toEqual(['notifications/tools/list_changed']))
    await vi.waitFor(() => expect(methods(listening).slice(1)).toEqual(['notifications/tools/list_changed']))
    expect(upstreams.written).toEqual([])
    stream.abort()
    listening.abort()
  })

  it('R101: a session belongs to the principal that opened it', async () => {
    const { headers } = await openSession(url, '2025-11-25', bearer('hvm_mem'))
    expect((await post(url, ping, headers)).status).toBe(200)
    expect((await post(url, ping, { ...headers, ...bearer('hvm_all') })).status).toBe(404)
    expect((await send(url, 'DELETE', { ...headers, ...bearer('hvm_all') })).status).toBe(404)
    expect((await post(url, ping, headers)).status).toBe(200)
  })
})

describe('Origin and Host', () => {
  it('R150: refuses a foreign Origin on every method, before authentication', async () => {
    for (const method of ['GET', 'DELETE', 'OPTIONS']) {
      expect((await send(url, method, { origin: 'https://evil.example' })).status).toBe(403)
    }
    const answer = await post(url, ping, { origin: 'https://evil.example', authorization: undefined })
    expect(answer.status).toBe(403)
    expect(answer.json).toMatchObject({ code: 'origin_refused' })
  })

  it('R153: an allowed Origin may read the answer and its session id', async () => {
    const preflight = await send(url, 'OPTIONS', { origin: 'https://app.example', authorization: undefined })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-origin')).toBe('https://app.example')
    expect(preflight.headers.get('access-control-allow-headers')).toContain('mcp-session-id')
    const { headers } = await openSession(url)
    const answer = await post(url, ping, { ...headers, origin: 'https://app.example' })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://app.example')
    expect(answer.headers.get('access-control-expose-headers')).toBe('Mcp-Session-Id, WWW-Authenticate')
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull()
  })

  it('R151: serves localhost by its names and refuses every other Host', async () => {
    const { port } = new URL(url)
    expect((await rawStatus(port, `localhost:${port}`)).startsWith('HTTP/1.1 401')).toBe(true)
    expect((await rawStatus(port, `127.0.0.1:${port}`)).startsWith('HTTP/1.1 401')).toBe(true)
    expect((await rawStatus(port, 'evil.example')).startsWith('HTTP/1.1 421')).toBe(true)
    expect((await rawStatus(port, `evil.example:${port}`)).startsWith('HTTP/1.1 421')).toBe(true)
  })
})

/** fetch cannot send a Host of its own. */
async function rawStatus(port: string, hostHeader: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1')
    socket.on('error', reject)
    socket.on('data', (chunk: Buffer) => {
      socket.destroy()
      resolve(chunk.toString('latin1').split('\r\n')[0] ?? '')
    })
    socket.write(`GET /servers/mem/mcp HTTP/1.1\r\nHost: ${hostHeader}\r\n\r\n`)
  })
}

describe('revocation', () => {
  it('while the body is still on its way counts: it is 401 and reaches no server', async () => {
    const { headers } = await openSession(url, '2025-11-25', bearer('hvm_mem'))
    const { port } = new URL(url)
    const body = JSON.stringify(call('echo'))
    const socket = connect(Number(port), '127.0.0.1')
    const lines = { ...headers, host: `127.0.0.1:${port}`, 'content-type': 'application/json' }
    const head = Object.entries({ ...lines, 'content-length': String(body.length) })
    socket.write(`POST /servers/mem/mcp HTTP/1.1\r\n${head.map(([k, v]) => `${k}: ${v}\r\n`).join('')}\r\n`)
    socket.write(body.slice(0, 5))
    await vi.waitFor(() => expect(host.authenticated).toHaveLength(2))
    host.revoke('hvm_mem')
    socket.write(body.slice(5))
    const [answer] = (await once(socket, 'data')) as [Buffer]
    socket.destroy()
    expect(answer.toString('latin1')).toMatch(/^HTTP\/1\.1 401 /)
    expect(upstreams.written).toEqual([])
  })

  it('ends open streams, pending calls and sessions, of that principal only', async () => {
    const mine = await openSession(url, '2025-11-25', bearer('hvm_mem'))
    const others = await openSession(url, '2025-11-25', bearer('hvm_all'))
    const stream = await openStream(url, { method: 'GET', headers: mine.headers })
    const kept = await openStream(url, { method: 'GET', headers: others.headers })
    const pending = post(url, call('wait', 9), mine.headers)
    await vi.waitFor(() => expect(upstreams.asked).toHaveLength(1))
    host.revoke('hvm_mem')
    await stream.ended
    const answer = await pending
    expect(answer.json).toMatchObject({ id: 9, error: { data: { code: 'unauthenticated' } } })
    await vi.waitFor(() => {
      expect(upstreams.written.at(-1)).toMatchObject({ method: 'notifications/cancelled' })
    })
    expect((await post(url, ping, mine.headers)).status).toBe(401)
    expect([...host.sessions.values()].map(({ principalId }) => principalId)).toEqual(['token:hvm_all'])
    expect((await post(url, ping, others.headers)).status).toBe(200)
    upstreams.emit('notifications/tools/list_changed')
    await vi.waitFor(() => expect(kept.events).toHaveLength(1))
    kept.abort()
  })
})
