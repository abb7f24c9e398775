/** Tokens and people of an external issuer, a real one, at the platform as it is shipped. */
import { createSecretKey } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { SignJWT, UnsecuredJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createKey, PLATFORM, startIssuer, type Issuer } from '../fakes/issuer.ts'
import { openSession, openStream, post, postModern } from '../fakes/raw-client.ts'
import { connectByOAuth, createBrowser } from './oauth-client.ts'
import { startPlatform, type Platform } from './platform.ts'
import { buildServer, deployBash, readLog } from './servers.ts'

let issuer: Issuer
let platform: Platform
let folder = ''
const in10Minutes = () => Math.floor(Date.now() / 1000) + 600

beforeAll(async () => {
  issuer = await startIssuer()
  folder = mkdtempSync(join(tmpdir(), 'haivemind-oauth-'))
  const secretFile = join(folder, 'secret')
  writeFileSync(secretFile, PLATFORM.secret, { mode: 0o600 })
  platform = await startPlatform({
    security: {
      oauth: {
        issuer: issuer.url,
        scopes: { 'use-it': ['mcp:call:weather'] },
        roles: { staff: 'operator', chief: 'admin' },
        keys_cooldown: 0.1,
        clock_tolerance: 0,
        introspection: 'opaque',
        introspection_cache: 0.5,
        client_id: PLATFORM.id,
        client_secret_file: secretFile,
        login: true,
      },
    },
  })
  issuer.redirect = `${platform.url}/auth/callback`
  issuer.person = { id: 'ann', claims: { preferred_username: 'ann', roles: ['staff'] } }
  const script = buildServer({
    before: 'env >&2',
    onCall: 'printf "%s\\n" "$line" >&2; reply "$id" "{\\"content\\":[]}"',
  })
  for (const name of ['weather', 'sibling']) {
    const { document } = await deployBash(platform, name, script)
    expect(document.error).toBeNull()
  }
})
afterAll(async () => {
  await platform[Symbol.asyncDispose]()
  await issuer.close()
  rmSync(folder, { recursive: true })
})

const endpoint = (name: string) => `${platform.url}/servers/${name}/mcp`

const send = (url: string, token: string | null, method = 'tools/list', params = {}, extra = {}) =>
  postModern(url, method, params, {
    authorization: token === null ? undefined : `Bearer ${token}`,
    ...extra,
  })

describe('an MCP client that knows nothing but the endpoint', () => {
  it.each(['2026-07-28', 'legacy'] as const)(
    'finds the issuer, gets a token for this endpoint and calls a tool (%s)',
    async (era) => {
      const { client, asked, tokens } = await connectByOAuth(endpoint('weather'), { era })
      expect(asked.map(({ searchParams }) => searchParams.get('resource'))).toEqual([endpoint('weather')])
      expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['act'])
      expect(await client.callTool({ name: 'act', arguments: {} })).toMatchObject({ content: [] })
      await client.close()
      expect((await send(endpoint('sibling'), tokens().access_token)).status).toBe(401)
    },
  )

  it('does the same at the platform’s own /mcp', async () => {
    const { client } = await connectByOAuth(`${platform.url}/mcp`)
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain('list_mcp_servers')
    const listed = await client.callTool({ name: 'list_mcp_servers', arguments: {} })
    expect(JSON.stringify(listed.content)).toContain('weather')
    await client.close()
  })
})

const challengeOf = (response: { readonly headers: Headers }) => response.headers.get('www-authenticate')
const metadataOf = (path: string) => `${platform.url}/.well-known/oauth-protected-resource${path}`

describe('the metadata of an endpoint', () => {
  it('R141, R147: is where the challenge says, names the endpoint exactly, and does not tell which servers exist', async () => {
    for (const name of ['weather', 'unknown']) {
      const refused = await send(endpoint(name), null)
      expect(refused.status).toBe(401)
      expect(challengeOf(refused)).toContain(`resource_metadata="${metadataOf(`/servers/${name}/mcp`)}"`)
      const document: unknown = await (await fetch(metadataOf(`/servers/${name}/mcp`))).json()
      expect(document).toMatchObject({
        resource: endpoint(name),
        authorization_servers: [issuer.url],
        bearer_methods_supported: ['header'],
      })
      expect(JSON.stringify(document)).not.toContain('offline_access')
      expect(challengeOf(refused)).not.toContain('offline_access')
    }
    const mcp = await send(`${platform.url}/mcp`, null)
    expect(challengeOf(mcp)).toBe(`Bearer scope="servers:read", resource_metadata="${metadataOf('/mcp')}"`)
    const all = (await (await fetch(metadataOf(''))).json()) as { scopes_supported: string[] }
    expect(all.scopes_supported).not.toContain('admin')
    const path = '/.well-known/oauth-protected-resource/servers/weather/mcp'
    const byName = await fetch(`${platform.url.replace('127.0.0.1', 'localhost')}${path}`)
    expect(await byName.json()).toMatchObject({
      resource: endpoint('weather').replace('127.0.0.1', 'localhost'),
    })
  })
})

describe('tokens of the issuer', () => {
  const claims = () => ({ aud: endpoint('weather'), scope: 'mcp:call', exp: in10Minutes() })

  it('S-116: one for another audience is refused, everywhere but there', async () => {
    const token = await issuer.requestToken(endpoint('weather'), 'mcp:call servers:read')
    expect((await send(endpoint('weather'), token)).status).toBe(200)
    for (const url of [endpoint('sibling'), `${platform.url}/mcp`]) {
      const refused = await send(url, token)
      expect([refused.status, challengeOf(refused)]).toEqual([
        401,
        expect.stringContaining('error="invalid_token"'),
      ])
    }
    const headers = { authorization: `Bearer ${token}` }
    expect((await fetch(`${platform.url}/api/v1/servers`, { headers })).status).toBe(401)
    const elsewhere = await issuer.requestToken('https://other.example/mcp', 'mcp:call')
    expect((await send(endpoint('weather'), elsewhere)).status).toBe(401)
  })

  it('are refused when expired, of another issuer, unsigned, or signed with the public key as a password', async () => {
    expect((await send(endpoint('weather'), await issuer.sign(claims()))).status).toBe(200)
    const pem = Buffer.from(JSON.stringify(issuer.keys[0]!.publicJwk))
    const base = { ...claims(), iss: issuer.url, sub: 'x' }
    for (const [what, token] of Object.entries({
      expired: await issuer.sign({ ...claims(), exp: in10Minutes() - 700 }),
      'of another issuer': await issuer.sign({ ...claims(), iss: 'https://other.example' }),
      unsigned: new UnsecuredJWT(base).encode(),
      symmetric: await new SignJWT(base)
        .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: 'first' })
        .sign(createSecretKey(pem)),
      'by a stranger': await new SignJWT(base)
        .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid: 'first' })
        .sign((await createKey('first')).privateKey),
    })) {
      expect([what, (await send(endpoint('weather'), token)).status]).toEqual([what, 401])
    }
    const inQuery = await send(`${endpoint('weather')}?access_token=${await issuer.sign(claims())}`, null)
    expect(inQuery.status).toBe(401)
  })

  it('follow the issuer’s keys', async () => {
    const [first] = issuer.keys.splice(0, 1, await createKey('second'))
    const old = await new SignJWT({ ...claims(), iss: issuer.url, sub: 'late' })
      .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid: 'first' })
      .sign(first!.privateKey)
    try {
      await sleep(150)
      const fresh = await issuer.sign({ ...claims(), sub: 'early' })
      expect((await send(endpoint('weather'), fresh)).status).toBe(200)
      expect((await send(endpoint('weather'), old)).status).toBe(401)
    } finally {
      issuer.keys.splice(0, 1, first!)
    }
    await sleep(150)
    expect((await send(endpoint('weather'), old)).status).toBe(200)
  })

  it('that are opaque count until the issuer takes them back', async () => {
    issuer.format = 'opaque'
    try {
      const token = await issuer.requestToken(endpoint('weather'), 'mcp:call')
      expect((await send(endpoint('weather'), token)).status).toBe(200)
      await issuer.revoke(token)
      await sleep(600)
      expect((await send(endpoint('weather'), token)).status).toBe(401)
    } finally {
      issuer.format = 'jwt'
    }
  })

  it('end the streams that they opened when they run out; the session goes on with the next one', async () => {
    const seconds = Math.floor(Date.now() / 1000)
    const bearer = async (exp: number) => ({
      authorization: `Bearer ${await issuer.sign({ ...claims(), sub: 'dan', exp })}`,
    })
    const { headers } = await openSession(endpoint('weather'), '2025-11-25', await bearer(seconds + 3))
    const stream = await openStream(endpoint('weather'), { method: 'GET', headers })
    const list = { jsonrpc: '2.0', id: 2, method: 'tools/list' }
    await stream.ended
    expect((await post(endpoint('weather'), list, headers)).status).toBe(401)
    const renewed = { ...headers, ...(await bearer(in10Minutes())) }
    expect((await post(endpoint('weather'), list, renewed)).status).toBe(200)
  })

  it('S-117: a hosted server sees neither the token nor any header of its client', async () => {
    const token = await issuer.requestToken(endpoint('weather'), 'mcp:call')
    const params = { name: 'act', arguments: { seen: 'mark' } }
    const extra = { cookie: 'private=1', 'x-private': 'of the client' }
    const answer = await send(endpoint('weather'), token, 'tools/call', params, extra)
    expect(answer.status).toBe(200)
    const seen = JSON.stringify(await readLog(platform, 'weather'))
    expect(seen).toContain('mark')
    expect(seen).not.toContain(token.slice(-40))
    expect(seen).not.toMatch(/bearer|authorization|private|cookie/i)
  })

  it('S-121: a missing scope is a 403 that names it, in the issuer’s words, and nothing happens', async () => {
    const none = await issuer.requestToken(endpoint('weather'), 'servers:read')
    const refused = await send(endpoint('weather'), none)
    expect([refused.status, challengeOf(refused)]).toEqual([
      403,
      `Bearer error="insufficient_scope", scope="use-it", resource_metadata="${metadataOf('/servers/weather/mcp')}"`,
    ])
    const mapped = await issuer.requestToken(endpoint('weather'), 'use-it')
    expect((await send(endpoint('weather'), mapped)).status).toBe(200)

    const reader = await issuer.requestToken(`${platform.url}/api/v1`, 'servers:read')
    const stop = await fetch(`${platform.url}/api/v1/servers/weather/stop`, {
      method: 'POST',
      headers: { authorization: `Bearer ${reader}` },
    })
    expect([stop.status, challengeOf(stop)]).toEqual([
      403,
      `Bearer error="insufficient_scope", scope="servers:write", resource_metadata="${metadataOf('/api/v1')}"`,
    ])
    expect((await platform.json<{ status: string }>('status', 'weather')).status).toBe('running')
  })

  it('S-121: a client of the SDK asks for the scope that is missing, gets it and goes on', async () => {
    const { client, asked, agree } = await connectByOAuth(`${platform.url}/mcp`)
    const stop = () => client.callTool({ name: 'stop_mcp_server', arguments: { name: 'sibling' } })
    await expect(stop()).rejects.toThrow('Unauthorized')
    expect((await platform.json<{ status: string }>('status', 'sibling')).status).toBe('running')
    expect(asked.at(-1)?.searchParams.get('scope')?.split(' ')).toContain('servers:write')
    await agree()
    expect(await stop()).toMatchObject({ structuredContent: { status: 'stopped' } })
    await client.close()
  })
})

describe('people of the issuer', () => {
  const loginUrl = (returnTo = '/api/v1/me') =>
    `${platform.url}/auth/login?${new URLSearchParams({ return_to: returnTo }).toString()}`
  const isCallback = (url: URL) => url.href.startsWith(issuer.redirect)
  const become = (id: string, ...roles: string[]) => {
    issuer.person = { id, claims: { preferred_username: id, roles } }
  }
  /** As far as the issuer's answer, which the browser has not delivered yet. */
  const comeBack = async (browser = createBrowser()) => ({
    browser,
    url: (await browser.visit(loginUrl(), isCallback)).url,
  })
  const deliver = async (browser: ReturnType<typeof createBrowser>, url: URL) => {
    const response = await browser.fetch(url.href)
    const { code } = (await response.json().catch(() => ({}))) as { code?: string }
    expect(browser.cookies(platform.url).has('__Host-haivemind')).toBe(response.status === 303)
    return [response.status, code]
  }
  const names = async () =>
    (await platform.json<{ users: { name: string }[] }>('user', 'list')).users.map(({ name }) => name)

  it('sign in with the role that is mapped to them, and stay the same person', async () => {
    become('ann', 'staff')
    const browser = createBrowser()
    const first = await browser.visit(loginUrl())
    expect([first.status, first.url.pathname]).toEqual([200, '/api/v1/me'])
    expect(JSON.parse(first.text)).toMatchObject({ kind: 'user', name: 'ann', role: 'operator' })
    const cookie = browser.cookies(platform.url).get('__Host-haivemind')
    expect(cookie).toMatch(/^[\w-]{43}$/)

    become('ann', 'chief', 'staff')
    const again = await createBrowser().visit(loginUrl())
    expect(JSON.parse(again.text)).toMatchObject({ id: JSON.parse(first.text).id, role: 'admin' })
    // Another role ends what the former one opened.
    expect((await browser.fetch(`${platform.url}/api/v1/me`)).status).toBe(401)
    expect((await names()).filter((name) => name.startsWith('ann'))).toEqual(['ann'])
    const { stdout } = await platform.cli(['audit', 'list', '--json'])
    expect(stdout).toMatch(/"action":"session.create","resource":"user:ann","outcome":"success"/)
  })

  it('are not taken for somebody of the same name', async () => {
    await platform.cli(['user', 'add', 'bob', '--role', 'admin'], {
      stdin: 'a long and unguessable phrase',
    })
    expect(await names()).toContain('bob')
    become('bob', 'staff')
    const { text } = await createBrowser().visit(loginUrl())
    expect(JSON.parse(text)).toMatchObject({ name: 'bob-2', role: 'operator' })
  })

  it('stay outside without a role', async () => {
    become('eve', 'visitor')
    const { browser, url } = await comeBack()
    expect(await deliver(browser, url)).toEqual([403, 'login_refused'])
    expect(await names()).not.toContain('eve')
  })

  it('come in by an answer that counts once, in the browser that asked, for what was asked', async () => {
    become('ann', 'chief')
    const refused = [403, 'login_refused']
    const changed = (url: URL, key: string, value: string | null) => {
      const copy = new URL(url)
      if (value === null) copy.searchParams.delete(key)
      else copy.searchParams.set(key, value)
      return copy
    }
    for (const [key, value] of [
      ['state', 'x'.repeat(43)],
      ['state', null],
      ['iss', 'https://accounts.example.com'],
      ['iss', null],
      ['code', 'x'],
      ['code', null],
    ] as const) {
      const { browser, url } = await comeBack()
      expect([key, value, ...(await deliver(browser, changed(url, key, value)))]).toEqual([
        key,
        value,
        ...refused,
      ])
    }
    const { browser, url } = await comeBack()
    expect(await deliver(createBrowser(), url)).toEqual(refused)
    expect(await deliver(browser, url)).toEqual(refused)
    const used = await comeBack()
    expect((await deliver(used.browser, used.url))[0]).toBe(303)
    const replayed = await used.browser.fetch(used.url.href)
    expect(replayed.status).toBe(403)

    const mine = await comeBack()
    const theirs = await comeBack()
    const injected = changed(mine.url, 'code', theirs.url.searchParams.get('code'))
    expect(await deliver(mine.browser, injected)).toEqual(refused)

    const nonce = createBrowser()
    const asked = await nonce.visit(loginUrl(), ({ pathname }) => pathname === '/auth')
    const back = await nonce.visit(changed(asked.url, 'nonce', 'another').href, isCallback)
    expect(await deliver(nonce, back.url)).toEqual(refused)
  })

  it('S-119: are led back to exactly one address, and on to a path of the platform only', async () => {
    for (const trick of [
      '//evil.example',
      '/\\evil.example',
      'https://evil.example/',
      'javascript:alert(1)',
      'evil',
      '/a\nb',
      '/\t/evil.example',
    ]) {
      const { status } = await fetch(loginUrl(trick), { redirect: 'manual' })
      expect([trick, status]).toEqual([trick, 400])
    }
    const byName = loginUrl().replace('127.0.0.1', 'localhost')
    const headers = { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' }
    const moved = await fetch(byName, { redirect: 'manual', headers })
    expect(moved.headers.get('location')).toMatch(new RegExp(`^${platform.url}/auth/login\\?`))
    const asked = new URL(
      (await fetch(loginUrl(), { redirect: 'manual', headers })).headers.get('location') ?? '',
    )
    expect(asked.searchParams.get('redirect_uri')).toBe(`${platform.url}/auth/callback`)
    for (const path of [
      '/auth/callback/',
      '/auth/callback/x',
      '/auth/callbackx',
      '/auth/../auth/callback/.',
    ]) {
      expect((await fetch(`${platform.url}${path}?code=x&state=x`)).status).not.toBe(303)
    }
    // And the issuer holds us to it.
    for (const trick of [
      `${issuer.redirect}/x`,
      `${issuer.redirect}.evil.example`,
      issuer.redirect.replace('/auth', ':1/auth'),
      issuer.redirect.replace('127.0.0.1', '127.0.0.1.evil.example'),
    ]) {
      asked.searchParams.set('redirect_uri', trick)
      expect((await fetch(asked, { redirect: 'manual' })).status).toBe(400)
    }
  })
})

describe('an issuer whose metadata cannot be trusted', () => {
  it('S-120: with a javascript: or file: endpoint leads nobody anywhere and lets nobody in', async () => {
    const other = await startIssuer()
    const path = '/.well-known/openid-configuration'
    const metadata = (await (await fetch(`${other.url}${path}`)).json()) as object
    const broken = [{ authorization_endpoint: 'javascript:alert(1)' }, { jwks_uri: 'file:///etc/passwd' }]
    for (const change of broken) {
      other.replaced.set(path, (_, res) => void res.end(JSON.stringify({ ...metadata, ...change })))
      other.replaced.set('/.well-known/oauth-authorization-server', (_, res) => void res.writeHead(404).end())
      const oauth = { issuer: other.url, client_id: PLATFORM.id, login: true, roles: { staff: 'admin' } }
      await using victim = await startPlatform({ security: { oauth } })
      const login = await fetch(`${victim.url}/auth/login`, { redirect: 'manual' })
      expect([login.status, login.headers.get('location')]).toEqual([503, null])
      expect(await login.json()).toMatchObject({ code: 'issuer_unavailable' })
      const token = await other.sign({ aud: `${victim.url}/mcp`, scope: 'servers:read', exp: in10Minutes() })
      expect((await send(`${victim.url}/mcp`, token)).status).toBe(503)
    }
    await other.close()
  })
})
