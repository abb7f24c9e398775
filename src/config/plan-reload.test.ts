import { expect, it } from 'vitest'
import { parseConfig } from './load.ts'
import { listReloadKeys, planReload } from './plan-reload.ts'

const read = (settings: object) =>
  parseConfig(JSON.stringify({ mcp_hosting: settings }), 'config.json', {}).config

it('knows of every key whether a reload takes it up', () => {
  const of = Object.fromEntries(listReloadKeys().map(({ key, reload }) => [key, reload]))
  expect(of).toMatchObject({
    'gateway.call_timeout': 'live',
    'gateway.call_records': 'restart',
    'rate_limits.api': 'live',
    'security.scan_policy.block': 'live',
    'security.oauth.issuer': 'restart',
    'security.key_file': 'restart',
    max_servers: 'live',
    data_dir: 'restart',
    'dashboard.port': 'restart',
  })
})

it('takes up what it can, and leaves the rest as it was', () => {
  const current = read({})
  const next = read({
    max_servers: 3,
    dashboard: { port: 9000 },
    gateway: { call_timeout: 5, call_records: 10 },
    security: { archive_sources: ['example.org:80'] },
  })
  const { config, applied, needsRestart } = planReload(current, next)
  expect(applied).toEqual(['max_servers', 'security.archive_sources', 'gateway.call_timeout'])
  expect(needsRestart).toEqual(['dashboard.port', 'gateway.call_records'])
  expect(config.max_servers).toBe(3)
  expect(config.gateway).toMatchObject({ call_timeout: 5, call_records: 1_000_000 })
  expect(config.dashboard.port).toBe(8910)
  expect(current.max_servers).toBe(10)
})

it('finds nothing to do where nothing changed', () => {
  expect(planReload(read({}), read({}))).toEqual({ config: read({}), applied: [], needsRestart: [] })
})
