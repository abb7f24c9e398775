/**
 * Every page that has a route, in both themes, at both ends of the widths and in each of its states. A new page is in here
 * by itself.
 */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { whyNoBrowser } from '../e2e/browser.ts'
import { deployBash, buildServer } from '../e2e/servers.ts'
import { findAxeViolations, findBrokenWords, settle, startDashboard, type Dashboard } from './dashboard.ts'
import { BROKEN_REQUEST, findFilter, showPage, type PageState } from './page-states.ts'
import { readPicture } from './read-png.ts'
import { listAddresses, VIEWS } from './shown-pages.ts'

const NOTE = whyNoBrowser ?? ''
const SERVER = 'weather'

/** They ask for nothing before somebody does something. */
const WAITS_FOR_NOTHING = ['/deploy', '/settings']
/** Nor does this one, but for what the frame around it asks for too. */
const BREAKS_ON_NOTHING = [
  ...WAITS_FOR_NOTHING,
  `/servers/${SERVER}/config`,
  // It asks the server itself, by MCP, which is not what is broken here.
  `/servers/${SERVER}/resources`,
]
/** Of all pixels: a heading and a line have more. */
const LEAST_DRAWN = 0.01

let dashboard: Dashboard

beforeAll(async () => {
  if (whyNoBrowser === null) dashboard = await startDashboard()
})
afterAll(async () => {
  await dashboard?.[Symbol.asyncDispose]()
})

/** A picture of it has something on it, in whole words, and nothing goes over its edge. */
async function expectWhole(page: Page, state: string): Promise<void> {
  const { width, height } = page.viewportSize()!
  const picture = readPicture(await page.screenshot())
  expect([state, picture.width, picture.height]).toEqual([state, width, height])
  expect(picture.colours, state).toBeGreaterThan(20)
  expect(picture.drawn, state).toBeGreaterThan(LEAST_DRAWN)
  const text = await page.locator('body').innerText()
  expect(text.trim().length, state).toBeGreaterThan(20)
  expect(findBrokenWords(text), state).toEqual([])
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), state).toBe(true)
}

/** All four in turn, so that each is seen in every state. */
const viewOf = (path: string) => VIEWS[listAddresses(SERVER).indexOf(path) % VIEWS.length]!

describe.skipIf(whyNoBrowser !== null)(`every page${NOTE}`, () => {
  const ofPlatform = listAddresses(SERVER).filter((path) => !path.includes(SERVER))
  it.each(VIEWS)(
    'U-03: pages say what belongs there while there is nothing ($theme at $width px)',
    async (view) => {
      const page = await dashboard.open('/login', view)
      for (const path of ofPlatform.filter((one) => viewOf(one) === view)) {
        await showPage(page, `${dashboard.url}${path}`, 'empty')
        await expectWhole(page, `empty ${path}`)
      }
      await page.context().close()
    },
  )

  describe('with a server', () => {
    beforeAll(async () => {
      const { document } = await deployBash(dashboard.platform, SERVER, buildServer(), {
        description: 'Says how the weather is',
        tags: ['demo'],
      })
      expect(document.error).toBeNull()
    })
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
        'U-03, U-04, U-06: %s passes axe, has whole words and scrolls in one direction only',
        async (path) => {
          const shown = path === '/login' ? stranger : page
          await shown.goto(`${dashboard.url}${path}`)
          await settle(shown)
          expect(await findAxeViolations(shown)).toEqual([])
          await expectWhole(shown, 'full')
        },
      )

      it.each(listAddresses(SERVER).filter((path) => viewOf(path) === view))(
        'U-03: %s while it loads, where it breaks, and where a filter leaves nothing',
        async (path) => {
          const states: readonly PageState[] = [
            'loading',
            'error',
            ...(findFilter(path) === null ? [] : ['filtered' as const]),
          ]
          for (const state of states) {
            await showPage(page, `${dashboard.url}${path}`, state)
            if (state === 'loading' && !WAITS_FOR_NOTHING.includes(path))
              await page.locator('[data-skeleton]').first().waitFor()
            if (state === 'error' && !BREAKS_ON_NOTHING.includes(path)) {
              await page.getByRole('alert').filter({ hasText: BROKEN_REQUEST }).first().waitFor()
              await page.getByRole('button', { name: 'Try again' }).first().waitFor()
            }
            if (state === 'filtered')
              await page.getByRole('button', { name: 'Clear filters' }).first().waitFor()
            await expectWhole(page, state)
          }
        },
      )
    })
  })

  it('U-23, U-24: asked no other host, broke no policy and threw no error in all of this', () => {
    expect(dashboard.faults()).toEqual([])
  })
})
