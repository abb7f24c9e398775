/** The versions of one server, compared. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { whyNoBrowser } from '../e2e/browser.ts'
import { MARK } from '../e2e/platform.ts'
import { buildServer, deploy, writeTree } from '../e2e/servers.ts'
import { settle, startDashboard, type Dashboard } from './dashboard.ts'

const NAME = 'weather'
let dashboard: Dashboard

beforeAll(async () => {
  if (whyNoBrowser !== null) return
  dashboard = await startDashboard()
  for (const number of [1, 2]) {
    const config = {
      name: NAME,
      command: ['bash', 'server.sh', `${MARK}-${NAME}`],
      max_restarts: number,
      environment: { CITY: `city-of-version-${number}` },
    }
    const { document } = await deploy(
      dashboard.platform,
      writeTree(dashboard.platform, {
        'server.sh': buildServer().replaceAll('"act"', number === 1 ? '"act"' : '"forecast"'),
        [`only-in-${number}.txt`]: 'here',
        'server_config.json': JSON.stringify(config),
      }),
    )
    expect(document.error).toBeNull()
  }
})
afterAll(async () => {
  await dashboard?.[Symbol.asyncDispose]()
})

describe.skipIf(whyNoBrowser !== null)(`the versions of a server${whyNoBrowser ?? ''}`, () => {
  it('U-07: shows what two versions differ in, and the address brings it back', async () => {
    const page = await dashboard.open(`/servers/${NAME}/versions`)
    await settle(page)
    const readChanges = () => page.getByRole('region', { name: 'Files' }).getByRole('row').allInnerTexts()
    await page.getByRole('button', { name: 'Compare version 1 with the active one' }).click()
    await page.waitForURL('**/versions?from=1&to=2')
    await page.reload()
    await page.getByRole('cell', { name: 'added' }).first().waitFor()
    const changes = (await readChanges()).map((row) => row.replaceAll(/\s+/g, ' ').trim())
    expect(changes).toContain('added only-in-2.txt')
    expect(changes).toContain('removed only-in-1.txt')
    const settings = page.getByRole('region', { name: 'Settings' })
    expect(await settings.getByRole('row', { name: /maxRestarts/ }).innerText()).toMatch(/1\s+2/)
    await page.getByRole('region', { name: 'Tools, prompts' }).getByText('forecast').waitFor()
    expect(await page.content()).not.toContain('city-of-version')
    await page.getByRole('button', { name: 'Swap the two' }).click()
    await page.waitForURL('**/versions?from=2&to=1')
    await page.goBack()
    await page.waitForURL('**/versions?from=1&to=2')
    await page.context().close()
  })

  it('U-23, U-24: asked no other host, broke no policy and threw no error in all of this', () => {
    expect(dashboard.faults()).toEqual([])
  })
})
