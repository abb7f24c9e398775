/** The playground: forms that send exactly what was entered, and answers of every kind told apart. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SAMPLE_SCHEMAS } from '../../dashboard/lib/schema-form/sample-schemas.ts'
import { describeField } from '../../dashboard/lib/schema-form/field.ts'
import { draftOf, joinPath } from '../../dashboard/lib/schema-form/draft.ts'
import type { Json, Schema } from '../../dashboard/lib/schema-form/schema.ts'
import { whyNoBrowser } from '../e2e/browser.ts'
import { ROOT } from '../e2e/platform.ts'
import { deploy, readLog, writeTree } from '../e2e/servers.ts'
import { startDashboard, type Dashboard } from './dashboard.ts'

const CODE = readFileSync(join(ROOT, 'test/fixtures/servers/playground.mjs'), 'utf8')
const MODERN = readFileSync(join(ROOT, 'test/fixtures/servers/asks-modern.mjs'), 'utf8')
const SERVER = 'playground'

let dashboard: Dashboard
let page: Page

beforeAll(async () => {
  if (whyNoBrowser !== null) return
  dashboard = await startDashboard()
  const tree = writeTree(dashboard.platform, {
    'server.mjs': CODE,
    'schemas.json': JSON.stringify(SAMPLE_SCHEMAS.map(({ schema }) => schema)),
    'server_config.json': JSON.stringify({
      name: SERVER,
      command: ['node', 'server.mjs'],
      call_timeout_seconds: 1,
    }),
  })
  expect((await deploy(dashboard.platform, tree, '--approve', 'it is a test')).document.error).toBeNull()
  const modern = writeTree(dashboard.platform, {
    'server.mjs': MODERN,
    'server_config.json': JSON.stringify({ name: 'modern', command: ['node', 'server.mjs'] }),
  })
  expect((await deploy(dashboard.platform, modern, '--approve', 'it is a test')).document.error).toBeNull()
  page = await dashboard.open(`/servers/${SERVER}/tools`)
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
})
afterAll(async () => {
  await dashboard?.[Symbol.asyncDispose]()
})

async function pick(tool: string): Promise<void> {
  await page.getByRole('searchbox', { name: 'Find a tool' }).fill(tool)
  await page.getByRole('button', { name: tool }).first().click()
  await page.getByRole('heading', { name: tool, exact: true }).waitFor()
}

async function run(): Promise<Locator> {
  await page.getByRole('button', { name: 'Run', exact: true }).click()
  const outcome = page.locator('[data-outcome]')
  await outcome.waitFor()
  return outcome
}

/** Types a value into the form as a person would: by the fields that it shows, never by its state. */
async function fill(box: Locator, schema: Schema, value: Json, root: Schema, path = ''): Promise<void> {
  const field = describeField(schema, root)
  switch (field.kind) {
    case 'text':
      return box
        .locator('input, textarea')
        .first()
        .fill(value as string)
    case 'number':
      return box.locator('input').first().fill(JSON.stringify(value))
    case 'flag': {
      const toggle = box.getByRole('switch').first()
      if ((await toggle.getAttribute('aria-checked')) !== JSON.stringify(value)) await toggle.click()
      return
    }
    case 'fixed':
      return
    case 'choice': {
      const index = field.choices.findIndex(
        (choice) => JSON.stringify(choice.value) === JSON.stringify(value),
      )
      await box
        .locator('select')
        .first()
        .selectOption({ value: String(index) })
      return
    }
    case 'file': {
      const file = join(mkdtempSync(join(dashboard.platform.folder, 'file-')), 'picture.png')
      writeFileSync(file, Buffer.from(value as string, 'base64'))
      await box.locator('input[type=file]').setInputFiles(file)
      await box.getByText('picture.png').waitFor()
      return
    }
    case 'raw':
      return box.locator('textarea').first().fill(JSON.stringify(value))
    case 'union': {
      const draft = draftOf(schema, value, root)
      if (draft.is !== 'option') throw new Error('no variant fits')
      await box
        .locator('select')
        .first()
        .selectOption({ value: String(draft.index) })
      return fill(
        box.locator('[data-variant]').first(),
        field.options[draft.index]!.schema,
        value,
        root,
        path,
      )
    }
    case 'list': {
      const items = value as readonly Json[]
      for (const [index, item] of items.entries()) {
        const place = box.locator(`[data-field="${joinPath(path, index)}"]`)
        if ((await place.count()) === 0) await box.getByRole('button', { name: 'Add item' }).last().click()
        await fill(place, field.first[index] ?? field.rest ?? true, item, root, joinPath(path, index))
      }
      return
    }
    case 'object': {
      const object = value as { readonly [key: string]: Json }
      for (const { key, schema: inner } of field.properties) {
        if (!Object.hasOwn(object, key)) continue
        const at = joinPath(path, key)
        const place = box.locator(`[data-field="${at}"]`).first()
        const absent = place.locator(':scope > div > button[aria-label^="Add "]')
        if ((await absent.count()) > 0) await absent.click()
        await fill(place, inner, object[key]!, root, at)
      }
      const others = Object.entries(object).filter(
        ([key]) => !field.properties.some((property) => property.key === key),
      )
      for (const [key, inner] of others) {
        await box.getByRole('button', { name: 'Add entry' }).last().click()
        await box.getByLabel('Name', { exact: true }).last().fill(key)
        const at = joinPath(path, key)
        await fill(box.locator(`[data-field="${at}"]`), field.extra ?? true, inner, root, at)
      }
    }
  }
}

/** Words of a shell line made of plain and single-quoted ones. */
function splitWords(line: string): string[] {
  return [...line.matchAll(/(?:'[^']*'|[^\s'])+/g)].map(([word]) => word.replaceAll("'", ''))
}

async function runProcess(
  program: string,
  args: readonly string[],
  env: Record<string, string>,
): Promise<string> {
  const { stdout } = await promisify(execFile)(program, [...args], { env: { ...process.env, ...env } })
  return stdout
}

describe.skipIf(whyNoBrowser !== null)(`the playground${whyNoBrowser ?? ''}`, () => {
  it('U-19: sixty forms, filled in as a person would, send exactly typed JSON', async () => {
    const wrong: string[] = []
    for (const [index, { name, schema, value }] of SAMPLE_SCHEMAS.entries()) {
      await pick(`form_${String(index).padStart(2, '0')}`)
      try {
        await fill(
          page.locator('form').filter({ has: page.getByRole('button', { name: 'Run' }) }),
          schema,
          value,
          schema,
        )
        await run()
        const calls = await page.locator('[data-outcome] pre').first().innerText()
        expect(JSON.parse(calls)).toStrictEqual({ got: value })
      } catch (error) {
        wrong.push(
          `${index} ${name}: ${error instanceof Error ? error.message.slice(0, 400) : String(error)}`,
        )
      }
    }
    expect(wrong).toEqual([])
  })

  it.each<[string, string, string | RegExp]>([
    ['text', 'result', 'plain words'],
    ['image', 'result', ''],
    ['audio', 'result', 'Audio, audio/wav'],
    ['link', 'result', 'Link to a resource'],
    ['embedded', 'result', 'Embedded resource'],
    ['structured', 'result', '"celsius": 21.5'],
    ['empty', 'empty', 'Completed, no content.'],
    ['fails', 'result', 'The tool reports an error'],
    ['invalid', 'invalid_params', 'The server refused the arguments'],
    ['slow', 'timeout', 'The server did not answer in time'],
  ])('U-20: %s is shown as itself', async (tool, kind, words) => {
    await pick(tool)
    const outcome = await run()
    expect(await outcome.getAttribute('data-outcome')).toBe(kind)
    expect(await outcome.innerText()).toContain(words)
  })

  it('U-20: an image is a picture, drawn from what the tool gave', async () => {
    await pick('image')
    const outcome = await run()
    const width = await outcome
      .locator('img')
      .evaluate((image: HTMLImageElement) => image.decode().then(() => image.naturalWidth))
    expect(width).toBe(24)
  })

  it('U-20: what is hostile is inert, and what is hidden is shown', async () => {
    await pick('hostile')
    const outcome = await run()
    expect(await outcome.innerText()).toContain('<script>document.title=2</script>')
    expect(await outcome.innerText()).toContain('right-to-left override')
    expect(await page.locator('main img, main script').count()).toBe(0)
    expect(await page.title()).not.toMatch(/^[12]$/)
    expect(await page.getByText('characters that nobody sees').count()).toBeGreaterThan(0)
  })

  it('asks before what destroys, cancels what takes too long, and keeps a history', async () => {
    await pick('destroy')
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    const dialog = page.getByRole('dialog', { name: 'Run destroy?' })
    await dialog.waitFor()
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    expect(await page.locator('[data-outcome]').count()).toBe(0)
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await dialog.getByRole('button', { name: 'Run' }).click()
    await page.getByText('destroyed', { exact: true }).waitFor()

    await pick('slow')
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await page.getByRole('button', { name: 'Cancel', exact: true }).click()
    await page.locator('[data-outcome="cancelled"]').waitFor()

    await pick('log')
    await page.getByRole('button', { name: 'Add lines' }).click()
    await page.getByLabel('lines', { exact: true }).fill('1.5')
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await page.getByText('Needs a whole number.').waitFor()
    await page.getByLabel('lines', { exact: true }).fill('2')
    await page.keyboard.press('Control+Enter')
    await page.locator('[data-outcome="result"]').waitFor()
    await page.getByRole('button', { name: 'Copy as' }).click()
    await page.getByRole('menuitem', { name: 'haivemind call' }).click()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(
      `haivemind call ${SERVER} log '{"lines":2}'`,
    )
    await page.getByRole('button', { name: '{"lines":2}' }).waitFor()
  })

  it('shows how far a call is while it runs, and tells the server when it is cancelled', async () => {
    await pick('steps')
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    const progress = page.locator('[data-progress]')
    await progress.getByText(/^step \d+$/).waitFor()
    expect(await progress.getByRole('progressbar').getAttribute('aria-valuenow')).toMatch(/^\d+$/)
    await page.getByText(/^Running for \d+ s$/).waitFor()
    await page.getByRole('button', { name: 'Cancel', exact: true }).click()
    await page.locator('[data-outcome="cancelled"]').waitFor()
    await expect
      .poll(async () =>
        (await readLog(dashboard.platform, SERVER)).some(({ text }) => text === 'a call was cancelled'),
      )
      .toBe(true)
  })

  it('answers what a server of an earlier revision asks in the middle of a call, in a form', async () => {
    await pick('ask')
    const outcome = await run()
    expect(await outcome.innerText()).toContain('does not support elicitation')
    await page.getByRole('button', { name: 'Run again and let it ask' }).click()
    const questions = page.locator('[data-questions]')
    await questions.getByText('What is your name?').first().waitFor()
    await questions.getByLabel('name').fill('A')
    await questions.getByRole('button', { name: 'Send the answers' }).click()
    await questions.getByText('Some answers are not right yet.').waitFor()
    await questions.getByLabel('name').fill('Ada')
    await questions.getByRole('button', { name: 'Send the answers' }).click()
    await page.getByText('Hello Ada', { exact: true }).waitFor()
    await page.getByRole('tab', { name: 'Protocol' }).click()
    expect(await page.locator('[data-outcome]').innerText()).toContain('"resultType": "input_required"')
    await page.getByRole('tab', { name: 'Rendered' }).click()

    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await questions.getByRole('button', { name: 'Decline' }).click()
    await questions.getByRole('button', { name: 'Send the answers' }).click()
    await page.getByText('It said decline', { exact: true }).waitFor()
  })

  it('answers what a server of 2026-07-28 asks, without being told to let it', async () => {
    await page.goto(`${dashboard.url}/servers/modern/tools?tool=greet`)
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    const questions = page.locator('[data-questions]')
    await questions.getByLabel('name').fill('Grace')
    await questions.getByRole('button', { name: 'Send the answers' }).click()
    await page.getByText('Hello Grace', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await questions.getByRole('button', { name: 'Cancel the call' }).click()
    await page.getByText('It said cancel', { exact: true }).waitFor()
    await page.goto(`${dashboard.url}/servers/${SERVER}/tools`)
  })

  it('copies calls that run as they are: by curl, on the command line, as a client', async () => {
    const { platform } = dashboard
    await pick('log')
    await page.getByRole('button', { name: 'Add lines' }).click()
    await page.getByLabel('lines', { exact: true }).fill('3')
    const copy = async (how: string) => {
      await page.getByRole('button', { name: 'Copy as' }).click()
      await page.getByRole('menuitem', { name: how }).click()
      return page.evaluate(() => navigator.clipboard.readText())
    }
    const { token: secret } = JSON.parse(
      (await platform.cli(['token', 'create', 'copied', '--scope', 'mcp:call', '--json'])).stdout,
    ) as { token: string }
    const curl = await runProcess('bash', ['-c', await copy('curl')], { HAIVEMIND_TOKEN: secret })
    expect(JSON.parse(curl)).toEqual({ content: [{ type: 'text', text: 'logged' }] })

    const [program, ...words] = splitWords(await copy('haivemind call'))
    expect(program).toBe('haivemind')
    expect((await platform.cli(words)).stdout).toContain('logged')

    const message = await copy('MCP request')
    const answer = await fetch(`${platform.url}/servers/${SERVER}/mcp`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${secret}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': 'tools/call',
        'mcp-name': 'log',
      },
      body: message,
    })
    expect(await answer.json()).toMatchObject({ result: { content: [{ type: 'text', text: 'logged' }] } })
  })

  it('switches one tool off and on, and all that a filter leaves; what is off is shown so and kept so', async () => {
    const { platform } = dashboard
    await pick('empty')
    const toggle = page.getByRole('switch', { name: 'Offered to clients' })
    await toggle.click()
    await page.getByText('Switched off: no client sees or calls it.').waitFor()
    await page.reload()
    await page.getByText('Switched off: no client sees or calls it.').waitFor()
    expect((await platform.cli(['call', SERVER, 'empty'])).code).toBe(3)
    await toggle.click()
    await page.getByText('Switched off: no client sees or calls it.').waitFor({ state: 'detached' })

    await page.getByRole('searchbox', { name: 'Find a tool' }).fill('form_0')
    await page.getByRole('button', { name: 'Switch off 10' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Switch off 10' }).click()
    await page.getByRole('button', { name: 'Switch on 10' }).waitFor()
    expect((await platform.cli(['tools', SERVER])).stdout).not.toContain('form_0')
    await page.getByRole('button', { name: 'Switch on 10' }).click()
    await page.getByRole('button', { name: 'Switch off 10' }).waitFor()
    expect((await platform.cli(['tools', SERVER])).stdout).toContain('form_09')
  })

  it('lists and reads resources: text, a picture, bytes, and what is hostile as text', async () => {
    await page.goto(`${dashboard.url}/servers/${SERVER}/resources`)
    const read = async (title: string) => {
      await page.getByRole('button', { name: title }).first().click()
      await page.getByRole('heading', { name: title, exact: true }).waitFor()
      await page.getByRole('button', { name: 'Read', exact: true }).click()
      const answer = page.locator('[data-answer]')
      await answer.waitFor()
      return answer
    }
    expect(await (await read('note/1')).innerText()).toContain('read demo://note/1')
    const width = await (
      await read('picture')
    )
      .locator('img')
      .evaluate((image: HTMLImageElement) => image.decode().then(() => image.naturalWidth))
    expect(width).toBe(24)
    expect(await (await read('archive')).innerText()).toContain('application/zip, 4 B')
    const hostile = await read('hostile')
    expect(await hostile.innerText()).toContain('<script>document.title=2</script>')
    expect(await hostile.locator('img, script').count()).toBe(0)

    await page.getByRole('searchbox', { name: 'Find a resource' }).fill('no such thing')
    await page.getByRole('button', { name: 'Clear filters' }).click()
    await page.getByRole('button', { name: 'clock' }).waitFor()
  })

  it('watches a resource: what the server changes is read again by itself', async () => {
    await page.goto(`${dashboard.url}/servers/${SERVER}/resources?pick=demo%3A%2F%2Fclock`)
    await page.getByRole('button', { name: 'Watch' }).click()
    await page.locator('[data-watch="live"]').waitFor()
    await dashboard.platform.cli(['call', SERVER, 'touch'])
    await page.getByText('changed 1 times').waitFor()
    await dashboard.platform.cli(['call', SERVER, 'touch'])
    await page.getByText('changed 2 times').waitFor()
    await page.getByText('2 changes, the last').waitFor()
  })

  it('fills in a template with what the server suggests, and shows the address first', async () => {
    await page.goto(`${dashboard.url}/servers/${SERVER}/resources?show=templates`)
    await page.getByRole('button', { name: 'A note' }).click()
    const city = page.getByLabel('city')
    await city.fill('Ber')
    const list = await city.getAttribute('list')
    await page.locator(`[id="${list}"] option[value="Bern"]`).waitFor({ state: 'attached' })
    expect(await page.locator(`[id="${list}"] option`).count()).toBe(2)
    await city.fill('São/1')
    await page.getByText('demo://note/S%C3%A3o%2F1', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Read', exact: true }).click()
    await page.getByText('read demo://note/S%C3%A3o%2F1').waitFor()
  })

  it('shows the messages that a prompt makes of its arguments, and which of those it needs', async () => {
    await page.goto(`${dashboard.url}/servers/${SERVER}/resources?show=prompts&pick=greet`)
    await page.getByRole('button', { name: 'Get the messages' }).click()
    await page.getByText('Needed.').waitFor()
    await page.getByLabel('who').fill('Ada')
    await page.getByRole('button', { name: 'Get the messages' }).click()
    await page.getByText('Hello Ada', { exact: true }).waitFor()
    await page.locator('[data-answer]').getByText('User', { exact: true }).waitFor()
  })

  it('U-23, U-24: asked no other host, broke no policy and threw no error in all of this', () => {
    expect(dashboard.faults()).toEqual([])
  })
})
