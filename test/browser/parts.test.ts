/** The parts with the most in them, by themselves: a chart of 10,000 points, a log of a million lines. */
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { build, type Rollup } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startBrowser, whyNoBrowser } from '../e2e/browser.ts'
import type * as harness from './parts-harness.tsx'

let browser: Browser
let page: Page

type Harness = typeof harness

beforeAll(async () => {
  if (whyNoBrowser !== null) return
  const built = (await build({
    configFile: false,
    logLevel: 'silent',
    mode: 'production',
    oxc: { jsx: { runtime: 'automatic', development: false } },
    define: { 'process.env.NODE_ENV': '"production"' },
    build: {
      write: false,
      lib: { entry: join(import.meta.dirname, 'parts-harness.tsx'), formats: ['iife'], name: 'harness' },
    },
  })) as Rollup.RollupOutput[]
  const script = built[0]!.output.find((file) => file.type === 'chunk')!.code
  browser = await startBrowser()
  page = await browser.newPage()
  await page.setContent(
    '<!doctype html><div id="box" style="position:relative;display:flex;height:600px;width:900px"></div>',
  )
  // Utility classes are not there: what places the rows is.
  await page.addStyleTag({
    content: `.relative{position:relative}.absolute{position:absolute}.inset-0{inset:0}.top-0{top:0}.overflow-auto{overflow:auto}
      .flex-1{flex:1}.min-h-0{min-height:0}[data-row]{height:20px;white-space:pre;overflow:hidden}`,
  })
  await page.addScriptTag({ content: `${script};globalThis.harness = harness` })
})
afterAll(async () => {
  await browser?.close()
})

describe.skipIf(whyNoBrowser !== null)(`parts${whyNoBrowser ?? ''}`, () => {
  it('a chart of 10,000 points is drawn anew within a frame', async () => {
    const took = await page.evaluate(() => {
      const { harness } = globalThis as unknown as { harness: Harness }
      return harness.measureRedraws(document.querySelector<HTMLElement>('#box')!, 10_000, 25)
    })
    const sorted = took.toSorted((a, b) => a - b)
    expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThan(16)
  })

  it('a log of a million lines draws some dozens of them, wherever it is scrolled to', async () => {
    const { rows, last, still, moving, first } = await page.evaluate(async () => {
      const { harness } = globalThis as unknown as { harness: Harness }
      const box = document.querySelector<HTMLElement>('#box')!
      harness.mountLog(box, 1_000_000)
      await new Promise((resolve) => setTimeout(resolve, 300))
      const log = box.querySelector<HTMLElement>('[data-log]')!
      const cursors = () =>
        [...log.querySelectorAll<HTMLElement>('[data-cursor]')].map((row) => Number(row.dataset['cursor']))
      const end = cursors()
      const still = await harness.measureFrames(box, 60, false)
      const moving = await harness.measureFrames(box, 60, true)
      log.scrollTop = 0
      await new Promise((resolve) => setTimeout(resolve, 300))
      return { rows: end.length, last: end.at(-1), still, moving, first: cursors()[0] }
    })
    expect(rows).toBeLessThan(80)
    expect([first, last]).toEqual([1, 1_000_000])
    expect(moving.blank).toBe(0)
    // Against the frames of the same machine at the same time: a busy one makes fewer of either.
    expect(moving.median / still.median).toBeLessThan(2.5)
  })
})
