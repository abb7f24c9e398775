/** Requests that a good client never sends, to both planes of a running platform: over raw sockets where HTTP itself is wrong. */
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, startPlatform, type Platform } from './platform.ts'
import { buildServer, deployBash, readStatus } from './servers.ts'

let platform: Platform
let token: string
let other: string
let admin: string
/** Manages, and calls. */
let both: string
beforeAll(async () => {
  platform = await startPlatform({
    rate_limits: { api: 1_000_000, mcp: 1_000_000 },
    gateway: { max_sessions: 20_000 },
  })
  token = await platform.token('mcp:call')
  other = await platform.token('mcp:call')
  admin = await platform.token('admin')
  both = await platform.token('admin', 'mcp:call')
  // A line that a search could hang on, and one to find.
  const before = `head -c 16000 /dev/zero | tr '\\0' a >&2; for n in $(seq 70); do head -c 15000 /dev/zero | tr '\\0' a >&2; echo >&2; done; echo 'literal (a+)+$ text' >&2`
  const onCall = `case $line in *slow*) sleep 2 ;; esac; reply "$id" '{"content":[{"type":"text","text":"hello"}]}'`
  const { document, stderr } = await deployBash(platform, 'target', buildServer({ before, onCall }))
  expect(document.error, stderr).toBeNull()
}, 120_000)
afterAll(async () => platform[Symbol.asyncDispose]())

type Reply = { readonly status: number; readonly text: string; readonly isClosed: boolean }

/** Bytes as they are on a connection of their own; what came back until it closed or `quiet` went by. */
function raw(bytes: string | Buffer, quiet = 1_500): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(platform.url).port), '127.0.0.1')
    let text = ''
    let isClosed = false
    const end = () => {
      socket.destroy()
      resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), text, isClosed })
    }
    const timer = setTimeout(end, quiet)
    socket.on('error', (error) => (text === '' ? reject(error) : undefined))
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
    socket.on('close', () => {
      isClosed = true
      clearTimeout(timer)
      end()
    })
    socket.write(bytes)
  })
}

/** The full check has 10 000, by hand: each costs the disk a sync. */
const SESSIONS = Number(process.env['HAIVEMIND_SESSION_IDS'] ?? 1_000)

const host = () => `Host: ${new URL(platform.url).host}\r\n`
const bearer = (of: string) => `Authorization: Bearer ${of}\r\n`

const MODERN = '2026-07-28'
const META = {
  'io.modelcontextprotocol/protocolVersion': MODERN,
  'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
}
type Options = {
  readonly of?: string | null
  readonly headers?: Record<string, string>
  readonly path?: string
}

async function post(
  body: string | Uint8Array,
  { of = token, headers = {}, path = '/servers/target/mcp' }: Options = {},
) {
  const response = await fetch(`${platform.url}${path}`, {
    method: 'POST',
    headers: {
      ...(of === null ? {} : { authorization: `Bearer ${of}` }),
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    body: body as string | Uint8Array<ArrayBuffer>,
  })
  const text = await response.text()
  return {
    status: response.status,
    text,
    session: response.headers.get('mcp-session-id'),
    codes: readCodes(text),
  }
}

/** Of every JSON-RPC error in an answer, as JSON or as events. */
function readCodes(text: string): number[] {
  return [...text.matchAll(/"code":\s*(-\d+)/g)].map(([, code]) => Number(code))
}

const call = (id: unknown, name = 'act') => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name, arguments: {}, _meta: META },
})
const modernHeaders = (name = 'act') => ({
  'mcp-protocol-version': MODERN,
  'mcp-method': 'tools/call',
  'mcp-name': name,
})
const INITIALIZE = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
})
const LIST = JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'tools/list' })

describe('HTTP', () => {
  it('S-94: no path leads out of the routes', async () => {
    const paths = [
      '/logs/..%2f..%2fetc%2fpasswd',
      '/logs/../../etc/passwd',
      '/..%2f..%2f..%2fetc%2fpasswd',
      '/%2e%2e/%2e%2e/etc/passwd',
      '/api/v1/servers/..%2f..%2fetc%2fpasswd/logs',
      '/api/v1/servers/%00/logs',
      '/api/v1/servers/target%2f..%2f..%2fx/logs',
      '/api/v1/operations/..%2f..%2fhaivemind.db',
      '/servers/..%2ftarget/mcp',
      '/servers//mcp',
    ]
    for (const path of paths) {
      const reply = await raw(`GET ${path} HTTP/1.1\r\n${host()}${bearer(admin)}Connection: close\r\n\r\n`)
      expect([400, 403, 404], `${path}: ${reply.text.slice(0, 80)}`).toContain(reply.status)
      expect(reply.text, path).not.toContain('root:')
    }
    // A proxy that lets only one of the planes through judges the path as it is written.
    for (const path of ['/servers/x/../../api/v1/servers', '/servers/%2E./mcp/../mcp', '/servers\\..\\mcp']) {
      const reply = await raw(`GET ${path} HTTP/1.1\r\n${host()}${bearer(admin)}Connection: close\r\n\r\n`)
      expect(reply.status, path).toBe(400)
    }
  })

  const SMUGGLING: readonly (readonly [string, (path: string, of: string) => string])[] = [
    [
      'a length and chunks',
      (path, of) =>
        `POST ${path} HTTP/1.1\r\n${host()}${bearer(of)}Content-Type: application/json\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n${host()}\r\n`,
    ],
    [
      'two lengths',
      (path, of) =>
        `POST ${path} HTTP/1.1\r\n${host()}${bearer(of)}Content-Type: application/json\r\nContent-Length: 2\r\nContent-Length: 40\r\n\r\n{}`,
    ],
    [
      'a chunk size that is no number',
      (path, of) =>
        `POST ${path} HTTP/1.1\r\n${host()}${bearer(of)}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`,
    ],
    [
      'a chunk longer than it says',
      (path, of) =>
        `POST ${path} HTTP/1.1\r\n${host()}${bearer(of)}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}GET / HTTP/1.1\r\n0\r\n\r\n`,
    ],
    [
      'a folded header',
      (path, of) =>
        `POST ${path} HTTP/1.1\r\n${host()}X-Long: a\r\n b\r\n${bearer(of)}Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`,
    ],
    [
      'lines that end in a bare line feed',
      (path, of) =>
        `POST ${path} HTTP/1.1\n${host().trim()}\n${bearer(of).trim()}\nContent-Type: application/json\nContent-Length: 2\n\n{}`,
    ],
    [
      'a space before the colon',
      (path, of) => `POST ${path} HTTP/1.1\r\n${host()}Content-Length : 2\r\n${bearer(of)}\r\n{}`,
    ],
  ]
  it.each(SMUGGLING)(
    'S-96: %s is refused and the connection closed, on both planes',
    async (_what, build) => {
      for (const path of ['/api/v1/servers/target/stop', '/servers/target/mcp', '/mcp']) {
        const { status, text, isClosed } = await raw(
          build(path, path.startsWith('/servers/') ? token : admin),
          3_000,
        )
        expect(status, text.slice(0, 200)).toBe(400)
        expect(isClosed, path).toBe(true)
        expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1)
      }
      expect((await readStatus(platform, 'target')).status).toBe('running')
    },
  )

  it('S-97: large, deep and polluting JSON changes nothing', async () => {
    const deep = `${'['.repeat(10_000)}${']'.repeat(10_000)}`
    const deepest = '['.repeat(2 * 1024 * 1024)
    for (const path of ['/api/v1/tokens', '/mcp', '/servers/target/mcp']) {
      const of = path === '/servers/target/mcp' ? token : admin
      // Refused by what it says of itself, before it has come.
      const head = `POST ${path} HTTP/1.1\r\n${host()}${bearer(of)}Content-Type: application/json\r\n`
      const accept = 'Accept: application/json, text/event-stream\r\n'
      const large = await raw(`${head}${accept}Content-Length: ${10 * 1024 * 1024}\r\n\r\n{"name":"xxxx`)
      expect(large.status, `${path}: ${large.text}`).toBe(413)
      expect((await post(deep, { path, of })).status, path).toBe(400)
      expect([400, 413], path).toContain((await post(deepest, { path, of })).status)
    }
    // Right in all but its depth: what is refused is that, and the same a little less deep is not.
    const nest = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`
    const fill = (body: object, levels: number) => JSON.stringify(body).replace('"deep"', nest(levels))
    const managing = {
      name: 'call_hosted_tool',
      arguments: { name: 'target', tool: 'act', arguments: { a: 'deep' } },
    }
    const places = [
      [
        '/servers/target/mcp',
        token,
        'act',
        { ...call(1), params: { ...call(1).params, arguments: { a: 'deep' } } },
      ],
      ['/mcp', both, 'call_hosted_tool', { ...call(1), params: { ...managing, _meta: META } }],
      ['/api/v1/servers/target/call', token, 'act', { tool: 'act', arguments: { a: 'deep' } }],
    ] as const
    for (const [path, of, name, body] of places) {
      const send = (levels: number) => post(fill(body, levels), { path, of, headers: modernHeaders(name) })
      const fine = await send(20)
      expect([path, fine.status, fine.text.includes('hello')]).toEqual([path, 200, true])
      for (const levels of [100, 10_000]) {
        expect([path, levels, (await send(levels)).status]).toEqual([path, levels, 400])
      }
    }
    const polluting =
      '{"name":"polluted","scopes":["mcp:call"],"__proto__":{"scopes":["admin"]},"constructor":{"prototype":{"polluted":true}}}'
    expect((await post(polluting, { path: '/api/v1/tokens', of: admin })).status).toBe(400)
    const patch = await fetch(`${platform.url}/api/v1/servers/target`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json' },
      body: '{"__proto__":{"auto_restart":false}}',
    })
    expect(patch.status).toBe(400)
    const { tokens } = await platform.json<{ tokens: readonly { readonly name: string }[] }>('token', 'list')
    expect(tokens.map(({ name }) => name)).not.toContain('polluted')
    expect((await readStatus(platform, 'target')).status).toBe('running')
  })

  it('S-95: a search in the logs is literal: no pattern can hang it', async () => {
    const search = async (text: string) => {
      const response = await fetch(
        `${platform.url}/api/v1/servers/target/logs?grep=${encodeURIComponent(text)}&limit=1000`,
        { headers: { authorization: `Bearer ${admin}` } },
      )
      return ((await response.json()) as { items: readonly { readonly text: string }[] }).items
    }
    await eventually('a megabyte is in the log', async () =>
      (await search('literal')).length > 0 ? true : null,
    )
    const begin = performance.now()
    const found = await search('(a+)+$')
    // 200 ms are asked for; a backtracking search of this needs years.
    expect(performance.now() - begin).toBeLessThan(5_000)
    expect(found.map(({ text }) => text)).toEqual(['literal (a+)+$ text'])
  })
})

describe('JSON-RPC', () => {
  it('S-110: forbidden batches, odd ids and ids that are in use are errors of the protocol', async () => {
    const batch = JSON.stringify([call(1), call(2)])
    expect((await post(batch, { headers: modernHeaders() })).status).toBe(400)
    const { session } = await post(INITIALIZE)
    const legacy = { 'mcp-session-id': session ?? '', 'mcp-protocol-version': '2025-11-25' }
    expect((await post(batch, { headers: legacy })).status).toBe(400)
    for (const id of ['1e400', '{"a":1}', '[1]', 'true', '1.5']) {
      const body = JSON.stringify(call('ID')).replace('"ID"', id)
      for (const headers of [modernHeaders(), legacy]) {
        const { status, codes } = await post(body, { headers })
        expect(status, `${id}: ${JSON.stringify(headers)}`).toBe(400)
        expect(codes, id).toContain(-32600)
      }
    }
    const slow = JSON.stringify({ ...call(77), params: { name: 'act', arguments: { how: 'slow' } } })
    const first = post(slow, { headers: legacy })
    await new Promise((resolve) => setTimeout(resolve, 300))
    const second = await post(slow, { headers: legacy })
    expect(second.codes.length, second.text).toBeGreaterThan(0)
    expect((await first).text).toContain('hello')
  })

  it('S-111: what is not UTF-8 is a parse error on every endpoint', async () => {
    const text = JSON.stringify(call(1, 'act!'))
    const bytes = Buffer.from(text)
    bytes[text.indexOf('!')] = 0xff
    for (const path of ['/servers/target/mcp', '/mcp']) {
      const of = path === '/mcp' ? admin : token
      const { status, codes } = await post(bytes, { path, of, headers: modernHeaders() })
      expect(status, path).toBe(400)
      expect(codes, path).toEqual([-32700])
    }
    const { status } = await post(Buffer.from([0x7b, 0xff, 0x7d]), { path: '/api/v1/tokens', of: admin })
    expect(status).toBe(400)
  })

  it('S-112: headers that say something else than the body pass no policy', async () => {
    const narrow = await platform.token('mcp:call:target:allowed')
    const cases: readonly Record<string, string>[] = [
      { ...modernHeaders('allowed') },
      { ...modernHeaders(), 'mcp-method': 'tools/list' },
      { 'mcp-protocol-version': MODERN, 'mcp-method': 'tools/call' },
      { ...modernHeaders(), 'mcp-name': `=?base64?${Buffer.from('allowed').toString('base64')}?=` },
    ]
    for (const headers of cases) {
      const { status, codes, text } = await post(JSON.stringify(call(1)), { headers, of: narrow })
      expect(status, text).toBe(400)
      expect(codes).toContain(-32020)
      expect(text).not.toContain('hello')
    }
    const version = { ...modernHeaders(), 'mcp-protocol-version': '2025-11-25' }
    const { text } = await post(JSON.stringify(call(1)), { headers: version, of: narrow })
    expect(text).not.toContain('hello')
    const { codes, text: refused } = await post(JSON.stringify(call(1)), {
      headers: modernHeaders(),
      of: narrow,
    })
    expect(refused).not.toContain('hello')
    expect(codes.length + Number(refused.includes('forbidden'))).toBeGreaterThan(0)
  })
})

describe('sessions', () => {
  it('S-113: a session id serves nobody but the token that opened it, and the try is audited', async () => {
    const { session } = await post(INITIALIZE)
    const headers = { 'mcp-session-id': session ?? '', 'mcp-protocol-version': '2025-11-25' }
    expect((await post(LIST, { headers })).text).toContain('"act"')
    expect([403, 404]).toContain((await post(LIST, { headers, of: other })).status)
    expect((await post(LIST, { headers, of: null })).status).toBe(401)
    const remove = await fetch(`${platform.url}/servers/target/mcp`, {
      method: 'DELETE',
      headers: { ...headers, authorization: `Bearer ${other}` },
    })
    expect([403, 404]).toContain(remove.status)
    expect((await post(LIST, { headers })).text, 'the session goes on').toContain('"act"')

    const managed = await post(INITIALIZE, { path: '/mcp', of: admin })
    const second = await platform.token('servers:read')
    const foreign = { 'mcp-session-id': managed.session ?? '', 'mcp-protocol-version': '2025-11-25' }
    expect([403, 404]).toContain((await post(LIST, { path: '/mcp', headers: foreign, of: second })).status)
    const { stdout } = await platform.cli(['audit', 'list', '--outcome', 'denied', '--json', '-n', '500'])
    const denied = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { via: string; resource: string | null; actor: string })
    expect(
      denied.filter(({ via, resource }) => via === 'gateway' && resource === 'server:target'),
    ).not.toEqual([])
    expect(denied.filter(({ via, actor }) => via === 'mcp' && actor.startsWith('token:'))).not.toEqual([])
  })

  it('S-114: session ids are long, all different, and in no order', async () => {
    const ids: string[] = []
    const open = async () => {
      while (ids.length < SESSIONS) {
        const { session, text } = await post(INITIALIZE)
        if (session === null) throw new Error(text)
        ids.push(session)
      }
    }
    await Promise.all(Array.from({ length: 16 }, open))
    expect(new Set(ids).size).toBe(ids.length)
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{22,}$/)
    const rising = ids.filter((id, index) => index > 0 && id > (ids[index - 1] ?? '')).length
    expect(rising / ids.length).toBeGreaterThan(0.4)
    expect(rising / ids.length).toBeLessThan(0.6)
    // Every place of an id takes many characters: none of it is a counter or a time.
    for (let at = 0; at < 20; at++) {
      expect(new Set(ids.map((id) => id[at])).size, `place ${at}`).toBeGreaterThan(30)
    }
  })

  it('S-122: /mcp is for tokens with a scope of its tools; a token for calling servers changes nothing', async () => {
    const stop = JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'stop_mcp_server', arguments: { name: 'target' }, _meta: META },
    })
    const headers = modernHeaders('stop_mcp_server')
    expect((await post(stop, { path: '/mcp', of: null, headers })).status).toBe(401)
    const narrow = await platform.token('mcp:call:target')
    expect((await post(stop, { path: '/mcp', of: narrow, headers })).status).toBe(403)
    const caller = await post(stop, { path: '/mcp', of: token, headers })
    expect(caller.status === 403 || caller.text.includes('forbidden'), caller.text).toBe(true)
    expect((await readStatus(platform, 'target')).status).toBe('running')
  })

  it('S-124: a session outlives the daemon; one that ended is gone, and its client begins anew', async () => {
    const kept = await post(INITIALIZE)
    const ended = await post(INITIALIZE)
    const headersOf = (session: string | null) => ({
      'mcp-session-id': session ?? '',
      'mcp-protocol-version': '2025-11-25',
    })
    const closed = await fetch(`${platform.url}/servers/target/mcp`, {
      method: 'DELETE',
      headers: { ...headersOf(ended.session), authorization: `Bearer ${token}` },
    })
    expect(closed.ok).toBe(true)
    await platform.handOver()
    await platform.start()
    expect((await post(LIST, { headers: headersOf(kept.session) })).text).toContain('"act"')
    expect((await post(LIST, { headers: headersOf(ended.session) })).status).toBe(404)
    const again = await post(INITIALIZE)
    expect((await post(LIST, { headers: headersOf(again.session) })).text).toContain('"act"')
  })
})

it('a body that does not come is not waited for', async () => {
  const build = (path: string, of: string) =>
    `POST ${path} HTTP/1.1\r\n${host()}${bearer(of)}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{`
  const replies = await Promise.all([
    raw(build('/api/v1/tokens', admin), 40_000),
    raw(build('/servers/target/mcp', token), 40_000),
    raw(build('/mcp', admin), 40_000),
  ])
  for (const { status, isClosed, text } of replies) {
    expect(status, text.slice(0, 200)).toBe(408)
    expect(isClosed).toBe(true)
  }
})
