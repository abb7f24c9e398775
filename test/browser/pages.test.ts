/** Every page that has a route, in both themes and at both ends of the widths. A new page is in here by itself. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { whyNoBrowser } from '../e2e/browser.ts'
import { deployBash, buildServer } from '../e2e/servers.ts'
import { findAxeViolations, findBrokenWords, settle, startDashboard, type Dashboard } from './dashboard.ts'
import { listAddresses, VIEWS } from './shown-pages.ts'

const NOTE = whyNoBrowser ?? ''
const SERVER = 'weather'

let dashboard: Dashboard

beforeAll(async () => {
  if (whyNoBrowser !== null) return
  dashboard = await startDashboard()
  const { document } = await deployBash(dashboard.platform, SERVER, buildServer(), {
    description: 'Says how the weather is',
    tags: ['demo'],
  })
  expect(document.error).toBeNull()
})
afterAll(async () => {
  await dashboard?.[Symbol.asyncDispose]()
})

describe.skipIf(whyNoBrowser !== null)(`every page${NOTE}`, () => {
  describe.each(VIEWS)('$theme at $width px', (view) => {
    let page: Page
    let stranger: Page
    beforeAll(async () => {
      page = await dashboard.open('/', view)
      stranger = await dashboard.open('/login', { ...view, as: null })
    })
    afterAll(async () => {
      for (const one of [page, stranger]) await one?.context().close()
    })

    it.each(['/login', '/no/such/page', ...listAddresses(SERVER)])(
      'U-04, U-06: %s passes axe, has whole words and scrolls in one direction only',
      async (path) => {
        const shown = path === '/login' ? stranger : page
        await shown.goto(`${dashboard.url}${path}`)
        await settle(shown)
        expect(await findAxeViolations(shown)).toEqual([])
        const text = await shown.locator('body').innerText()
        expect(text.trim().length).toBeGreaterThan(20)
        expect(findBrokenWords(text)).toEqual([])
        expect(await shown.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
      },
    )
  })

  it('U-23, U-24: asked no other host, broke no policy and threw no error in all of this', () => {
    expect(dashboard.faults()).toEqual([])
  })
})
