/** How people come in, what their sessions do and how they end. */
import { describe, expect, it } from 'vitest'
import { problemSchema } from '../../src/api/schema/common.ts'
import { createTestApi } from '../fakes/api.ts'
import { alice } from '../fakes/hosting.ts'

type TestApi = Awaited<ReturnType<typeof createTestApi>>
type Init = NonNullable<Parameters<TestApi['send']>[2]>

const PASSWORD = 'four plain words here'
const CSRF = { 'x-haivemind-csrf': '1' }

async function open() {
  const test = await createTestApi()
  const { accounts } = test.access
  await accounts.create({ name: 'ada', role: 'admin', password: PASSWORD }, 'local')
  await accounts.create({ name: 'eve', role: 'viewer', password: PASSWORD }, 'local')
  const login = async (name = 'ada', init: Init = {}) => {
    const response = await test.send('POST', '/api/v1/login', {
      token: null,
      json: { name, password: PASSWORD },
      ...init,
    })
    const cookie = (response.headers.get('set-cookie') ?? '').split(';')[0]!
    const id = response.ok ? ((await response.json()) as { session: { id: string } }).session.id : ''
    return { response, cookie, id }
  }
  const as = (cookie: string, method: string, path: string, init: Init = {}) =>
    test.send(method, path, { token: null, ...init, headers: { cookie, ...CSRF, ...init.headers } })
  return { ...test, login, as }
}
const codeOf = async (response: Response) => problemSchema.parse(await response.json()).code

describe('signing in', () => {
  it('sets the cookie and says who it is; the cookie then opens what the role may', async () => {
    const { login, as, audit } = await open()
    const { response, cookie } = await login('Eve')
    expect(response.headers.get('set-cookie')).toMatch(
      /^__Host-haivemind=[\w-]{43}; Path=\/; Max-Age=604800; HttpOnly; Secure; SameSite=Lax$/,
    )
    const me = await (await as(cookie, 'GET', '/api/v1/me')).json()
    expect(me).toMatchObject({ kind: 'user', name: 'eve', role: 'viewer' })
    expect((await as(cookie, 'GET', '/api/v1/servers')).status).toBe(200)
    expect((await as(cookie, 'GET', '/api/v1/users')).status).toBe(403)
    const entry = { actor: 'nobody', action: 'session.create', resource: 'user:eve', ip: '127.0.0.1' }
    expect(audit.entries).toMatchObject([
      { ...entry, outcome: 'attempt' },
      { ...entry, outcome: 'success' },
    ])
  })

  it('is refused in a crowd before anything is written down', async () => {
    const { send, audit } = await open()
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, n) =>
        send('POST', '/api/v1/login', {
          token: null,
          json: { name: `nobody${n}`, password: PASSWORD },
          peer: { ip: `192.0.2.${n}`, isSecure: true },
        }),
      ),
    )
    const tried = answers.filter(({ status }) => status === 401).length
    expect(answers.filter(({ status }) => status === 503)).toHaveLength(60 - tried)
    expect(tried).toBeLessThan(60)
    expect(audit.entries).toHaveLength(2 * tried)
  })

  it('fails alike for a wrong password, an unknown name and an account without a password', async () => {
    const { send, access, audit } = await open()
    await access.accounts.create({ name: 'sso', role: 'viewer', password: null }, 'local')
    const answers = await Promise.all(
      ['ada', 'nobody', 'sso'].map(async (name) => {
        const answer = await send('POST', '/api/v1/login', {
          token: null,
          json: { name, password: 'wrong wrong' },
        })
        const { request_id, ...body } = problemSchema.parse(await answer.json())
        expect(request_id).not.toBe('')
        return { status: answer.status, cookie: answer.headers.get('set-cookie'), body }
      }),
    )
    expect(answers[0]).toMatchObject({ status: 401, cookie: null, body: { code: 'wrong_credentials' } })
    expect(answers[1]).toEqual(answers[0])
    expect(answers[2]).toEqual(answers[0])
    // What was typed as the name may be a password: nobody's name is not written down.
    expect(JSON.stringify(audit.entries)).not.toContain('nobody"}')
    expect(audit.entries.map(({ resource }) => resource)).not.toContain('user:nobody')
  })

  it('ends the session that the browser had, so that a planted cookie is worth nothing', async () => {
    const { login, as } = await open()
    const first = await login()
    const second = await login('ada', { headers: { cookie: first.cookie } })
    expect(second.cookie).not.toBe(first.cookie)
    expect((await as(first.cookie, 'GET', '/api/v1/me')).status).toBe(401)
    expect((await as(second.cookie, 'GET', '/api/v1/me')).status).toBe(200)
  })

  it('is refused from a page of another site, and over plain http from another machine', async () => {
    const { login } = await open()
    const cross = await login('ada', { headers: { 'sec-fetch-site': 'cross-site' } })
    expect([cross.response.status, await codeOf(cross.response)]).toEqual([403, 'cross_site_refused'])
    const plain = await login('ada', { peer: { ip: '192.0.2.1', isSecure: false } })
    expect([plain.response.status, await codeOf(plain.response)]).toEqual([403, 'https_required'])
    expect((await login('ada', { peer: { ip: '192.0.2.1', isSecure: true } })).response.status).toBe(200)
  })

  it('is not possible while it cannot be written down', async () => {
    const { login, audit, access } = await open()
    audit.fail(true)
    expect((await login()).response.status).toBe(503)
    expect(access.sessions.list()).toEqual([])
  })
})

describe('a session', () => {
  it('ends with its cookie cleared, and its stream with it', async () => {
    const { login, as } = await open()
    const { cookie, id } = await login()
    const other = await login()
    const accept = { headers: { accept: 'text/event-stream' } }
    const stream = await as(cookie, 'GET', '/api/v1/events', accept)
    const goesOn = await as(other.cookie, 'GET', '/api/v1/events', accept)
    const left = await as(cookie, 'POST', '/api/v1/logout')
    expect(await left.json()).toEqual({ id, ended: true })
    expect(left.headers.get('clear-site-data')).toBe('"cache", "cookies", "storage"')
    expect(left.headers.get('set-cookie')).toContain('__Host-haivemind=; Path=/; Max-Age=0')
    expect(await stream.text()).not.toContain('ada')
    expect((await as(cookie, 'GET', '/api/v1/me')).status).toBe(401)
    expect((await as(other.cookie, 'GET', '/api/v1/me')).status).toBe(200)
    await goesOn.body?.cancel()
  })

  it('is seen and ended by its person and by administrators, and is absent for others', async () => {
    const { login, as } = await open()
    const [ada, eve, eves] = [await login('ada'), await login('eve'), await login('eve')]
    const list = async (cookie: string) =>
      ((await (await as(cookie, 'GET', '/api/v1/sessions')).json()) as { items: { id: string }[] }).items
    expect((await list(eve.cookie)).map(({ id }) => id)).toEqual([eve.id, eves.id])
    expect(await list(eve.cookie)).toMatchObject([{ current: true, user: 'eve' }, { current: false }])
    expect(await list(ada.cookie)).toHaveLength(3)
    const foreign = await as(eve.cookie, 'DELETE', `/api/v1/sessions/${ada.id}`)
    expect([foreign.status, await codeOf(foreign)]).toEqual([404, 'session_not_found'])
    expect((await as(eve.cookie, 'DELETE', `/api/v1/sessions/${eves.id}`)).status).toBe(200)
    expect((await as(ada.cookie, 'DELETE', `/api/v1/sessions/${eve.id}`)).status).toBe(200)
    expect((await as(eve.cookie, 'GET', '/api/v1/me')).status).toBe(401)
  })

  it('ends when the role changes, the account goes, or another session sets a new password', async () => {
    const { login, as } = await open()
    const ada = await login('ada')
    const first = await login('eve')
    const path = '/api/v1/users/eve'
    expect((await as(ada.cookie, 'PATCH', path, { json: { role: 'operator' } })).status).toBe(200)
    expect((await as(first.cookie, 'GET', '/api/v1/me')).status).toBe(401)
    const [second, third] = [await login('eve'), await login('eve')]
    const change = (json: object) => as(second.cookie, 'PATCH', '/api/v1/me', { json })
    const wrong = await change({ current_password: 'not this one', password: 'some other words' })
    expect(await codeOf(wrong)).toBe('wrong_credentials')
    const weak = await change({ current_password: PASSWORD, password: 'password1' })
    expect(await codeOf(weak)).toBe('weak_password')
    expect((await change({ current_password: PASSWORD, password: 'some other words' })).status).toBe(200)
    expect((await as(second.cookie, 'GET', '/api/v1/me')).status).toBe(200)
    expect((await as(third.cookie, 'GET', '/api/v1/me')).status).toBe(401)
    expect((await login('eve')).response.status).toBe(401)
    expect((await as(ada.cookie, 'DELETE', path)).status).toBe(200)
    expect((await as(second.cookie, 'GET', '/api/v1/me')).status).toBe(401)
  })
})

describe('accounts', () => {
  it('always keep an administrator', async () => {
    const { send } = await open()
    for (const [method, json] of [['DELETE'], ['PATCH', { role: 'viewer' }]] as const) {
      const answer = await send(method, '/api/v1/users/ada', json === undefined ? {} : { json })
      expect([answer.status, await codeOf(answer)], method).toEqual([409, 'conflict'])
    }
  })

  it('are changed in one way at a time, and never show a hash', async () => {
    const { send, access } = await open()
    for (const json of [{}, { role: 'viewer', password: PASSWORD }, { name: 'x' }]) {
      expect((await send('PATCH', '/api/v1/users/eve', { json })).status).toBe(400)
    }
    const json = { name: 'bob', role: 'deployer', password: PASSWORD }
    const made = await send('POST', '/api/v1/users', { json })
    expect([made.status, await made.json()]).toMatchObject([201, { name: 'bob', role: 'deployer' }])
    expect((await send('POST', '/api/v1/users', { json })).status).toBe(409)
    const listed = await (await send('GET', '/api/v1/users')).text()
    expect(listed).not.toContain('argon2')
    expect(access.accounts.get('bob').createdBy).toMatch(/^token:/)
  })

  it('may not be made by a token of less than an administrator', async () => {
    const { send, access } = await open()
    const { text } = await access.createToken(
      { name: 'x', grants: ['servers:write', 'secrets:write'], expiresInDays: 1 },
      alice,
    )
    const json = { name: 'bob', role: 'admin', password: PASSWORD }
    expect((await send('POST', '/api/v1/users', { token: text, json })).status).toBe(403)
  })
})

describe('the first run', () => {
  const claim = (test: TestApi, code: string, init: Init = {}) =>
    test.send('POST', '/api/v1/setup', {
      token: null,
      json: { code, name: 'ada', password: PASSWORD },
      ...init,
    })

  it('is claimed once, from this machine, and signs in', async () => {
    const test = await createTestApi()
    const { code } = test.access.setup.current()!
    const state = async () => (await test.send('GET', '/api/v1/setup', { token: null })).json()
    expect(await state()).toEqual({
      claimed: false,
      code: { expires_at: expect.any(String), tries_left: 5 },
      issuer: false,
    })
    const remote = await claim(test, code, { peer: { ip: '192.0.2.1', isSecure: true } })
    expect([remote.status, await codeOf(remote)]).toEqual([403, 'setup_code_wrong'])
    expect((await claim(test, 'AAAA-BBBB-CCCC')).status).toBe(403)
    expect(test.audit.entries).toEqual([])
    const claimed = await claim(test, code)
    expect([claimed.status, await claimed.json()]).toMatchObject([201, { user: { role: 'admin' } }])
    const cookie = (claimed.headers.get('set-cookie') ?? '').split(';')[0]!
    const users = await test.send('GET', '/api/v1/users', { token: null, headers: { cookie } })
    expect(users.status).toBe(200)
    expect(await state()).toEqual({ claimed: true, code: null, issuer: false })
    const second = await claim(test, code)
    expect([second.status, await codeOf(second)]).toEqual([410, 'already_set_up'])
    expect((await test.send('POST', '/api/v1/setup/code')).status).toBe(410)
    expect(test.audit.entries.map(({ action, outcome }) => [action, outcome])).toContainEqual([
      'setup.claim',
      'success',
    ])
  })

  it('can be given a new code by the owner', async () => {
    const test = await createTestApi()
    const { code } = test.access.setup.current()!
    const next = (await (await test.send('POST', '/api/v1/setup/code')).json()) as { code: string }
    expect((await claim(test, code)).status).toBe(403)
    expect((await claim(test, next.code)).status).toBe(201)
  })
})
