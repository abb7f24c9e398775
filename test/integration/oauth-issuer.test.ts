/** Tokens of a real authorization server, and of ones that went wrong, against the resource server. */
import { createHash, createSecretKey } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { SignJWT, UnsecuredJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openOAuth, type OAuth } from '../../src/access/oauth/open-oauth.ts'
import type { OAuthSettings } from '../../src/access/oauth/settings.ts'
import { Secret } from '../../src/domain/secret.ts'
import type { Principal } from '../../src/domain/principal.ts'
import { systemClock } from '../../src/system/clock.ts'
import { createFakeClock } from '../fakes/clock.ts'
import { silent } from '../fakes/hosting.ts'
import { createKey, PLATFORM, startIssuer, type Issuer } from '../fakes/issuer.ts'

const BASE = 'http://127.0.0.1:8910'
const RESOURCE = `${BASE}/servers/weather/mcp`
const at = { host: '127.0.0.1:8910', path: '/servers/weather/mcp' }
const opened: OAuth[] = []
let issuer: Issuer
beforeAll(async () => {
  issuer = await startIssuer()
})
afterAll(async () => {
  for (const oauth of opened) oauth.close()
  await issuer.close()
})

const in10Minutes = () => Math.floor(Date.now() / 1000) + 600

function open(more: Partial<OAuthSettings> = {}, clock = systemClock): OAuth {
  const settings: OAuthSettings = {
    issuer: issuer.url,
    audience: null,
    algorithms: ['RS256', 'ES256'],
    mapping: { scopes: { 'use-it': ['mcp:call'] }, roleClaim: 'roles', roles: { staff: 'viewer' } },
    clockToleranceSeconds: 0,
    keysCooldownSeconds: 0.001,
    introspection: 'off',
    introspectionCacheSeconds: 0.2,
    places: [],
    client: { id: PLATFORM.id, secret: new Secret(PLATFORM.secret) },
    login: null,
    ...more,
  }
  const oauth = openOAuth({ settings, clock, logger: silent, baseOf: (host) => `http://${host}` })
  opened.push(oauth)
  return oauth
}

const ask = async (oauth: OAuth, token: string, where = at): Promise<Principal | null> =>
  oauth.authenticate(`Bearer ${token}`, where)

describe('JWT access tokens', () => {
  it('of the real issuer let in with the scopes that they carry', async () => {
    const oauth = open()
    const token = await issuer.requestToken(RESOURCE, 'mcp:call servers:read')
    const principal = await ask(oauth, token)
    const hash = createHash('sha256').update(issuer.url).digest('hex').slice(0, 8)
    expect(principal).toEqual({
      id: `oauth:${hash}:${PLATFORM.id}`,
      kind: 'oauth',
      name: PLATFORM.id,
      grants: ['mcp:call', 'servers:read'],
    })
    // Known now: no promise, no question.
    expect(oauth.authenticate(`Bearer ${token}`, at)).toEqual(principal)
  })

  it('S-116: count for the endpoint that they were made for and for no other', async () => {
    const oauth = open()
    const token = await issuer.requestToken(RESOURCE, 'mcp:call')
    expect(await ask(oauth, token)).not.toBeNull()
    for (const path of ['/servers/sibling/mcp', '/mcp', '/api/v1', '/servers/weather', '/']) {
      expect(await ask(oauth, token, { ...at, path })).toBeNull()
    }
    expect(await ask(oauth, token, { ...at, host: 'localhost:8910' })).toBeNull()
    const shared = await issuer.sign({ aud: 'haivemind', scope: 'mcp:call', exp: in10Minutes() })
    expect(await ask(oauth, shared)).toBeNull()
    expect(await ask(open({ audience: 'haivemind' }), shared)).not.toBeNull()
  })

  it('are refused when they are expired, early, another’s, unsigned or signed with a public key', async () => {
    const oauth = open()
    const good = { aud: RESOURCE, scope: 'mcp:call', exp: in10Minutes() }
    expect(await ask(oauth, await issuer.sign(good))).not.toBeNull()
    const pem = JSON.stringify(issuer.keys[0]!.publicJwk)
    const refused: Readonly<Record<string, string>> = {
      expired: await issuer.sign({ ...good, exp: in10Minutes() - 700 }),
      early: await issuer.sign({ ...good, nbf: in10Minutes() }),
      'without an end': await issuer.sign({ aud: RESOURCE, scope: 'mcp:call' }),
      'without an audience': await issuer.sign({ ...good, aud: undefined }),
      'without a subject': await issuer.sign({ ...good, sub: undefined }),
      'of another issuer': await issuer.sign({ ...good, iss: 'http://127.0.0.1:1' }),
      unsigned: new UnsecuredJWT({ ...good, iss: issuer.url, sub: 'x' }).encode(),
      'with a symmetric signature': await new SignJWT({ ...good, iss: issuer.url, sub: 'x' })
        .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: 'first' })
        .sign(createSecretKey(Buffer.from(pem))),
      'by a stranger’s key': await new SignJWT({ ...good, iss: issuer.url, sub: 'x' })
        .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid: 'first' })
        .sign((await createKey('first')).privateKey),
      'an ID token': await issuer.sign({ ...good, nonce: 'x' }, { typ: 'JWT' }),
      'another kind of token': await issuer.sign(good, { typ: 'logout+jwt' }),
      'bound to a key': await issuer.sign({ ...good, cnf: { jkt: 'x' } }),
      'with an extension that is not understood': await new SignJWT({ ...good, iss: issuer.url, sub: 'x' })
        .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid: 'first', crit: ['x'], x: 1 })
        .sign(issuer.keys[0]!.privateKey, { crit: { x: true } }),
      opaque: 'some-opaque-token',
    }
    for (const [what, token] of Object.entries(refused)) {
      expect([what, await ask(oauth, token)]).toEqual([what, null])
    }
  })

  it('are refused when they carry keys or addresses of keys themselves', async () => {
    const oauth = open()
    const own = await createKey('own')
    const claims = { iss: issuer.url, sub: 'x', aud: RESOURCE, scope: 'mcp:call', exp: in10Minutes() }
    for (const header of [
      { jwk: own.publicJwk },
      { jku: `${issuer.url}/evil` },
      { x5u: `${issuer.url}/evil` },
    ]) {
      const token = await new SignJWT(claims)
        .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', ...header })
        .sign(own.privateKey)
      expect(await ask(oauth, token)).toBeNull()
    }
    expect(issuer.asked.get('/evil')).toBeUndefined()
  })

  it('follow the issuer’s keys: a new one is found once, an old one stops counting', async () => {
    const oauth = open({ keysCooldownSeconds: 0.05 })
    const claims = { aud: RESOURCE, scope: 'mcp:call', exp: in10Minutes() }
    const old = await issuer.sign(claims)
    expect(await ask(oauth, old)).not.toBeNull()
    const [first] = issuer.keys.splice(0, 1, await createKey('second'))
    try {
      const fresh = await issuer.sign({ ...claims, jti: 'fresh' })
      await sleep(100)
      expect(await ask(oauth, fresh)).not.toBeNull()
      const before = issuer.asked.get('/jwks')!
      const bySecond = issuer.keys[0]!
      for (let count = 0; count < 20; count++) {
        const invented = await new SignJWT({ ...claims, iss: issuer.url, sub: 'x' })
          .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid: `invented-${count}` })
          .sign(bySecond.privateKey)
        expect(await ask(oauth, invented)).toBeNull()
      }
      expect(issuer.asked.get('/jwks')! - before).toBeLessThan(20)
      // Another token by the key that is gone; the first one may count for up to a minute.
      const late = await new SignJWT({ ...claims, iss: issuer.url, sub: 'x' })
        .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid: 'first' })
        .sign(first!.privateKey)
      expect(await ask(oauth, late)).toBeNull()
    } finally {
      issuer.keys.splice(0, 1, first!)
    }
  })

  it('map the issuer’s scopes, never widen by a role, and never give admin by its name', async () => {
    const oauth = open()
    const grantsFor = async (claims: Record<string, unknown>) =>
      (await ask(oauth, await issuer.sign({ aud: RESOURCE, exp: in10Minutes(), ...claims })))?.grants
    expect(await grantsFor({ scope: 'use-it unknown mcp:call:weather' })).toEqual([
      'mcp:call',
      'mcp:call:weather',
    ])
    expect(await grantsFor({ scope: 'admin' })).toEqual([])
    expect(await grantsFor({ scope: 'servers:read', roles: ['staff'] })).toEqual(['servers:read'])
    expect(await grantsFor({ roles: ['staff', 'toString'] })).toContain('logs:read')
    expect(await grantsFor({ scp: ['servers:read'] })).toEqual(['servers:read'])
  })

  it('nobody comes in while the issuer does not answer, and it is not asked by every request', async () => {
    const oauth = open()
    const instead = (_: unknown, res: { writeHead(status: number): { end(): void } }) =>
      res.writeHead(500).end()
    const keys = issuer.replaced.get('/jwks')!
    issuer.replaced.set('/jwks', instead)
    const before = issuer.asked.get('/jwks')!
    try {
      for (let count = 0; count < 10; count++) {
        const token = await issuer.sign({ aud: RESOURCE, exp: in10Minutes(), jti: `${count}` })
        await expect(ask(oauth, token)).rejects.toMatchObject({ code: 'issuer_unavailable' })
      }
      expect(issuer.asked.get('/jwks')! - before).toBe(1)
    } finally {
      issuer.replaced.set('/jwks', keys)
    }
  })

  it('a principal lapses when the last token it came with has run out', async () => {
    const clock = createFakeClock(Date.now())
    const oauth = open({}, clock)
    const lapsed: string[] = []
    oauth.onLapsed((id) => lapsed.push(id))
    const seconds = Math.floor(Date.now() / 1000)
    const short = await ask(oauth, await issuer.sign({ sub: 'ann', aud: RESOURCE, exp: seconds + 60 }))
    await ask(oauth, await issuer.sign({ sub: 'ann', aud: RESOURCE, exp: seconds + 120 }))
    clock.advance(90_000)
    expect(lapsed).toEqual([])
    clock.advance(40_000)
    expect(lapsed).toEqual([short?.id])
  })
})

describe('introspection', () => {
  it('lets an opaque token in until the issuer takes it back', async () => {
    const oauth = open({ introspection: 'opaque' })
    issuer.format = 'opaque'
    try {
      const token = await issuer.requestToken(RESOURCE, 'mcp:call')
      expect(token.split('.')).toHaveLength(1)
      expect(await ask(oauth, token)).toMatchObject({ grants: ['mcp:call'] })
      expect(await ask(oauth, token, { ...at, path: '/servers/sibling/mcp' })).toBeNull()
      expect(await ask(oauth, 'never-issued')).toBeNull()
      await issuer.revoke(token)
      await sleep(250)
      expect(await ask(oauth, token)).toBeNull()
      expect(await ask(open(), token)).toBeNull()
    } finally {
      issuer.format = 'jwt'
    }
  })

  it('asks the issuer no more for an address that only guesses, and goes on for others', async () => {
    const clock = createFakeClock(Date.now())
    const oauth = open({ introspection: 'opaque', introspectionCacheSeconds: 0 }, clock)
    issuer.format = 'opaque'
    const token = await issuer.requestToken(RESOURCE, 'mcp:call').finally(() => (issuer.format = 'jwt'))
    const from = (ip: string) => ({ ...at, readIp: () => ip })
    for (let n = 0; n < 60; n++) expect(await ask(oauth, `guess${n}`, from('192.0.2.1'))).toBeNull()
    const before = issuer.asked.get('/token/introspection')!
    await expect(ask(oauth, 'guess', from('192.0.2.1'))).rejects.toMatchObject({ code: 'rate_limited' })
    expect(issuer.asked.get('/token/introspection')).toBe(before)
    expect(await ask(oauth, token, from('192.0.2.2'))).not.toBeNull()
    clock.advance(1_000)
    expect(await ask(oauth, token, from('192.0.2.1'))).not.toBeNull()
  })

  it('ends what a token has open once the issuer took it back, though nobody comes with it again', async () => {
    const clock = createFakeClock(Date.now())
    const oauth = open({ introspection: 'always', introspectionCacheSeconds: 60 }, clock)
    const lapsed: string[] = []
    oauth.onLapsed((id) => lapsed.push(id))
    issuer.format = 'opaque'
    const token = await issuer.requestToken(RESOURCE, 'mcp:call').finally(() => (issuer.format = 'jwt'))
    const principal = await ask(oauth, token)
    const asked = () => issuer.asked.get('/token/introspection')!
    const before = asked()
    clock.advance(35_000)
    await expect.poll(() => asked() - before).toBe(1)
    await ask(oauth, token)
    expect(lapsed).toEqual([])
    await issuer.revoke(token)
    clock.advance(35_000)
    await expect.poll(() => lapsed).toEqual([principal?.id])
    expect(await ask(oauth, token)).toBeNull()
    clock.advance(120_000)
    expect(lapsed).toHaveLength(1)
  })

  it('asks about so many tokens at a time and no more', async () => {
    const path = '/token/introspection'
    const held: (() => void)[] = []
    issuer.replaced.set(path, (_, res) => void held.push(() => res.end('{"active":false}')))
    try {
      const oauth = open({ introspection: 'opaque' })
      const answers = Promise.allSettled(
        Array.from({ length: 80 }, (_, count) => ask(oauth, `invented-${count}`)),
      )
      await expect.poll(() => held.length).toBe(64)
      // A signed token needs no question, so it does not wait for theirs.
      expect(await ask(oauth, await issuer.sign({ aud: RESOURCE, exp: in10Minutes() }))).not.toBeNull()
      for (const answer of held) answer()
      const outcomes = (await answers).map((one) => (one.status === 'rejected' ? 'unavailable' : one.value))
      expect(outcomes.filter((one) => one === 'unavailable')).toHaveLength(16)
      expect(outcomes.filter((one) => one === null)).toHaveLength(64)
    } finally {
      issuer.replaced.delete(path)
    }
  })

  it('tells the issuer nothing of the platform’s own tokens', async () => {
    const before = issuer.asked.get('/token/introspection')
    expect(await ask(open({ introspection: 'always' }), 'hvm_01ABC_revoked')).toBeNull()
    expect(issuer.asked.get('/token/introspection')).toBe(before)
  })

  it('fails closed', async () => {
    const oauth = open({
      introspection: 'opaque',
      client: { id: PLATFORM.id, secret: new Secret('wrong') },
    })
    await expect(ask(oauth, 'some-opaque-token')).rejects.toMatchObject({ code: 'issuer_unavailable' })
  })
})

describe('an issuer whose metadata cannot be trusted', () => {
  it.each([
    ['jwks_uri', 'file:///etc/passwd'],
    ['authorization_endpoint', 'javascript:alert(1)'],
    ['token_endpoint', 'http://169.254.169.254/token'],
    ['introspection_endpoint', 'https://user:word@127.0.0.1/'],
    ['issuer', 'https://accounts.example.com'],
  ])('S-120: %s %s makes all of it worthless', async (key, value) => {
    const path = '/.well-known/openid-configuration'
    const metadata = (await (await fetch(`${issuer.url}${path}`)).json()) as object
    const rfc8414 = '/.well-known/oauth-authorization-server'
    for (const place of [path, rfc8414]) {
      issuer.replaced.set(place, (_, res) => void res.end(JSON.stringify({ ...metadata, [key]: value })))
    }
    try {
      const token = await issuer.sign({ aud: RESOURCE, exp: in10Minutes() })
      await expect(ask(open(), token)).rejects.toMatchObject({ code: 'issuer_unavailable' })
    } finally {
      issuer.replaced.delete(path)
      issuer.replaced.delete(rfc8414)
    }
  })
})
