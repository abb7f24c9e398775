/** How the platform serves the dashboard's page and files. */
import { expect, it } from 'vitest'
import type { DashboardFiles } from '../../src/api/serve-dashboard.ts'
import { createTestApi } from '../fakes/api.ts'

const INDEX = '<html data-theme="{{theme}}"><meta nonce="{{nonce}}">'
const BROWSER = { accept: 'text/html,*/*;q=0.8' }
const files: DashboardFiles = {
  index: INDEX,
  async read(path, accepts) {
    if (path !== 'assets/a-1f.js') return null
    const encoding = accepts.includes('br') ? 'br' : null
    return { contentType: 'text/javascript; charset=utf-8', encoding, bytes: new TextEncoder().encode('run') }
  },
}
const get = async (path: string, headers: Record<string, string> = BROWSER) => {
  const { send } = await createTestApi({ dashboard: files })
  return send('GET', path, { token: null, headers })
}

it('is one page at each of its addresses, with a policy that nothing loosens', async () => {
  for (const path of [
    '/',
    '/login',
    '/servers',
    '/servers/weather',
    '/servers/weather/logs',
    '/settings/tokens',
  ]) {
    const answer = await get(path)
    expect([path, answer.status, answer.headers.get('content-type')]).toEqual([
      path,
      200,
      'text/html; charset=utf-8',
    ])
    const nonce = /nonce="([^"]+)"/.exec(await answer.text())?.[1]
    expect(answer.headers.get('content-security-policy')).toBe(
      `default-src 'none'; script-src 'self'; style-src 'self' 'nonce-${nonce}'; img-src 'self' data:; ` +
        `connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; ` +
        `require-trusted-types-for 'script'`,
    )
    expect(answer.headers.get('cache-control')).toBe('no-store')
  }
})

it('has another nonce for each answer', async () => {
  const { send } = await createTestApi({ dashboard: files })
  const ask = async () => (await send('GET', '/', { token: null })).text()
  expect(await ask()).not.toBe(await ask())
})

it.each([
  ['', 'system'],
  ['haivemind-theme=dark', 'dark'],
  ['a=b; haivemind-theme=light', 'light'],
  ['haivemind-theme="><script>', 'system'],
  ['haivemind-theme=pink', 'system'],
])('writes the theme of the cookie %j into the page: %s', async (cookie, theme) => {
  const text = await (await get('/', { ...BROWSER, cookie })).text()
  expect(text).toContain(`data-theme="${theme}"`)
})

it('answers 404 with the page for a person, and with a problem for a program', async () => {
  const page = await get('/nothing/here')
  expect([page.status, await page.text()]).toEqual([404, expect.stringContaining('<html')])
  for (const path of ['/nothing/here', '/servers/weather']) {
    const problem = await get(path, { accept: '*/*' })
    expect([problem.status, problem.headers.get('content-type')]).toEqual([404, 'application/problem+json'])
  }
  expect((await get('/api/v1/nothing')).headers.get('content-type')).toBe('application/problem+json')
  expect((await get('/assets/gone.js')).headers.get('content-type')).toBe('application/problem+json')
})

it('gives files for good, in the form that the browser takes', async () => {
  const answer = await get('/assets/a-1f.js', { 'accept-encoding': 'gzip, br' })
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'content-type': 'text/javascript; charset=utf-8',
    'content-encoding': 'br',
    'cache-control': 'public, max-age=31536000, immutable',
    vary: 'Accept-Encoding',
    'x-content-type-options': 'nosniff',
  })
  const plain = await get('/assets/a-1f.js', { 'accept-encoding': 'br;q=0, gzip' })
  expect(plain.headers.get('content-encoding')).toBeNull()
})

it('is not there when it is switched off', async () => {
  const { send } = await createTestApi()
  expect(await (await send('GET', '/', { token: null })).text()).toContain('/api/openapi.json')
  expect((await send('GET', '/servers', { token: null, headers: BROWSER })).status).toBe(404)
})
