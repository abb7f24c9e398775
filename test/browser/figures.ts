/** `npm run dashboard-figures`: what the dashboard takes on this machine, each figure beside what is wanted of it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { multiply } from '../bench/scale.ts'
import { ROOT } from '../e2e/platform.ts'
import { buildServer, deploy, deployBash, writeTree } from '../e2e/servers.ts'
import { settle, startDashboard } from './dashboard.ts'
import { floodEvents, measureFilter, measureLoad, measureSmoothness } from './measure.ts'

const COUNT = 1000
const KB = 1000

function say(what: string, value: number, unit: string, most: number): void {
  console.log(
    `${what.padEnd(56)} ${value.toFixed(1).padStart(8)} ${unit.padEnd(3)} (wanted: at most ${most})`,
  )
}

await using dashboard = await startDashboard({ max_servers: COUNT })
const { platform } = dashboard

const first = await measureLoad(dashboard, '/', 'h1')
say('first load: script, compressed', first.scriptBytes / KB, 'KB', 180)
say('first load: style, compressed', first.styleBytes / KB, 'KB', 15)
say('first load: usable after', first.usableMs, 'ms', 1000)

const code = readFileSync(join(ROOT, 'test/fixtures/servers/playground.mjs'), 'utf8')
const config = JSON.stringify({ name: 'flood', command: ['node', 'server.mjs'] })
const tree = writeTree(platform, { 'server.mjs': code, 'server_config.json': config })
const { document } = await deploy(platform, tree, '--approve', 'it measures')
if (document.error !== null) throw new Error(document.error.message)
const logs = await dashboard.open('/servers/flood/logs')
const called = await platform.cli(['call', 'flood', 'log', '{"rate":1000}'])
if (called.code !== 0) throw new Error(called.stderr)
await logs
  .getByText(/^tick \d+ green$/)
  .first()
  .waitFor()
const flooded = await measureSmoothness(logs, 5)
say('1,000 log lines a second: a key, p95', flooded.inputP95, 'ms', 50)
say('1,000 log lines a second: a frame, p50', flooded.frameP50, 'ms', 20)
await logs.context().close()
await platform.cli(['delete', 'flood', '--yes'])

await deployBash(platform, 'server-0', buildServer(), {}, '--no-start')
await platform.stop()
multiply(join(platform.dataDir, 'haivemind.db'), COUNT, 0)
await platform.start()
const list = await measureLoad(dashboard, '/servers', 'tbody th a')
say('1,000 servers: listed after', list.usableMs, 'ms', 1000)
const page = await dashboard.open('/login')
await floodEvents(page, 200, COUNT)
await page.goto(`${dashboard.url}/servers`)
await settle(page)
await page.locator('tbody th a').first().waitFor()
const updated = await measureSmoothness(page, 5)
say('200 updates a second of them: a key, p95', updated.inputP95, 'ms', 50)
say('200 updates a second of them: a frame, p95', updated.frameP95, 'ms', 50)
const filtered = await measureFilter(page, ['server-71', 'server-9', 'server-12', 'server-5', 'server-88'])
say('1,000 servers: filtered after', filtered, 'ms', 50)
await page.context().close()

const elsewhere = dashboard.faults().filter((fault) => fault.startsWith('elsewhere'))
say('requests to other hosts', elsewhere.length, '', 0)
for (const fault of dashboard.faults()) console.error(fault)
