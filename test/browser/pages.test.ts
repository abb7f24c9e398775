/** Every page that has a route, in both themes and at both ends of the widths. A new page is in here by itself. */
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
    it.each(['/login', '/no/such/page', ...listAddresses(SERVER)])(
      'U-04, U-06: %s passes axe, has whole words and scrolls in one direction only',
      async (path) => {
        const page = await dashboard.open(path, path === '/login' ? { ...view, as: null } : view)
        await settle(page)
        expect(await findAxeViolations(page)).toEqual([])
        const text = await page.locator('body').innerText()
        expect(text.trim().length).toBeGreaterThan(20)
        expect(findBrokenWords(text)).toEqual([])
        expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
        await page.context().close()
      },
    )
  })

  it('U-23, U-24: asked no other host, broke no policy and threw no error in all of this', () => {
    expect(dashboard.faults()).toEqual([])
  })
})
