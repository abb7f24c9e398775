/**
 * `npm run screenshots [part of an address]`: every page in its states, both themes, both widths, into out/screenshots,
 * for a person to look at.
 */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { buildServer, deployBash } from '../e2e/servers.ts'
import { startDashboard, type Dashboard } from './dashboard.ts'
import { findFilter, PAGE_STATES, showPage, type PageState } from './page-states.ts'
import { listAddresses, VIEWS } from './shown-pages.ts'

const OUT = join(import.meta.dirname, '../../out/screenshots')
const SERVER = 'weather'
const wanted = process.argv[2] ?? ''

async function shoot(dashboard: Dashboard, path: string, state: PageState): Promise<void> {
  for (const view of VIEWS) {
    const as = path === '/login' || path === '/setup' ? { as: null } : {}
    const page = await dashboard.open('/login', { ...view, ...as })
    await showPage(page, `${dashboard.url}${path}`, state).catch((error: unknown) =>
      console.error(path, state, error),
    )
    await page.waitForTimeout(250)
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
  for (const state of PAGE_STATES.filter((one) => one !== 'empty')) {
    if (state !== 'filtered' || findFilter(path) !== null) await shoot(dashboard, path, state)
  }
}
for (const fault of dashboard.faults()) console.error(fault)
