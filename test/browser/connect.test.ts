/** From a running server to a client that uses it, as the page shows it. */
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { whyNoBrowser } from '../e2e/browser.ts'
import { buildServer, deployBash } from '../e2e/servers.ts'
import { findAxeViolations, settle, startDashboard, type Dashboard } from './dashboard.ts'

const SERVER = 'weather'
let dashboard: Dashboard
let page: Page
let endpoint: string
let token: string

beforeAll(async () => {
  if (whyNoBrowser !== null) return
  dashboard = await startDashboard()
  expect((await deployBash(dashboard.platform, SERVER, buildServer())).document.error).toBeNull()
  endpoint = `${dashboard.url}/servers/${SERVER}/mcp`
  page = await dashboard.open(`/servers/${SERVER}/connect`)
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await settle(page)
})
afterAll(async () => {
  await dashboard?.[Symbol.asyncDispose]()
})

const choose = (title: string) =>
  page.getByRole('list', { name: 'Clients' }).getByRole('button', { name: title }).first().click()
const copied = () => page.evaluate(() => navigator.clipboard.readText())

describe.skipIf(whyNoBrowser !== null)(`Connect${whyNoBrowser ?? ''}`, () => {
  it('U-16: the links on the page decode to the same URL and name', async () => {
    await choose('Cursor')
    const cursor = await page.getByRole('link', { name: 'Add to Cursor' }).getAttribute('href')
    const { searchParams } = new URL(cursor ?? '')
    expect(searchParams.get('name')).toBe(SERVER)
    expect(JSON.parse(Buffer.from(searchParams.get('config') ?? '', 'base64').toString())).toEqual({
      url: endpoint,
    })
    await choose('VS Code')
    const code = await page.getByRole('link', { name: 'Add to VS Code', exact: true }).getAttribute('href')
    expect(JSON.parse(decodeURIComponent(code?.split('?')[1] ?? ''))).toMatchObject({
      name: SERVER,
      url: endpoint,
    })
  })

  it('U-17: Claude and ChatGPT are disabled at a loopback address, with the reason, and stay in the address', async () => {
    for (const [title, id] of [
      ['Claude (web', 'claude'],
      ['ChatGPT', 'chatgpt'],
    ] as const) {
      await page.getByRole('searchbox', { name: 'Find a client' }).fill(id)
      await page
        .getByRole('list', { name: 'Clients' })
        .getByText('cannot work with this address')
        .first()
        .waitFor()
      await page.goto(`${dashboard.url}/servers/${SERVER}/connect?client=${id}`)
      await page
        .getByText(/reached from this machine only/)
        .first()
        .waitFor()
      expect(await page.getByRole('link', { name: /Add to/ }).count(), title).toBe(0)
      expect(await page.getByRole('button', { name: 'Create a token' }).count()).toBe(0)
    }
  })

  it('U-21: makes a token that is shown once, and goes nowhere but into the clipboard', async () => {
    await page.goto(`${dashboard.url}/servers/${SERVER}/connect?client=windsurf`)
    await page.getByRole('button', { name: 'Create a token' }).click()
    token = (await page.getByLabel('token', { exact: true }).innerText()).trim()
    expect(token).toMatch(/^hvm_/)
    await page.getByRole('button', { name: /Copy file with the token/ }).click()
    await expect.poll(copied).toContain(`Bearer ${token}`)
    expect(
      await page
        .getByLabel(/^file:/)
        .first()
        .innerText(),
    ).toContain('Bearer YOUR_TOKEN')
    await page.getByRole('button', { name: 'I have it' }).click()
    expect(await page.content()).not.toContain(token)
    expect(await page.evaluate(() => JSON.stringify([localStorage, sessionStorage]))).not.toContain(token)
    expect(page.url()).not.toContain(token)
    const list = await dashboard.platform.json<{
      readonly tokens: readonly { readonly name: string; readonly scopes: readonly string[] }[]
    }>('token', 'list')
    expect(list.tokens.find(({ name }) => name === `Client of ${SERVER}`)?.scopes).toEqual([
      `mcp:call:${SERVER}`,
    ])
  })

  it('tests the endpoint in both generations, which is no client', async () => {
    await page.getByRole('button', { name: 'Test the endpoint' }).click()
    await page.getByText('MCP 2026-07-28: 1 tool').waitFor()
    await page.getByText('MCP 2025-11-25: 1 tool').waitFor()
    await page.getByText('Waiting for the first client').waitFor()
    expect(await findAxeViolations(page)).toEqual([])
    const run = await dashboard.platform.cli(['client', 'test', SERVER])
    expect(run).toMatchObject({ code: 0 })
    expect(run.stdout).toContain('2026-07-28: 1 tools')
  })

  // Each under a name of its own: the same client is not told twice within two seconds.
  it.each([
    ['older', 'legacy', '2025-11-25'],
    ['newer', { pin: '2026-07-28' }, '2026-07-28'],
  ] as const)('U-18: names a client that is %s within 2 s', async (name, mode, version) => {
    await page.reload()
    await page.getByText('Waiting for the first client').waitFor()
    await page.locator('[data-state-of-live="live"]').first().waitFor()
    const client = new Client({ name, version: '2.1' }, { versionNegotiation: { mode } })
    const requestInit = { headers: { Authorization: `Bearer ${token}` } }
    await client.connect(new StreamableHTTPClientTransport(new URL(endpoint), { requestInit }))
    await page.getByText(`Connected: ${name} 2.1, 1 tool`).waitFor({ timeout: 2_000 })
    await page.getByText(`speaks MCP ${version}`).waitFor()
    await client.close()
  })

  it('U-23, U-24: asked no other host, broke no policy and threw no error in all of this', () => {
    expect(dashboard.faults()).toEqual([])
  })
})
