/** How often one may ask, and what browsers are told with every answer. */
import { describe, expect, it } from 'vitest'
import { problemSchema } from '../../src/api/schema/common.ts'
import { createTestApi } from '../fakes/api.ts'
import { alice } from '../fakes/hosting.ts'

type TestApi = Awaited<ReturnType<typeof createTestApi>>

const tokenOf = async ({ access }: TestApi, ...grants: string[]) =>
  (await access.createToken({ name: 'x', grants, expiresInDays: 1 }, alice)).text

describe('limits of requests', () => {
  it('are told with every answer, and hold for each token by itself', async () => {
    const test = await createTestApi({ rates: { api: 3 } })
    const [one, other] = [await tokenOf(test, 'servers:read'), await tokenOf(test, 'servers:read')]
    const ask = (token: string) => test.send('GET', '/api/v1/servers', { token })
    const first = await ask(one)
    expect([first.status, first.headers.get('ratelimit'), first.headers.get('ratelimit-policy')]).toEqual([
      200,
      '"api";r=2;t=20',
      '"api";q=3;w=60',
    ])
    // What is refused for another reason counts as well.
    expect((await test.send('POST', '/api/v1/tokens', { token: one })).status).toBe(403)
    expect((await ask(one)).headers.get('ratelimit')).toBe('"api";r=0;t=60')
    const refused = await ask(one)
    expect([refused.status, refused.headers.get('retry-after'), refused.headers.get('ratelimit')]).toEqual([
      429,
      '20',
      '"api";r=0;t=20',
    ])
    const problem = problemSchema.parse(await refused.json())
    expect([problem.code, problem.details]).toEqual([
      'rate_limited',
      { policy: 'api', retry_after_seconds: 20 },
    ])
    expect((await ask(other)).status).toBe(200)
    test.clock.advance(20_000)
    expect((await ask(one)).status).toBe(200)
  })

  it('hold for an address where nobody is known, and not for probes', async () => {
    const test = await createTestApi({ rates: { api: 2 } })
    const from = (ip: string, path = '/api/v1/servers') =>
      test.send('GET', path, { token: 'hvm_x_y', peer: { ip, isSecure: false } })
    const statuses = [await from('192.0.2.1'), await from('192.0.2.1', '/'), await from('192.0.2.1')]
    expect(statuses.map(({ status }) => status)).toEqual([401, 200, 429])
    expect((await from('192.0.2.2')).status).toBe(401)
    for (let n = 0; n < 5; n++) expect((await from('192.0.2.1', '/readyz')).status).toBe(200)
  })

  it('hold strangers apart from those who are known, however many addresses they have', async () => {
    const test = await createTestApi({ rates: { api: 3 } })
    for (let n = 0; n < 10_100; n++) {
      const peer = { ip: `2001:db8:0:${n.toString(16)}::1`, isSecure: false }
      await test.send('GET', '/api/v1/servers', { token: null, peer })
    }
    expect((await test.send('GET', '/api/v1/servers')).headers.get('ratelimit')).toBe('"api";r=2;t=20')
    expect((await test.send('GET', '/api/v1/servers')).status).toBe(200)
  })

  it('hold for uploads by themselves, also by tool', async () => {
    const test = await createTestApi({ rates: { uploads: 2 } })
    const token = await tokenOf(test, 'servers:deploy')
    const upload = () =>
      test.send('POST', '/api/v1/servers?name=weather', {
        token,
        body: './run.sh',
        headers: { 'content-type': 'application/zip' },
      })
    expect((await upload()).status).toBe(202)
    const call = await test.send('POST', '/mcp', {
      token,
      headers: {
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': 'tools/call',
        'mcp-name': 'upload_mcp_server',
      },
      json: {
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: {
          name: 'upload_mcp_server',
          arguments: { name: 'other', archive_base64: btoa('./run.sh') },
          _meta: {
            'io.modelcontextprotocol/protocolVersion': '2026-07-28',
            'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
            'io.modelcontextprotocol/clientCapabilities': {},
          },
        },
      },
    })
    expect(await call.text()).toContain('uploaded successfully')
    const third = await upload()
    expect([third.status, third.headers.get('ratelimit-policy')]).toEqual([
      429,
      '"api";q=600;w=60, "uploads";q=2;w=60',
    ])
  })

  it('leave the owner of the machine alone', async () => {
    const test = await createTestApi({ rates: { api: 1, uploads: 1 } })
    const token = test.access.createLocalToken()
    for (let n = 0; n < 5; n++) {
      const answer = await test.send('GET', '/api/v1/servers', { token })
      expect([answer.status, answer.headers.get('ratelimit')]).toEqual([200, null])
    }
  })
})

describe('what browsers are told', () => {
  it('with data: that it may do nothing at all', async () => {
    const { send } = await createTestApi()
    for (const path of ['/api/v1/servers', '/healthz', '/api/openapi.json', '/nothing']) {
      const { headers } = await send('GET', path)
      expect(headers.get('content-security-policy'), path).toBe(
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      )
    }
  })

  it('with a page: its own parts, and styles with a nonce that is never the same', async () => {
    const { send } = await createTestApi()
    const nonces = await Promise.all(
      [1, 2].map(async () => {
        const response = await send('GET', '/', { token: null })
        const html = await response.text()
        const nonce = /<style nonce="([^"]{20,})">/.exec(html)?.[1] ?? 'missing'
        expect(response.headers.get('content-security-policy')).toBe(
          `default-src 'none'; script-src 'self'; style-src 'self' 'nonce-${nonce}'; img-src 'self' data:; ` +
            "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; " +
            "require-trusted-types-for 'script'",
        )
        expect(html).not.toMatch(/<script|\son\w+=|style="/)
        return nonce
      }),
    )
    expect(nonces[0]).not.toBe(nonces[1])
  })

  it('always: who may frame, read, sniff and follow it, and over TLS to stay there', async () => {
    const { send } = await createTestApi()
    const plain = (await send('GET', '/', { token: null })).headers
    expect(plain.get('x-content-type-options')).toBe('nosniff')
    expect(plain.get('referrer-policy')).toBe('no-referrer')
    expect(plain.get('cross-origin-opener-policy')).toBe('same-origin')
    expect(plain.get('cross-origin-resource-policy')).toBe('same-origin')
    const policy = plain.get('permissions-policy') ?? ''
    expect(policy.split(', ').length).toBeGreaterThan(20)
    expect(policy.split(', ').every((power) => /^[a-z-]+=\(\)$/.test(power))).toBe(true)
    expect(plain.get('strict-transport-security')).toBeNull()
    expect(plain.get('server')).toBeNull()
    const secure = await send('GET', '/', { token: null, peer: { ip: '192.0.2.1', isSecure: true } })
    expect(secure.headers.get('strict-transport-security')).toBe('max-age=31536000')
  })
})
