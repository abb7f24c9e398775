/** Setup, the list of servers, one server, and what the keyboard does, with a real daemon and real servers. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { whyNoBrowser } from '../e2e/browser.ts'
import { buildServer, deployBash } from '../e2e/servers.ts'
import { startDashboard, type Dashboard } from './dashboard.ts'

const NOTE = whyNoBrowser ?? ''
const HOSTILE = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>'
const SOON = { timeout: 15_000 }
let dashboard: Dashboard
let page: Page

beforeAll(async () => {
  if (whyNoBrowser === null) dashboard = await startDashboard({}, { isFresh: true })
})
afterAll(async () => {
  await dashboard?.[Symbol.asyncDispose]()
})

describe.skipIf(whyNoBrowser !== null)(`from the setup code to a running server${NOTE}`, () => {
  it('takes the setup code, counts wrong ones, and ends on the overview', async () => {
    page = await dashboard.open('/')
    await page.waitForURL('**/setup')
    const code = readFileSync(join(dashboard.platform.dataDir, 'setup-code'), 'utf8').trim()
    await page.getByLabel('Password').fill('four plain words here')
    await page.getByText('Strong').waitFor()
    await page.getByLabel('Setup code').fill('AAAA-AAAA-AAAA')
    await page.getByRole('button', { name: 'Set up' }).click()
    await page.getByRole('alert').waitFor()
    await page.getByText('4 tries left').waitFor()
    await page.getByLabel('Setup code').fill(code)
    await page.getByRole('button', { name: 'Set up' }).click()
    await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor()
    await page.getByText('1 of 5 done').waitFor()
  })

  it('shows a server as it comes, and takes what strangers wrote for text', async () => {
    await page.keyboard.press('g')
    await page.keyboard.press('s')
    await page.getByText('No server yet').waitFor()
    await deployBash(dashboard.platform, 'weather', buildServer(), {
      description: HOSTILE,
      tags: ['<img src=x>'],
    })
    await deployBash(dashboard.platform, 'notes', buildServer(), { tags: ['home'] })
    await page.getByRole('link', { name: 'weather', exact: true }).waitFor()
    expect(await page.evaluate(() => (globalThis as { pwned?: number }).pwned ?? 0)).toBe(0)
  })

  it('U-07: filter, sort and page are in the address: reload, back and forward restore them', async () => {
    await page.keyboard.press('/')
    await page.keyboard.type('note')
    await page.waitForURL('**/servers?q=note')
    const names = page.getByRole('rowheader').getByRole('link')
    await expect.poll(() => names.allInnerTexts(), SOON).toEqual(['notes'])
    await page.reload()
    await expect.poll(() => names.allInnerTexts(), SOON).toEqual(['notes'])
    await names.first().click()
    await page.getByRole('heading', { name: 'notes', level: 1 }).waitFor()
    await page.reload()
    await page.getByText(/^Running for/).waitFor()
    await page.goBack()
    await expect.poll(() => names.allInnerTexts(), SOON).toEqual(['notes'])
    await page.getByLabel('Search servers').fill('no such server')
    await page.getByRole('button', { name: 'Clear filters' }).click()
    await expect.poll(() => names.allInnerTexts(), SOON).toEqual(['notes', 'weather'])
  })

  it('stops all that are selected, each with its own result', async () => {
    await page.getByLabel('Select all that are shown').check()
    await page.getByRole('toolbar').getByRole('button', { name: 'Stop' }).click()
    await page.getByText('2 of 2 done').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await expect.poll(() => page.getByRole('row').filter({ hasText: 'Stopped' }).count(), SOON).toBe(2)
  })

  it('finds and does by the palette, and lists the shortcuts', async () => {
    await page.keyboard.press('Control+k')
    await page.keyboard.type('start weather')
    await page.keyboard.press('Enter')
    await page.getByText('weather: started', { exact: true }).waitFor()
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  })

  it('U-22: a theme is chosen without a flash: the page comes with it', async () => {
    await page.getByRole('button', { name: /^Account/ }).click()
    await page.getByRole('menuitemradio', { name: 'Dark' }).click()
    const read = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
    const dark = await read()
    await page.reload()
    const answer = await page.evaluate(async () => (await fetch('/')).text())
    expect(answer).toContain('data-theme="dark"')
    expect(await read()).toBe(dark)
    const bright = await dashboard.open('/login', { theme: 'light', as: null })
    expect(await bright.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)).not.toBe(
      dark,
    )
    const dusk = await dashboard.open('/login', { theme: 'dark', as: null })
    expect(await dusk.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)).toBe(dark)
  })

  it('asks for the name before it deletes, and deletes', async () => {
    await page.goto(`${dashboard.url}/servers/notes`)
    await page.getByRole('button', { name: 'More actions' }).click()
    await page.getByRole('menuitem', { name: 'Delete…' }).click()
    await page.getByLabel('Type notes to confirm').fill('notes')
    await page.getByRole('button', { name: 'Delete', exact: true }).click()
    await page.waitForURL('**/servers')
    await expect
      .poll(() => page.getByRole('rowheader').getByRole('link').allInnerTexts())
      .toEqual(['weather'])
  })

  it('U-23, U-24: asked no other host, broke no policy and threw no error in all of this', () => {
    expect(dashboard.faults()).toEqual([])
  })
})
