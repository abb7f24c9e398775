/** Every route and tool, asked by everybody there is, against the table of who may do what. */
import { describe, expect, it } from 'vitest'
import type { Route } from '../../src/api/route.ts'
import { problemSchema } from '../../src/api/schema/common.ts'
import {
  expectation,
  keyOf,
  outcomeOf,
  pathOf,
  ROLES,
  ROUTES,
  TOKENS,
  TOOLS,
  type Outcome,
} from '../fakes/access-table.ts'
import { createTestApi } from '../fakes/api.ts'
import { alice } from '../fakes/hosting.ts'

type TestApi = Awaited<ReturnType<typeof createTestApi>>

const CSRF = { 'x-haivemind-csrf': '1' }

async function openTest() {
  const test = await createTestApi()
  await test.deploy('weather', './run.sh')
  const signIn = async (role: keyof typeof ROLES) => {
    const { accounts, signIn: open } = test.access
    const user = accounts.find(role) ?? (await accounts.create({ name: role, role, password: null }, 'local'))
    const { cookie } = await open.as(user, { ip: null, userAgent: null }, null)
    return { cookie: cookie.split(';')[0]! }
  }
  const tokenFor = async (...grants: string[]) =>
    (await test.access.createToken({ name: 'x', grants, expiresInDays: 1 }, alice)).text
  return { ...test, signIn, tokenFor }
}

describe('the routes', () => {
  it('S-85: are all in this table, and no other is', async () => {
    const { api } = await openTest()
    expect(api.routes.map(keyOf).toSorted()).toEqual(Object.keys(ROUTES).toSorted())
  })

  it('S-85: what contains a server is set by whoever deploys it, not by whoever operates it', async () => {
    const test = await openTest()
    const set = async (token: string, json: unknown) =>
      (await test.send('PATCH', '/api/v1/servers/weather', { token, json })).status
    const [operator, deployer] = [
      await test.tokenFor('servers:write'),
      await test.tokenFor('servers:write', 'servers:deploy'),
    ]
    for (const [field, value] of Object.entries({
      pin: 'off',
      egress: ['evil.example'],
      allowed_network: true,
    })) {
      expect([field, await set(operator, { [field]: value })]).toEqual([field, 403])
      expect([field, await set(operator, { tags: ['x'], [field]: null })]).toEqual([field, 403])
      expect([field, await set(deployer, { [field]: value })]).toEqual([field, 200])
    }
    expect(await set(operator, { tags: ['x'] })).toBe(200)
  })

  it('S-85: let in whom this table says, by session and by token', async () => {
    const test = await openTest()
    const wrong: string[] = []
    let cells = 0
    const judge = async (route: Route, who: string, expected: Outcome, response: Response) => {
      cells++
      const got = await outcomeOf(response)
      // An absent server is a 404 to whoever may ask for it.
      const isFine =
        got === expected || (expected === 'in' && got === 404 && pathOf(route).includes('/absent'))
      if (!isFine) wrong.push(`${keyOf(route)} by ${who}: ${got}, not ${expected}`)
    }
    for (const route of test.api.routes) {
      const needs = ROUTES[keyOf(route)] ?? 'admin'
      const ask = (init: Parameters<TestApi['send']>[2]) => test.send(route.method, pathOf(route), init)
      const anonymous = needs === 'anybody' ? 'in' : 401
      await judge(route, 'nobody', anonymous, await ask({ token: null }))
      await judge(route, 'a stranger’s token', anonymous, await ask({ token: 'hvm_x_y' }))
      for (const [role, holds] of Object.entries(ROLES)) {
        const cookie = await test.signIn(role as keyof typeof ROLES)
        const answer = await ask({ token: null, headers: { ...cookie, ...CSRF } })
        await judge(route, role, expectation(needs, holds), answer)
      }
      for (const [grant, holds] of Object.entries(TOKENS)) {
        const answer = await ask({ token: await test.tokenFor(grant) })
        await judge(route, `the token ${grant}`, expectation(needs, holds), answer)
      }
    }
    expect(wrong).toEqual([])
    expect(cells).toBeGreaterThan(700)
    expect(test.defects).toEqual([])
  })

  it('S-70: change nothing for a cookie without the platform’s own page', async () => {
    const test = await openTest()
    const changing = test.api.routes.filter(
      (route) => route.method !== 'GET' && ROUTES[keyOf(route)] !== 'anybody',
    )
    const tricks: Readonly<Record<string, Readonly<Record<string, string>>>> = {
      'without the header': {},
      'with another value': { 'x-haivemind-csrf': '0' },
      'from another site': { ...CSRF, 'sec-fetch-site': 'cross-site' },
      'from a sub-domain': { ...CSRF, 'sec-fetch-site': 'same-site' },
      'from another origin': { ...CSRF, origin: 'https://evil.example', host: '127.0.0.1:8910' },
      'from a sandboxed frame': { ...CSRF, origin: 'null', host: '127.0.0.1:8910' },
    }
    const cookie = await test.signIn('admin')
    for (const route of changing) {
      for (const [trick, headers] of Object.entries(tricks)) {
        const answer = await test.send(route.method, pathOf(route), {
          token: null,
          headers: { ...cookie, ...headers },
        })
        const { code } = problemSchema.parse(await answer.json())
        expect([answer.status, code], `${keyOf(route)} ${trick}`).toEqual([403, 'cross_site_refused'])
      }
    }
    expect(changing.length).toBeGreaterThan(12)
    expect(test.audit.entries).toEqual([])
  })

  it('S-71: change nothing with a GET', async () => {
    const { api, send, audit, hosting, access } = await openTest()
    const before = JSON.stringify([await hosting.list(), access.accounts.list(), access.listTokens()])
    for (const route of api.routes.filter(({ method }) => method === 'GET')) await send('GET', pathOf(route))
    const after = JSON.stringify([await hosting.list(), access.accounts.list(), access.listTokens()])
    const plain = (text: string) => text.replaceAll(/"lastUsedAt":\d+/g, '"lastUsedAt":null')
    expect(plain(after)).toBe(plain(before))
    expect(audit.entries).toEqual([])
  })

  it('ignore a cookie beside a token, even one that is worth nothing', async () => {
    const test = await openTest()
    const cookie = await test.signIn('admin')
    const ask = (token: string, method = 'GET') =>
      test.send(method as 'GET', '/api/v1/users', { token, headers: { ...cookie, ...CSRF } })
    expect((await ask('hvm_x_y')).status).toBe(401)
    expect((await ask(await test.tokenFor('logs:read'))).status).toBe(403)
  })
})

describe('the management tools', () => {
  const call = async (test: TestApi, name: string, init: Parameters<TestApi['send']>[2]) => {
    const response = await test.send('POST', '/mcp', {
      ...init,
      headers: {
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': 'tools/call',
        'mcp-name': name,
        ...init?.headers,
      },
      json: {
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: {
          name,
          arguments: TOOLS[name]?.[1] ?? {},
          _meta: {
            'io.modelcontextprotocol/protocolVersion': '2026-07-28',
            'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
            'io.modelcontextprotocol/clientCapabilities': {},
          },
        },
      },
    })
    const text = await response.text()
    if (response.status !== 200) return response.status as Outcome
    const code = /Error (\w+):/.exec(text)?.[1]
    if (code === 'forbidden') return 403
    if (code === 'server_not_found') return 404
    // Anything else than a tool's own answer would prove nothing.
    expect(text, name).toContain('"content"')
    expect(text, name).not.toContain('Input validation')
    return 'in'
  }

  it('S-85, S-122: are all in this table and take whom it says; a browser’s cookie opens none', async () => {
    const test = await openTest()
    expect(test.api.tools.map(({ name }) => name).toSorted()).toEqual(Object.keys(TOOLS).toSorted())
    const wrong: string[] = []
    const judge = (name: string, who: string, expected: Outcome, got: Outcome) => {
      const isFine = got === expected || (expected === 'in' && got === 404)
      if (!isFine) wrong.push(`${name} by ${who}: ${got}, not ${expected}`)
    }
    for (const [name, [needs]] of Object.entries(TOOLS)) {
      judge(name, 'nobody', 401, await call(test, name, { token: null }))
      for (const [role, holds] of Object.entries(ROLES)) {
        const cookie = await test.signIn(role as keyof typeof ROLES)
        judge(name, role, 401, await call(test, name, { token: null, headers: { ...cookie, ...CSRF } }))
        const token = await test.tokenFor(...holds.split(' '))
        judge(name, `a token like ${role}`, expectation(needs, holds), await call(test, name, { token }))
      }
      for (const [grant, holds] of Object.entries(TOKENS)) {
        const token = await test.tokenFor(grant)
        // Narrowed to hosted servers: not even the endpoint opens.
        const expected = grant.startsWith('mcp:call:') ? 403 : expectation(needs, holds)
        judge(name, `the token ${grant}`, expected, await call(test, name, { token }))
      }
    }
    expect(wrong).toEqual([])
    expect(test.defects).toEqual([])
  })

  it('hide a server from a token that is for another one', async () => {
    const test = await openTest()
    const token = await test.tokenFor('logs:read', 'mcp:call:other')
    expect(await call(test, 'call_hosted_tool', { token })).toBe(404)
  })
})
