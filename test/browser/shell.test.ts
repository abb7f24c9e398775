/** What holds on every page of the dashboard; a new page is covered as soon as it has a route. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { whyNoBrowser } from '../e2e/browser.ts'
import { ADMIN, startDashboard, type Dashboard } from './dashboard.ts'

const NOTE = whyNoBrowser ?? ''
let dashboard: Dashboard

beforeAll(async () => {
  if (whyNoBrowser === null) dashboard = await startDashboard()
})
afterAll(async () => {
  await dashboard?.[Symbol.asyncDispose]()
})

describe.skipIf(whyNoBrowser !== null)(`the dashboard${NOTE}`, () => {
  it('leads a stranger to the sign-in, and back to where they wanted to go', async () => {
    const page = await dashboard.open('/servers?q=x', { as: null })
    await page.waitForURL('**/login?return_to=*')
    await page.getByLabel('Name').fill(ADMIN.name)
    await page.getByLabel('Password').fill(ADMIN.password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Servers' }).waitFor()
    expect(new URL(page.url()).search).toBe('?q=x')
    await page.context().close()
  })

  it('says in the same words that a name or a password is wrong', async () => {
    const page = await dashboard.open('/login', { as: null })
    const alert = page.getByRole('alert')
    const texts: string[] = []
    for (const name of [ADMIN.name, 'nobody']) {
      await page.getByLabel('Name').fill(name)
      await page.getByLabel('Password').fill('a wrong password')
      await page.getByRole('button', { name: 'Sign in' }).click()
      await alert.waitFor()
      texts.push((await alert.innerText()).replace(/req_[\w-]+/, ''))
    }
    expect(texts[0]).toBe(texts[1])
    await page.context().close()
  })

  it('says what happens while the platform is gone, and goes on by itself', async () => {
    const page = await dashboard.open('/servers')
    const mark = page.locator('[data-state-of-live]')
    await page.locator('[data-state-of-live=live]').waitFor()
    await dashboard.platform.kill()
    await page.locator('[data-state-of-live=reconnecting], [data-state-of-live=restarting]').waitFor()
    await dashboard.platform.start()
    await page.locator('[data-state-of-live=live]').waitFor()
    expect(await mark.innerText()).toContain('Live')
    await page.context().close()
  })

  it('U-23, U-24: asked no other host, broke no policy and threw no error in all of this', () => {
    expect(dashboard.faults()).toEqual([])
  })
})
