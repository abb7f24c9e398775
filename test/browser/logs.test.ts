/** Logs as they are read: a flood, a reader who scrolls up, a daemon that dies under the page. */
import { copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildSegmentPath } from '../../src/runtime/instance/log-segments.ts'
import { packSegment } from '../../src/runtime/instance/packed-segment.ts'
import { whyNoBrowser } from '../e2e/browser.ts'
import { ROOT } from '../e2e/platform.ts'
import { deploy, readLog, writeTree } from '../e2e/servers.ts'
import { startDashboard, type Dashboard } from './dashboard.ts'

const CODE = readFileSync(join(ROOT, 'test/fixtures/servers/playground.mjs'), 'utf8')
/** The scanner rightly wants a look at a server that hides characters. */
const APPROVED = ['--approve', 'it is a test'] as const
const LOG = '[data-log]'

let dashboard: Dashboard

beforeAll(async () => {
  if (whyNoBrowser !== null) return
  dashboard = await startDashboard()
  for (const name of ['flood', 'calm']) {
    const config = { name, command: ['node', 'server.mjs'] }
    const tree = writeTree(dashboard.platform, {
      'server.mjs': CODE,
      'server_config.json': JSON.stringify(config),
    })
    expect((await deploy(dashboard.platform, tree, ...APPROVED)).document.error).toBeNull()
  }
  await call('flood', 'log', { lines: 3000 })
})
afterAll(async () => {
  await dashboard?.[Symbol.asyncDispose]()
})

async function call(server: string, tool: string, args: object): Promise<void> {
  const { code, stderr } = await dashboard.platform.cli(['call', server, tool, JSON.stringify(args)])
  if (code !== 0) throw new Error(stderr)
}

/** The cursor and place of the first row that is wholly in view. */
function readTop(page: Page): Promise<{ readonly cursor: number; readonly y: number }> {
  return page.locator(LOG).evaluate((box) => {
    const edge = box.getBoundingClientRect().top
    const row = [...box.querySelectorAll<HTMLElement>('[data-cursor]')].find(
      (one) => one.getBoundingClientRect().top >= edge,
    )!
    return { cursor: Number(row.dataset['cursor']), y: Math.round(row.getBoundingClientRect().top - edge) }
  })
}

function readClipboard(page: Page): Promise<string> {
  return page.evaluate(() => navigator.clipboard.readText())
}

/** A hundred full files of a log, packed as the daemon packs them: one line in the middle is like no other. */
async function fillLog(dir: string): Promise<number> {
  const LINES = 56_000
  const write = async (first: number, middle: string) => {
    const lines = Array.from({ length: LINES }, (_, index) => {
      const seq = first + index
      const text =
        index === LINES / 2 && middle !== ''
          ? middle
          : `INFO request ${seq} served in 12 ms for /api/v1/items/${seq} by worker 3, 200 OK, ${'padding '.repeat(6)}`
      return JSON.stringify({ seq, time: 1_790_000_000_000 + seq, stream: 'stderr', text })
    })
    const path = buildSegmentPath(dir, first)
    writeFileSync(path, `${lines.join('\n')}\n`)
    const { size } = statSync(path)
    await packSegment(path)
    return size
  }
  const at = (file: number) => 1_000_001 + file * LINES
  const size = await write(at(0), '')
  // Those in between only have to be gone through: they are the first one again, numbers and all.
  for (let file = 1; file < 99; file += 1) {
    if (file === 50) await write(at(file), 'the needle of the haystack')
    else copyFileSync(`${buildSegmentPath(dir, at(0))}.gz`, `${buildSegmentPath(dir, at(file))}.gz`)
  }
  await write(at(99), '')
  return size * 100
}

describe.skipIf(whyNoBrowser !== null)(`logs${whyNoBrowser ?? ''}`, () => {
  it('U-12: at 1,000 lines a second the view stays, the pill counts, typing is not held up, and copies are exact', async () => {
    const page = await dashboard.open('/servers/flood/logs')
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.locator(`${LOG}[data-following="true"] [data-cursor]`).first().waitFor()
    await call('flood', 'log', { rate: 1000 })
    // It follows by itself…
    await page
      .getByText(/^tick \d+ green$/)
      .first()
      .waitFor()
    // …until its reader scrolls up.
    await page.locator(LOG).hover()
    await page.mouse.wheel(0, -1500)
    await page.locator(`${LOG}[data-following="false"]`).waitFor()
    await page.getByRole('button', { name: /new lines/ }).waitFor()
    const before = await readTop(page)
    const count = async () =>
      Number((await page.getByRole('button', { name: /new lines/ }).innerText()).replace(/\D/g, ''))
    const counted = await count()
    const latencies = await page.evaluate(async () => {
      const box = document.querySelector<HTMLInputElement>('input[type=search]')!
      box.focus()
      const seen: number[] = []
      // From the event to the frame that shows it, while lines come.
      for (let turn = 0; turn < 40; turn += 1) {
        const began = performance.now()
        box.dispatchEvent(new KeyboardEvent('keydown', { key: 'a', bubbles: true }))
        await new Promise((resolve) => setTimeout(resolve, 0))
        seen.push(performance.now() - began)
        await new Promise((resolve) => setTimeout(resolve, 25))
      }
      return seen.toSorted((a, b) => a - b)
    })
    const after = await readTop(page)
    expect(after).toEqual(before)
    expect(await count()).toBeGreaterThan(counted)
    const p95 = latencies[Math.floor(latencies.length * 0.95)]!
    expect(p95).toBeLessThan(50)

    await page.getByRole('button', { name: 'Copy what is visible' }).click()
    const copied = (await readClipboard(page)).split('\n')
    const kept = await readLog(dashboard.platform, 'flood')
    const from = kept.findIndex(({ text }) => text === copied[0])
    expect(kept.slice(from, from + copied.length).map(({ text }) => text)).toEqual(copied)
    expect(copied.length).toBeGreaterThan(10)

    // Back at the end it follows again.
    await page.getByRole('button', { name: /new lines/ }).click()
    await page.locator(`${LOG}[data-following="true"]`).waitFor()
    await page.context().close()
  })

  it('U-12: wrap and levels survive a reload', async () => {
    const page = await dashboard.open('/servers/flood/logs')
    await page.getByRole('button', { name: 'View' }).click()
    await page.getByLabel('Wrap lines').click()
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Levels' }).click()
    await page.getByLabel('Errors').click()
    await page.keyboard.press('Escape')
    await page.getByText('ERROR line 3000').waitFor()
    await page.reload()
    await page.getByText('ERROR line 3000').waitFor()
    expect(await page.getByText(/^INFO line/).count()).toBe(0)
    await page.getByRole('button', { name: 'View' }).click()
    expect(await page.getByLabel('Wrap lines').getAttribute('data-state')).toBe('checked')
    await page.context().close()
  })

  it('finds text with next and previous, and a link to a line leads back to it', async () => {
    const page = await dashboard.open('/servers/flood/logs?find=line%2077')
    await page.getByText(/of 11$/).waitFor()
    await page.getByLabel('Previous match').click()
    await page.getByLabel('Previous match').click()
    await page.locator('mark').first().waitFor()
    await page.locator('[data-pick]').first().click()
    await page.waitForURL(/line=\d+/)
    const address = page.url()
    const text = await page.locator('[aria-current] span.flex-1').innerText()
    await page.goto('about:blank')
    await page.goto(address)
    expect(await page.locator('[data-row][aria-current] span.flex-1').innerText()).toBe(text)
    await page.context().close()
  })

  it('finds a pattern in the whole log, also beyond the hits that were given first', async () => {
    const page = await dashboard.open('/servers/flood/logs?find=line%201%5Cd%5Cd%5Cd%24&as=regex')
    const at = page.getByRole('search').locator('output')
    await page.getByText('– of 1,000', { exact: true }).waitFor()
    const previous = page.getByLabel('Previous match')
    for (let step = 0; step < 100; step += 1) await previous.click()
    await page.getByText('901 of 1,000', { exact: true }).waitFor()
    await previous.click()
    await page.getByText('900 of 1,000', { exact: true }).waitFor()
    await page.getByText('INFO line 1899', { exact: true }).waitFor()
    await page.getByLabel('Next match').click()
    await page.getByText('901 of 1,000', { exact: true }).waitFor()

    await page.getByLabel('Search the log').fill('(')
    await page
      .getByRole('alert')
      .getByText(/query\.q/)
      .waitFor()
    await page.getByRole('button', { name: 'How to search' }).click()
    await page.getByLabel('The text is').selectOption('literal')
    await page.getByLabel('Upper and lower case differ').click()
    await page.keyboard.press('Escape')
    await page.getByLabel('Search the log').fill('error LINE 50')
    await expect.poll(() => at.innerText()).toBe('No match')
    await page.context().close()
  })

  it('saves the log as a file: as it is filtered, only what is selected, packed', async () => {
    const page = await dashboard.open('/servers/flood/logs?stream=stderr&levels=error&find=line%2010&only=1')
    await page.getByText('ERROR line 1000').waitFor()
    const save = async () => {
      const coming = page.waitForEvent('download')
      await page.getByRole('link', { name: 'Save the log of flood' }).click()
      return (await coming).path()
    }
    await page.getByRole('button', { name: 'Download' }).click()
    await page.getByText('Only Stream stderr, Errors, “line 10”.').waitFor()
    const texts = readFileSync(await save(), 'utf8')
      .trim()
      .split('\n')
    expect(texts.map((line) => line.replace(/^\S+ stderr +/, ''))).toEqual([
      'ERROR line 100',
      'ERROR line 1000',
      'ERROR line 1050',
    ])

    await page.goto(`${dashboard.url}/servers/flood/logs`)
    await page.locator('[data-pick]').first().click()
    await page.waitForURL(/line=\d+/)
    const picked = await page.locator('[data-row][aria-current] span.flex-1').innerText()
    await page.getByRole('button', { name: 'Download' }).click()
    await page.getByLabel('Lines', { exact: true }).selectOption('selected')
    await page.getByLabel('Format').selectOption('ndjson')
    await page.getByLabel('Compressed (gzip)').click()
    const [line, ...others] = gunzipSync(readFileSync(await save()))
      .toString()
      .trim()
      .split('\n')
    const { text: whole } = JSON.parse(line!) as { text: string }
    // The page draws colours; the file has what the server wrote.
    expect([whole.replaceAll(/\u001b\[\d*m/g, ''), others]).toEqual([picked, []])
    await page.context().close()
  })

  it('U-14: in 1 GB of log as the disk keeps it, the first hit is there within 2 s (here five times that, where others work too), and a search can be stopped', async () => {
    const tree = writeTree(dashboard.platform, {
      'server.mjs': CODE,
      'server_config.json': JSON.stringify({ name: 'big', command: ['node', 'server.mjs'] }),
    })
    expect((await deploy(dashboard.platform, tree, ...APPROVED)).document.error).toBeNull()
    expect((await dashboard.platform.cli(['stop', 'big'])).code).toBe(0)
    const { id } = JSON.parse((await dashboard.platform.cli(['status', 'big', '--json'])).stdout) as {
      id: string
    }
    const bytes = await fillLog(join(dashboard.platform.dataDir, 'mcp_logs', id))
    expect(bytes).toBeGreaterThan(1_000_000_000)
    const page = await dashboard.open('/servers/big/logs')
    await page.locator(`${LOG} [data-cursor]`).first().waitFor()
    const box = page.getByLabel('Search the log')
    const began = performance.now()
    await box.fill('needle of the haystack')
    await page.getByText(/of 1\+?$/).waitFor()
    const took = performance.now() - began
    console.log(`U-14: the only hit, in the middle of ${bytes} bytes, after ${Math.round(took)} ms`)
    await page.getByLabel('Next match').click()
    await page.locator(`${LOG} mark`, { hasText: 'needle of the haystack' }).waitFor()

    await box.fill('nothing has this')
    const stop = page.getByRole('button', { name: 'Stop searching' })
    await stop.click()
    await stop.waitFor({ state: 'detached' })
    await page.context().close()
    expect(took).toBeLessThan(5 * 2_000)
  })

  it('shows what a server writes as text: no markup, no colour tricks, no direction tricks', async () => {
    await call('calm', 'say', {
      text: '<img src=x onerror=alert(1)>\u202eabc \x1b[31mred\x1b[0m\x1b]0;title\x07 end',
    })
    const page = await dashboard.open('/servers/calm/logs')
    await page.getByText('<img src=x onerror=alert(1)>abc').waitFor()
    expect(await page.locator(`${LOG} img`).count()).toBe(0)
    expect(
      await page.locator(`${LOG} [data-row]`, { hasText: 'onerror' }).locator('span.flex-1').innerText(),
    ).toBe('<img src=x onerror=alert(1)>abc red end')
    await page.context().close()
  })

  it('U-08: with the daemon killed it says so, comes back by itself, and shows each line once', async () => {
    const page = await dashboard.open('/servers/calm/logs')
    await page.locator(`${LOG} [data-cursor]`).first().waitFor()
    for (const at of [1, 2, 3]) await call('calm', 'say', { text: `before ${at}` })
    await page.getByText('before 3').waitFor()
    await dashboard.platform.kill()
    await page.locator('[data-log-state="reconnecting"]').waitFor()
    await dashboard.platform.start()
    for (const at of [1, 2, 3]) await call('calm', 'say', { text: `after ${at}` })
    await page.locator('[data-log-state="live"]').waitFor()
    await page.getByText('after 3').waitFor()
    const kept = (await readLog(dashboard.platform, 'calm')).map(({ cursor }) => cursor)
    const shown = await page
      .locator('[data-cursor]')
      .evaluateAll((rows) => rows.map((row) => Number((row as HTMLElement).dataset['cursor'])))
    expect(shown).toEqual(kept.slice(-shown.length))
    expect(new Set(shown).size).toBe(shown.length)
    await page.context().close()
  })

  it('shows several servers in the order of time', async () => {
    // It would flood on until its process ends.
    expect((await dashboard.platform.cli(['restart', 'flood'])).code).toBe(0)
    await call('calm', 'say', { text: 'from calm' })
    await call('flood', 'say', { text: 'from flood' })
    const page = await dashboard.open('/logs?servers=calm,flood')
    await page.getByText('from flood').waitFor()
    const texts = await page.locator(`${LOG} [data-row]`).allInnerTexts()
    const at = (text: string) => texts.findIndex((row) => row.includes(text))
    expect(at('from calm')).toBeGreaterThanOrEqual(0)
    expect(at('from flood')).toBeGreaterThan(at('from calm'))
    await page.context().close()
  })

  it('U-23, U-24: asked no other host, broke no policy and threw no error in all of this', () => {
    expect(dashboard.faults()).toEqual([])
  })
})
