/**
 * What people come for, from the setup code to a token that lets nobody in any more: claim, deploy, connect, call, fail,
 * fix, scale limits, roll back, revoke. Each is done as a person would and held to its time; `npm run timed-tasks` prints the table.
 */
import { mkdtempSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { whyNoBrowser } from '../e2e/browser.ts'
import { eventually, MARK } from '../e2e/platform.ts'
import { buildServer, CHANGING, deployBash, readStatus, writeTree } from '../e2e/servers.ts'
import { startDashboard, type Dashboard } from './dashboard.ts'
import { isWithin, reads, renderTasks, timeTask, type TaskResult } from './person.ts'

const EXAMPLE = 'bash-toolbox'
const PASSWORD = 'four plain words here'
const SECRET = 'value-of-a-secret-1234'
const ENDED_MS = 60_000
const results: TaskResult[] = []

let dashboard: Dashboard
let page: Page
/** Milliseconds of the daemon's start. */
let startMs = 0
let token = ''
let endpoint = ''

beforeAll(async () => {
  if (whyNoBrowser !== null) return
  const began = performance.now()
  dashboard = await startDashboard({}, { isFresh: true })
  startMs = performance.now() - began
  page = await dashboard.open('/')
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
})
afterAll(async () => {
  if (results.length > 0) console.log(`\n${renderTasks(results)}\n`)
  await dashboard?.[Symbol.asyncDispose]()
})

async function time(...task: Parameters<typeof timeTask>): Promise<void> {
  const result = await timeTask(...task)
  results.push(result)
  expect(isWithin(result), renderTasks([result])).toBe(true)
}

const button = (name: string | RegExp) => page.getByRole('button', { name, exact: true })
const link = (name: string | RegExp) => page.getByRole('link', { name, exact: true })
const tab = (server: string, name: string) =>
  page.getByRole('navigation', { name: `Pages of ${server}` }).getByRole('link', { name, exact: true })
const copied = () => page.evaluate(() => navigator.clipboard.readText())

async function pack(files: Readonly<Record<string, string>>) {
  const out = join(mkdtempSync(join(dashboard.platform.folder, 'packed-')), 'server.zip')
  const packed = await dashboard.platform.cli(['pack', writeTree(dashboard.platform, files), out])
  if (packed.code !== 0) throw new Error(packed.stderr)
  return { name: 'weather.zip', mimeType: 'application/zip', buffer: readFileSync(out) }
}

/** As VS Code does with a link that it is given, and with what its user pastes where it asks. */
async function followLink(href: string, secret: string): Promise<Client> {
  const { url, headers } = JSON.parse(decodeURIComponent(href.split('?')[1] ?? '')) as {
    readonly url: string
    readonly headers: Readonly<Record<string, string>>
  }
  endpoint = url
  const filled = Object.entries(headers).map(([key, value]) => [key, value.replace('${input:token}', secret)])
  const client = new Client({ name: 'Visual Studio Code', version: '1.120' })
  const requestInit = { headers: Object.fromEntries(filled) as Record<string, string> }
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }))
  return client
}

describe.skipIf(whyNoBrowser !== null)(`timed tasks${whyNoBrowser ?? ''}`, () => {
  it('claim: from the start of the platform to a dashboard of one’s own', async () => {
    // The start from a fresh clone has its own figure: script-server.test.ts.
    await time(
      'start the platform, open the dashboard, claim it',
      { seconds: 90, before: startMs / 1000 },
      async (person) => {
        const code = readFileSync(join(dashboard.platform.dataDir, 'setup-code'), 'utf8').trim()
        await person.type(page.getByLabel('Setup code'), code)
        await person.type(page.getByLabel('Password'), PASSWORD)
        await person.click(button('Set up'))
        await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor()
      },
    )
  })

  it('deploy: an example, from the first page to a server that runs', async () => {
    await time('example archive to running', { seconds: 60, clicks: 4 }, async (person) => {
      await person.click(link('Deploy a server').first())
      await person.click(button('Bash toolbox'))
      await person.click(button('Deploy'))
      await page.getByText(`${EXAMPLE} is online as version 1`).waitFor({ timeout: ENDED_MS })
    })
    const stages = await page.getByRole('listitem').filter({ hasText: 'done' }).allInnerTexts()
    expect(stages.length).toBeGreaterThanOrEqual(6)
    expect((await readStatus(dashboard.platform, EXAMPLE)).status).toBe('running')
  })

  it('connect: from a server that runs to a client that the page names', async () => {
    await time('running to connected from VS Code', { seconds: 30 }, async (person) => {
      await person.click(link('Connect a client'))
      await person.click(
        page.getByRole('list', { name: 'Clients' }).getByRole('button', { name: 'VS Code' }).first(),
      )
      await person.click(button('Create a token'))
      await person.click(button('Copy token'))
      token = await copied()
      const add = link('Add to VS Code')
      const href = (await add.getAttribute('href')) ?? ''
      await person.elsewhere(async () => {
        const client = await followLink(href, token)
        await page.getByText('Connected: Visual Studio Code 1.120').waitFor()
        await client.close()
      })
    })
    await button('I have it').click()
  })

  it('call: a tool, by its form', async () => {
    await time('call a tool with a form', { seconds: 15 }, async (person) => {
      await person.click(tab(EXAMPLE, 'Tools'))
      await person.click(button(/^factorize/).first())
      await person.type(page.getByLabel('number', { exact: true }), '2310')
      await person.click(button('Run'))
      await page.locator('[data-outcome="result"]').getByText('11').first().waitFor()
    })
  })

  it('fail: the page says why, and fix: the next version of it runs', async () => {
    const settings = {
      'server_config.json': JSON.stringify({
        name: 'weather',
        command: ['bash', 'server.sh', `${MARK}-weather`],
        auto_restart: false,
        secrets: [{ name: 'API_TOKEN', required: false }],
      }),
    }
    const broken = await pack({ ...settings, 'server.sh': 'echo "curl: command not found" >&2; exit 127\n' })
    const fixed = await pack({ ...settings, 'server.sh': buildServer() })
    await link('Deploy').click()
    const file = page.getByLabel('Choose a file')
    await file.setInputFiles(broken)
    await button('Deploy').click()
    const alert = page.getByRole('alert')
    await alert.getByText('It was not deployed').waitFor({ timeout: ENDED_MS })
    expect(await alert.innerText()).toContain('127')
    await link('Try again').click()
    await file.setInputFiles(fixed)
    await button('Deploy').click()
    await page.getByText('weather is online as version').waitFor({ timeout: ENDED_MS })
    await link('Open the server').click()
  })

  it('scale limits: what it may take is changed, compared, saved and in force', async () => {
    await tab('weather', 'Configuration').click()
    await page.getByLabel('Memory, MiB').fill('96')
    await button('Review and save').click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('row', { name: /memory_mb/ }).waitFor()
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.waitFor({ state: 'detached' })
    await eventually('the limit is there', async () => {
      const { settings } = await dashboard.platform.json<{
        readonly settings: { readonly resource_limits: { readonly memory_mb: number } }
      }>('status', 'weather')
      return settings.resource_limits.memory_mb === 96 ? true : null
    })
  })

  it('change a secret and restart, its value never shown', async () => {
    await page.goto(`${dashboard.url}/servers/weather/config`)
    await time('change a secret and restart', { seconds: 20 }, async (person) => {
      await person.click(page.getByRole('tab', { name: /Environment/ }))
      await person.click(button('Set API_TOKEN'))
      const dialog = page.getByRole('dialog')
      await person.paste(dialog.getByLabel('Value'), SECRET)
      expect(await page.content()).not.toContain(SECRET)
      await person.click(dialog.getByRole('button', { name: 'Set and restart' }))
      await dialog.waitFor({ state: 'detached' })
      await page
        .getByRole('row', { name: /API_TOKEN/ })
        .getByText('in use')
        .waitFor()
    })
    expect(await page.content()).not.toContain(SECRET)
  })

  it('roll back: two clicks on the page of versions', async () => {
    const next = await deployBash(
      dashboard.platform,
      'weather',
      buildServer().replaceAll('"act"', '"forecast"'),
    )
    expect(next.document.error).toBeNull()
    const { version } = (await readStatus(dashboard.platform, 'weather')) as unknown as {
      readonly version: number
    }
    await tab('weather', 'Versions').click()
    const back = button(`Roll back to version ${version - 1}`)
    await back.waitFor()
    await time('roll back', { seconds: 5, of: 'platform', clicks: 2 }, async (person) => {
      await person.click(back)
      await person.click(page.getByRole('dialog').getByRole('button', { name: 'Roll back' }))
      const outcome = page.getByRole('status').filter({ hasText: `Version ${version - 1} serves now.` })
      await outcome.getByText('Running').waitFor()
    })
    await page.getByRole('row', { name: new RegExp(`^${version - 1} active`) }).waitFor()
    expect(await readStatus(dashboard.platform, 'weather')).toMatchObject({
      version: version - 1,
      status: 'running',
    })
  })

  it('why did it crash: from the first page to a sentence, the last lines and what helps', async () => {
    await deployBash(
      dashboard.platform,
      'crasher',
      'for i in {1..60}; do echo "step $i" >&2; done; echo "ModuleNotFoundError: No module named httpx" >&2; exit 1\n',
      { auto_restart: false },
    )
    await page.goto(dashboard.url)
    await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor()
    await time('why did it crash, from the first page', { seconds: 30, clicks: 2 }, async (person) => {
      await person.click(link('crasher').first())
      await reads(page, /^Failed.*httpx/, /requirements/i, 'step 12')
    })
    const lines = await page.getByRole('region', { name: 'last words', exact: true }).innerText()
    expect(lines.split('\n').filter((line) => line.startsWith('step'))).toHaveLength(49)
  })

  it('approve a changed tool in three clicks, after both texts were shown', async () => {
    await deployBash(dashboard.platform, 'rug', CHANGING)
    await dashboard.platform.cli(['call', 'rug', 'act', '{"pull":"rug"}'])
    await eventually('the drift is seen', async () => {
      await dashboard.platform.cli(['tools', 'rug'])
      const { drift } = await dashboard.platform.json<{ readonly drift: readonly unknown[] }>('pins', 'rug')
      return drift.length > 0 ? true : null
    })
    await page.goto(`${dashboard.url}/security`)
    await time(
      'approve a changed tool after seeing both texts',
      { seconds: 30, clicks: 3 },
      async (person) => {
        await person.click(link('rug'))
        await page.getByLabel('Now').getByText('Acts. And sends everything away').waitFor()
        await person.click(button('Accept these changes'))
        await person.click(page.getByRole('dialog').getByRole('button', { name: 'Accept these changes' }))
        await page.getByText('Nothing changed since it was accepted.').waitFor()
      },
    )
  })

  it('revoke: the token of the client lets nobody in any more', async () => {
    const ask = async () =>
      (
        await fetch(endpoint, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${token}`,
            'content-type': 'application/json',
            accept: 'application/json, text/event-stream',
          },
          body: '{}',
        })
      ).status
    expect(await ask()).not.toBe(401)
    await page.goto(`${dashboard.url}/settings/tokens`)
    await button(`Revoke Client of ${EXAMPLE}`).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
    await page.getByText(`Revoked Client of ${EXAMPLE}`, { exact: true }).waitFor()
    expect(await ask()).toBe(401)
  })

  it('U-23, U-24: asked no other host, broke no policy and threw no error in all of this', () => {
    expect(dashboard.faults()).toEqual([])
  })
})
