/** The configuration read again while the platform runs. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventually, startPlatform, type Platform } from './platform.ts'
import { deployBash, buildServer } from './servers.ts'

type Report = {
  readonly applied: readonly string[]
  readonly needs_restart: readonly string[]
  readonly warnings: readonly string[]
}
type Check = {
  readonly id: string
  readonly status: string
  readonly found: string
  readonly fix: string | null
}
type Event = {
  readonly type: string
  readonly actor: string
  readonly data: Readonly<Record<string, unknown>>
}

let platform: Platform
let token: string
let settings: Record<string, object>
beforeAll(async () => {
  platform = await startPlatform({ max_servers: 1, security: { dry_run: false } })
  token = await platform.token('admin')
  settings = (JSON.parse(read()) as { mcp_hosting: Record<string, object> }).mcp_hosting
})
afterAll(async () => platform[Symbol.asyncDispose]())

async function ask(where: string, init: RequestInit = {}) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const response = await fetch(`${platform.url}/api/v1/${where}`, { headers, ...init })
  return { status: response.status, json: (await response.json()) as Record<string, unknown> }
}
const path = () => join(platform.folder, 'config.json')
const read = () => readFileSync(path(), 'utf8')
const write = (change: object) =>
  writeFileSync(path(), JSON.stringify({ mcp_hosting: { ...settings, ...change } }))
const readMax = async () => (await platform.json<{ servers: { max: number } }>('stats')).servers.max
const findCheck = async () => {
  const { stdout } = await platform.cli(['doctor', '--json'])
  return (JSON.parse(stdout) as { checks: Check[] }).checks.find(({ id }) => id === 'config_reload')
}

it('takes up what it can at once, and says what waits for a restart', async () => {
  await deployBash(platform, 'first', buildServer())
  expect((await deployBash(platform, 'second', buildServer())).document.error?.code).toBe('limit_reached')
  write({ max_servers: 2, egress: { allowed_hosts: [] }, no_such_key: 1 })
  const report = await platform.json<Report>('config', 'reload')
  expect(report).toMatchObject({ applied: ['max_servers'], needs_restart: ['egress.allowed_hosts'] })
  expect(report.warnings.join()).toContain('unknown key mcp_hosting.no_such_key')
  expect((await deployBash(platform, 'second', buildServer())).document.error).toBe(null)
  expect(await findCheck()).toMatchObject({
    status: 'warn',
    found: 'changed in the file, and in force after a restart only: egress.allowed_hosts',
    fix: 'Restart the platform.',
  })
})

it('R-36: leaves everything as it was when the file is not usable, and says so everywhere', async () => {
  write({ max_servers: 'many' })
  const refused = await ask('config/reload', { method: 'POST', body: '{}' })
  expect(refused).toMatchObject({ status: 500, json: { code: 'invalid_platform_config' } })
  expect(refused.json['detail']).toMatch(/config\.json:1: mcp_hosting\.max_servers: /)
  // The command line passes on what the platform says of it.
  expect((await platform.cli(['config', 'reload'])).code).toBe(78)
  expect((await ask('stats')).json).toMatchObject({ servers: { max: 2 } })
  const { checks } = (await ask('system')).json as { checks: Check[] }
  expect(checks.find(({ id }) => id === 'config_reload')).toMatchObject({ status: 'fail' })
  expect(platform.log()).toContain('the configuration was not read again')
  const { items } = (await ask('events')).json as { items: Event[] }
  expect(items.findLast(({ type }) => type === 'config.refused')?.data['reason']).toContain('max_servers')

  write({ max_servers: 3 })
  process.kill(platform.pid(), 'SIGHUP')
  await eventually('SIGHUP is followed', async () => ((await readMax()) === 3 ? true : null))
  expect(await findCheck()).toMatchObject({ status: 'ok' })
  const { stdout } = await platform.cli(['audit', 'list', '--action', 'config.reload', '--json'])
  const records = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  expect(records.map(({ via, outcome }) => `${String(via)} ${String(outcome)}`)).toEqual([
    'cli attempt',
    'cli success',
    'api attempt',
    'api failure',
    'cli attempt',
    'cli failure',
    'platform attempt',
    'platform success',
  ])
})

it('bounds what is asked from the next request on', async () => {
  expect((await ask('stats')).status).toBe(200)
  write({ rate_limits: { ...settings['rate_limits'], api: 1 } })
  expect((await platform.json<Report>('config', 'reload')).applied).toContain('rate_limits.api')
  expect((await ask('stats')).status).toBe(200)
  expect((await ask('stats')).status).toBe(429)
})
