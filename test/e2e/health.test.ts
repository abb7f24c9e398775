/** Start-up, liveness and readiness of hosted servers, asked of a running platform. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { HealthJson } from '../../src/api/schema/health.ts'
import { callTool, deployFixture } from '../faults/hosted.ts'
import { eventually, findProcesses, killAll, MARK, startPlatform, type Platform } from './platform.ts'
import { buildServer, deployBash, readLog, readStatus } from './servers.ts'

let platform: Platform
let token: string
beforeAll(async () => {
  platform = await startPlatform({ security: { dry_run: false } })
  token = await platform.token('mcp:call', 'servers:read')
})
afterAll(async () => platform[Symbol.asyncDispose]())

async function readHealth(name: string): Promise<HealthJson> {
  const response = await fetch(`${platform.url}/api/v1/servers/${name}/health`, {
    headers: { authorization: `Bearer ${token}` },
  })
  expect(response.status).toBe(200)
  return (await response.json()) as HealthJson
}

const HTTP = {
  transport: 'http',
  port: 8000,
  health_check_url: 'http://127.0.0.1:8000/health',
  health_check_interval: 1,
  environment: { WORD: 'here' },
}

it('D27, K-6: asks health_check_url, keeps calls back while it says no, and lets them go when it says yes again', async () => {
  const { document } = await deployFixture(platform, 'web', 'tiny-http.mjs', {
    ...HTTP,
    health_check_interval: 2,
  })
  expect(document.error).toBeNull()
  await eventually('its URL was asked', async () =>
    (await readHealth('web')).liveness.evidence?.how === 'health_check_url' ? true : null,
  )
  const { pid } = (await readStatus(platform, 'web')).instance ?? { pid: 0 }
  await callTool(platform, token, 'web', { health: 503, times: 2 })
  const sick = await eventually('it is unhealthy', async () => {
    const found = await readHealth('web')
    return found.health === 'unhealthy' ? found : null
  })
  expect(sick).toMatchObject({
    startup: { status: 'passed', evidence: { how: 'initialize', passed: true } },
    liveness: {
      evidence: { how: 'health_check_url', passed: false, detail: 'health_check_url answered 503.' },
    },
    readiness: { ready: false, reason: 'health_check_url answered 503.' },
  })
  // It waits, and is answered by the same process.
  expect(await callTool(platform, token, 'web')).toBe('here')
  const well = await readHealth('web')
  expect(well).toMatchObject({ health: 'healthy', readiness: { ready: true, reason: null } })
  expect((await readStatus(platform, 'web')).instance?.pid).toBe(pid)
})

it('does not follow where a health_check_url leads, and ends a server that never says yes', async () => {
  const config = { ...HTTP, auto_restart: false, health_failure_threshold: 1 }
  await deployFixture(platform, 'led', 'tiny-http.mjs', config)
  await callTool(platform, token, 'led', { health: 302 })
  const ended = await eventually('it is ended', async () => {
    const found = await readStatus(platform, 'led')
    return found.status === 'failed' ? found : null
  })
  expect(ended.last_exit).toMatchObject({
    cause: 'health',
    // At the first miss: its own settings say so.
    detail: expect.stringMatching(
      /^It failed a check of its health \(health_check_url\)\. The last one: health_check_url answered 302/,
    ),
  })
  const log = await readLog(platform, 'led', '--stream', 'platform')
  expect(log.some(({ text }) => text.includes('health_check_url answered 302'))).toBe(true)
})

it('says of a server that does not come up when, how and why', async () => {
  await deployBash(platform, 'mute', 'sleep 60\n', { start_timeout: 1, auto_restart: false })
  const found = await eventually('its start failed', async () => {
    const now = await readHealth('mute')
    return now.startup.status === 'failed' ? now : null
  })
  expect(found.startup.evidence).toMatchObject({
    how: 'initialize',
    passed: false,
    detail: expect.stringContaining('did not answer MCP initialize within 1 s'),
  })
  expect(found.readiness.ready).toBe(false)
})

it('shows people the three answers, and begins anew with each process', async () => {
  await deployBash(platform, 'seen', buildServer(), { restart_delay: 0.1 })
  const { stdout } = await platform.cli(['status', 'seen'])
  expect(stdout).toMatch(/^startup {4}passed; initialize answered in \d+ ms, /m)
  expect(stdout).toMatch(/^liveness {3}healthy; /m)
  expect(stdout).toMatch(/^ready {6}yes, since /m)
  expect(stdout).toMatch(/^checks {5}\d+ of the last \d+ passed {2}\.+$/m)
  const before = await readHealth('seen')
  killAll(findProcesses(`bash server.sh ${MARK}-seen`).slice(-1))
  const after = await eventually('it runs again', async () => {
    const now = await readHealth('seen')
    return now.readiness.ready && now.startup.evidence?.at !== before.startup.evidence?.at ? now : null
  })
  expect(after.history.length).toBeGreaterThan(before.history.length)
})
