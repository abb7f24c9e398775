/** The configuration of one server: settings reviewed and saved, two people at once, a secret that nobody sees again. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { whyNoBrowser } from '../e2e/browser.ts'
import { buildServer, deployBash, readStatus } from '../e2e/servers.ts'
import { settle, startDashboard, type Dashboard } from './dashboard.ts'

const NAME = 'weather'
const FIRST = 'first-value-of-a-secret'
const SECOND = 'second-value-of-a-secret'
const PASTED = 'pasted-value-of-a-secret'
let dashboard: Dashboard

beforeAll(async () => {
  if (whyNoBrowser !== null) return
  dashboard = await startDashboard()
  const { document } = await deployBash(
    dashboard.platform,
    NAME,
    // It says what it holds without saying it.
    buildServer({
      onCall: `reply "$id" "{\\"content\\":[{\\"type\\":\\"text\\",\\"text\\":\\"\${#API_TOKEN} \${CITY:-none}\\"}]}"`,
    }),
    { environment: { CITY: 'Bern' }, secrets: [{ name: 'API_TOKEN', required: false }] },
  )
  expect(document.error).toBeNull()
})
afterAll(async () => {
  await dashboard?.[Symbol.asyncDispose]()
})

async function open(tab: string): Promise<{ readonly page: Page; readonly answers: readonly string[] }> {
  const page = await dashboard.open(`/servers/${NAME}`)
  const answers: string[] = []
  page.on('response', (response) => {
    if (response.url().includes('/api/') && !response.url().endsWith('/events'))
      response.text().then(
        (text) => void answers.push(text),
        () => undefined,
      )
  })
  await page.goto(`${dashboard.url}/servers/${NAME}/config?tab=${tab}`)
  await settle(page)
  return { page, answers }
}

const call = async () => (await dashboard.platform.cli(['call', NAME, 'act', '{}'])).stdout
const readSettings = async () =>
  (
    (await dashboard.platform.json('status', NAME)) as {
      readonly settings: {
        readonly max_restarts: number
        readonly restart_delay: number
        readonly resource_limits: { readonly disk_mb: number }
      }
    }
  ).settings

describe.skipIf(whyNoBrowser !== null)(`the configuration of a server${whyNoBrowser ?? ''}`, () => {
  it('shows what changes before it is saved, says that it waits for a start, and restarts', async () => {
    const { page } = await open('form')
    await page.getByLabel('Disk, MiB').fill('320')
    await page.getByLabel('Restarts in a row', { exact: true }).fill('-1')
    await page.getByRole('button', { name: 'Review and save' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('This cannot be saved as it is:').waitFor()
    await page.keyboard.press('Escape')
    await page.getByLabel('Restarts in a row', { exact: true }).fill('7')
    await page.getByText('2 changes that are not saved').waitFor()
    await page.getByRole('button', { name: 'Review and save' }).click()
    expect(await dialog.getByRole('row', { name: /disk_mb/ }).innerText()).toMatch(/512\s+320\s+next start/)
    await dialog.getByRole('button', { name: 'Save' }).click()
    const note = page.getByRole('region', { name: 'Restart needed' })
    await note.getByText('max_restarts').waitFor()
    await page.getByText('in force: 512').waitFor()
    await note.getByRole('button', { name: 'Restart' }).click()
    await note.waitFor({ state: 'detached' })
    expect(await readSettings()).toMatchObject({ max_restarts: 7, resource_limits: { disk_mb: 320 } })
    await page.context().close()
  })

  it('tells who was faster, and puts what one changed on top of what the other did', async () => {
    const { page } = await open('json')
    const editor = page.getByLabel('Settings as JSON')
    await editor.fill((await editor.inputValue()).replace('"max_restarts": 7', '"max_restart": 7'))
    await page.getByText('"max_restart" is no setting.').waitFor()
    await editor.fill((await editor.inputValue()).replace('"max_restart": 7', '"max_restarts": 9'))
    await dashboard.platform.cli(['set', NAME, 'restart_delay=8'])
    await page.getByRole('button', { name: 'Review and save' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
    const conflict = page.getByRole('alert', { name: 'Somebody changed these settings meanwhile' })
    const theirs = conflict.getByRole('row', { name: /restart_delay/ })
    await expect.poll(() => theirs.innerText()).toMatch(/5\s+8\s+–/)
    expect(await readSettings()).toMatchObject({ max_restarts: 7, restart_delay: 8 })
    await conflict.getByRole('button', { name: 'Put mine on top' }).click()
    await page.getByRole('button', { name: 'Review and save' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
    await page.getByText('Saved', { exact: true }).waitFor()
    expect(await readSettings()).toMatchObject({ max_restarts: 9, restart_delay: 8 })
    await page.context().close()
  })

  it('U-21: sets a secret and restarts; no value is in the document, an answer or the storage', async () => {
    const { page, answers } = await open('variables')
    const dialog = page.getByRole('dialog')
    for (const [button, value] of [
      ['Set API_TOKEN', FIRST],
      ['Replace API_TOKEN', SECOND],
    ] as const) {
      await page.getByRole('button', { name: button }).click()
      await dialog.getByLabel('Value').fill(value)
      expect(await page.content()).not.toContain(value)
      await dialog.getByRole('button', { name: 'Set and restart' }).click()
      await dialog.waitFor({ state: 'detached' })
    }
    await page
      .getByRole('row', { name: /API_TOKEN/ })
      .getByText('in use')
      .waitFor()
    expect(await call()).toContain(String(SECOND.length))

    await page.getByRole('button', { name: 'Paste .env' }).click()
    await dialog.getByLabel('Paste .env').fill(`CITY=Zürich-by-paste\nDB_PASSWORD="${PASTED}"\n`)
    await dialog.getByRole('button', { name: 'Take over' }).click()
    await page
      .getByRole('row', { name: /DB_PASSWORD/ })
      .getByText('after a restart')
      .waitFor()
    await page.getByRole('button', { name: 'Review and save' }).click()
    await dialog.getByRole('button', { name: 'Save' }).click()
    const note = page.getByRole('region', { name: 'Restart needed' })
    await note.getByText('environment.CITY').waitFor()
    await note.getByRole('button', { name: 'Restart' }).click()
    await note.waitFor({ state: 'detached' })
    expect(await call()).toContain('Zürich-by-paste')

    const storage = await page.evaluate(() =>
      JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)]),
    )
    const seen = [await page.content(), storage, ...answers].join('\n')
    expect(answers.length).toBeGreaterThan(5)
    for (const value of [FIRST, SECOND, PASTED, 'Zürich-by-paste']) expect(seen).not.toContain(value)
    expect(await readStatus(dashboard.platform, NAME)).toMatchObject({ status: 'running' })
    await page.context().close()
  })

  it('U-23, U-24: asked no other host, broke no policy and threw no error in all of this', () => {
    expect(dashboard.faults()).toEqual([])
  })
})
