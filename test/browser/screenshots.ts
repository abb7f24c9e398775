/**
 * `npm run screenshots [part of an address]`: every page in its states, both themes, both widths, into out/screenshots,
 * for a person to look at. Loading and errors are made by holding the answers of the API back, or by breaking them.
 */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { buildServer, deployBash } from '../e2e/servers.ts'
import { settle, startDashboard, type Dashboard } from './dashboard.ts'
import { listAddresses, VIEWS } from './shown-pages.ts'

const OUT = join(import.meta.dirname, '../../out/screenshots')
const SERVER = 'weather'
const wanted = process.argv[2] ?? ''

/** What pages ask for, but for who asks and the live stream: those make the frame. */
const DATA = /\/api\/v1\/(?!me$|setup$|events$)/

const STATES: Readonly<Record<string, (page: Page) => Promise<unknown>>> = {
  full: async () => undefined,
  loading: (page) => page.route(DATA, () => undefined),
  error: (page) =>
    page.route(DATA, (route) =>
      route.fulfill({
        status: 500,
        contentType: 'application/problem+json',
        json: {
          status: 500,
          code: 'internal',
          title: 'Internal error',
          detail: 'Something broke inside the platform.',
          hint: 'Its log has more under the request id.',
          request_id: 'req_0000000000',
        },
      }),
    ),
  filtered: async () => undefined,
  empty: async () => undefined,
}

async function shoot(dashboard: Dashboard, path: string, state: string): Promise<void> {
  for (const view of VIEWS) {
    const as = path === '/login' || path === '/setup' ? { as: null } : {}
    const page = await dashboard.open('/login', { ...view, ...as })
    await STATES[state]?.(page)
    await page.goto(`${dashboard.url}${path}${state === 'filtered' ? '?q=nothing-has-this' : ''}`)
    if (state === 'loading') await page.locator('[data-skeleton], main').first().waitFor()
    else await settle(page).catch(() => undefined)
    await page.waitForTimeout(state === 'error' ? 2_500 : 250)
    const name = path === '/' ? 'overview' : path.slice(1).replaceAll('/', '-')
    const file = `${name}.${state}.${view.theme}.${view.width}.png`
    await page.screenshot({ path: join(OUT, file), fullPage: state === 'full' })
    await page.context().close()
  }
}

const isWanted = (path: string) => path.includes(wanted)

rmSync(OUT, { recursive: true, force: true })
mkdirSync(OUT, { recursive: true })
await using dashboard = await startDashboard()
const addresses = listAddresses(SERVER).filter(isWanted)
for (const path of addresses.filter((one) => !one.includes(SERVER))) await shoot(dashboard, path, 'empty')

const words = { description: 'Says how the weather is, here and elsewhere', tags: ['demo'] }
await deployBash(dashboard.platform, SERVER, buildServer(), words)
await deployBash(dashboard.platform, 'notes', buildServer(), {
  description: 'Keeps notes',
  tags: ['demo', 'home'],
})
await deployBash(
  dashboard.platform,
  'crasher',
  buildServer({ before: 'echo "ModuleNotFoundError: No module named httpx" >&2; exit 1' }),
  { description: 'Ends at once' },
)
await dashboard.platform.cli(['stop', 'notes'])
for (let count = 0; count < 5; count++) await dashboard.platform.cli(['call', SERVER, 'act', '{}'])

for (const path of ['/login', '/no/such/page'].filter(isWanted)) await shoot(dashboard, path, 'full')
for (const path of addresses) {
  for (const state of ['full', 'loading', 'error', 'filtered']) await shoot(dashboard, path, state)
}
for (const fault of dashboard.faults()) console.error(fault)
