/** What other people's pages and words can do to somebody who is signed in: in a real browser. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startBrowser, whyNoBrowser } from './browser.ts'
import { startPlatform, type Platform } from './platform.ts'
import { buildServer, deployBash, readStatus } from './servers.ts'

const PASSWORD = 'four plain words here'
const NOTE = whyNoBrowser ?? ''
/** Runs wherever it is taken for a page; says so in the title, in a dialog and to a host that is nobody's. */
const HOSTILE = '<img src=x onerror="window.pwned=1;alert(1)"><script>window.pwned=2;alert(2)</script>'

/** For printf: a link to a script, another title, a clear screen. */
const ESCAPES = String.raw`\033]8;;javascript:alert(1)\033\\a link\033]8;;\033\\ \033]0;owned\007 \033[2J \302\2332J`
/** Anything that a terminal would obey, but for the ends of lines. */
const hasControls = (text: string) => /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/.test(text)

/** In the page: what of that has become more than words. */
type Found = { readonly pwned: number; readonly elements: number; readonly text: string }
/** Elements that the dashboard did not bring itself. */
const FOREIGN = [
  'img:not([src="/icon.svg"])',
  'script:not([src^="/assets/"])',
  'svg:not(.lucide)',
  'iframe, object, embed, [onerror], [onload]',
].join()
const LOOK = `({
  pwned: globalThis.pwned ?? 0,
  elements: document.querySelectorAll(${JSON.stringify(FOREIGN)}).length,
  text: document.body?.textContent ?? '',
})`
/** In the page: every way to make a browser send something elsewhere; answers what could be read. */
const ATTACK = readFileSync(join(import.meta.dirname, '../fixtures/attack-page.js'), 'utf8')

let platform: Platform
let browser: Browser
let context: BrowserContext
/** A page of somebody else, and one of a web client that the operator lets call MCP endpoints. */
let evil: Server
let friend: Server
const cookiesSeen: string[] = []
const portOf = (server: Server) => (server.address() as AddressInfo).port

async function servePage(): Promise<Server> {
  const server = createServer((req, res) => {
    cookiesSeen.push(req.headers.cookie ?? '')
    res.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>a game</title>')
  })
  await once(server.listen(0), 'listening')
  return server
}

beforeAll(async () => {
  if (whyNoBrowser !== null) return
  ;[evil, friend] = [await servePage(), await servePage()]
  platform = await startPlatform({
    dashboard: { allowed_origins: [`http://127.0.0.1:${portOf(friend)}`] },
  })
  await platform.cli(['user', 'add', 'ada', '--role', 'admin'], { stdin: PASSWORD })
  const words = buildServer({
    before: `echo '${HOSTILE.replaceAll("'", '')}' >&2
printf '${ESCAPES}\\n' >&2`,
  })
  const deployed = await deployBash(platform, 'victim', words, {
    description: HOSTILE,
    tags: ['<img src=x onerror=alert(3)>'],
  })
  expect(deployed.document.error).toBeNull()
  browser = await startBrowser()
  context = await browser.newContext()
})
afterAll(async () => {
  await browser?.close()
  await platform?.[Symbol.asyncDispose]()
  for (const server of [evil, friend]) server?.close()
})

/** On a page of the platform, as its own scripts would. */
function sendFromOwnPage(page: Page, method: string, path: string, json?: unknown): Promise<number> {
  return page.evaluate(
    async ([verb, url, body]) => {
      const response = await fetch(url, {
        method: verb,
        headers: { 'content-type': 'application/json', 'x-haivemind-csrf': '1' },
        body,
      })
      return response.status
    },
    [method, path, json === undefined ? '{}' : JSON.stringify(json)] as const,
  )
}

async function signIn(): Promise<Page> {
  const page = await context.newPage()
  await page.goto(platform.url)
  const status = await sendFromOwnPage(page, 'POST', '/api/v1/login', { name: 'ada', password: PASSWORD })
  expect(status).toBe(200)
  return page
}

describe.skipIf(whyNoBrowser !== null)(`a signed-in browser${NOTE}`, () => {
  it('keeps the session on loopback, away from scripts', async () => {
    const page = await signIn()
    const [cookie] = await context.cookies(platform.url)
    expect(cookie).toMatchObject({
      name: '__Host-haivemind',
      httpOnly: true,
      secure: true,
      sameSite: 'Lax',
      path: '/',
    })
    expect(await page.evaluate('document.cookie')).toBe('')
    expect((await page.goto(`${platform.url}/api/v1/me`))?.status()).toBe(200)
    await page.close()
  })

  it('S-75: a page of the platform takes no code but its own files, and no text for markup', async () => {
    const page = await context.newPage()
    const answer = await page.goto(platform.url)
    const policy = answer?.headers()['content-security-policy'] ?? ''
    expect(policy.replace(/'nonce-[\w-]{43}'/, "'nonce-…'")).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-…'; img-src 'self' data:; connect-src 'self'; " +
        "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
    )
    expect(await answer?.text()).not.toMatch(/<script(?![^>]*\ssrc="\/)|\son\w+=|\sstyle=|javascript:/i)
    const tried = await page.evaluate<readonly string[]>(`(() => {
      const attempt = (act) => { try { act(); return 'done' } catch (error) { return error.name } }
      const image = document.createElement('img'), frame = document.createElement('iframe')
      return [
        attempt(() => { document.body.innerHTML = '<img src=x onerror="window.pwned=1">' }),
        attempt(() => { image.setAttribute('onerror', 'window.pwned=2') }),
        attempt(() => { frame.srcdoc = '<script>parent.pwned=3</script>' }),
        attempt(() => { document.createElement('script').text = 'window.pwned=4' }),
        attempt(() => { setTimeout('window.pwned=5', 0) }),
      ]
    })()`)
    expect(tried).toEqual(['TypeError', 'TypeError', 'TypeError', 'TypeError', 'TypeError'])
    const elsewhere = await page.evaluate<string>(
      `fetch('http://127.0.0.1:${portOf(evil)}/').then(() => 'sent', (error) => error.name)`,
    )
    expect(elsewhere).toBe('TypeError')
    expect(await page.evaluate('globalThis.pwned ?? 0')).toBe(0)
    await page.close()
  })

  it('D24, S-72: runs nothing of what servers, tokens and addresses say', async () => {
    const page = await signIn()
    await platform.cli(['token', 'create', HOSTILE])
    // On a terminal the same log, with a link, a title and a clear screen beside it, is text and nothing else.
    const { code, stdout } = await platform.cli(['logs', 'victim'])
    expect([code, stdout.includes('onerror='), stdout.includes('a link'), hasControls(stdout)]).toEqual([
      0,
      true,
      true,
      false,
    ])
    const dialogs: string[] = []
    const strangers: string[] = []
    const errors: string[] = []
    page.on('dialog', (dialog) => {
      dialogs.push(dialog.message())
      void dialog.dismiss()
    })
    page.on('request', (request) => {
      if (!request.url().startsWith(`${platform.url}/`) && !request.url().startsWith('data:'))
        strangers.push(request.url())
    })
    page.on('pageerror', (error) => errors.push(String(error)))
    const inPath = encodeURIComponent(HOSTILE)
    const opened = [
      ['/api/v1/servers/victim', true],
      ['/api/v1/servers', true],
      ['/api/v1/servers/victim/logs', true],
      ['/api/v1/tokens', true],
      ['/api/v1/audit', true],
      ['/api/v1/events', true],
      [`/api/v1/${inPath}`, false],
      [`/api/v1/servers/${inPath}`, true],
      [`/servers/${inPath}/mcp`, false],
      [`/${inPath}`, false],
      [`/?q=${inPath}#${inPath}`, false],
    ] as const
    for (const [path, shows] of opened) {
      await page.goto(`${platform.url}${path}`)
      const found = await page.evaluate<Found>(LOOK)
      expect([path, found.pwned, found.elements]).toEqual([path, 0, 0])
      // As words it is there: otherwise nothing was tried.
      expect([path, found.text.includes('onerror=')]).toEqual([path, shows])
    }
    expect([dialogs, strangers, errors]).toEqual([[], [], []])
    await page.close()
  })

  it('S-70: changes nothing for a page of another site, of another port, or of an origin that may use MCP', async () => {
    const own = await signIn()
    const api = `${platform.url}/api/v1`
    const state = async () => ({
      pid: (await readStatus(platform, 'victim')).instance?.pid,
      users: await platform.json<unknown>('user', 'list').then((users) => JSON.stringify(users)),
      tokens: (await platform.json<{ tokens: { id: string }[] }>('token', 'list')).tokens.map(({ id }) => id),
    })
    const before = await state()
    expect(before.pid).toBeGreaterThan(0)
    const origins = [
      `http://localhost:${portOf(evil)}`,
      `http://127.0.0.1:${portOf(evil)}`,
      `http://127.0.0.1:${portOf(friend)}`,
    ]
    for (const origin of origins) {
      const page = await context.newPage()
      const answers: [string, number][] = []
      page.on('response', (response) => {
        if (response.url().startsWith(api)) answers.push([response.request().method(), response.status()])
      })
      await page.goto(origin)
      const read = await page.evaluate<string[]>(`(${ATTACK})(${JSON.stringify(api)})`)
      await page.waitForTimeout(500)
      // Whatever was sent was refused; a GET of an image may be answered, with nothing that a page could see.
      const changes = answers.filter(([method]) => method !== 'GET')
      expect(changes.length, origin).toBeGreaterThan(3)
      expect(changes.filter(([, status]) => ![401, 403, 405].includes(status))).toEqual([])
      expect([origin, read]).toEqual([origin, []])
      await page.close()
    }
    // The browser did send the session along where the page was on the same host: cookies know no ports.
    expect(cookiesSeen.some((cookie) => cookie.includes('__Host-haivemind='))).toBe(true)
    expect(await state()).toEqual(before)
    // And the session was good for it all along.
    expect(await sendFromOwnPage(own, 'POST', '/api/v1/servers/victim/stop')).toBe(200)
    expect((await readStatus(platform, 'victim')).status).toBe('stopped')
    await own.close()
  })
})
