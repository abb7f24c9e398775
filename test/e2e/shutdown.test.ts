/** How the platform ends: in order, at once, and for a newer one to take over. */
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { connectV1, connectV2 } from './clients.ts'
import { eventually, ROOT, startPlatform, type Platform } from './platform.ts'
import { buildServer, deployBash, readStatus } from './servers.ts'

let platform: Platform
beforeEach(async () => {
  platform = await startPlatform({ security: { dry_run: false, scan_uploads: false } })
})
afterEach(async () => platform[Symbol.asyncDispose]())

const SLOW = buildServer({
  onCall: `echo called >&2; sleep 3; reply "$id" '{"content":[{"type":"text","text":"done"}]}'`,
})
const COUNTER = buildServer({
  before: 'count=0',
  onCall: `count=$((count + 1)); reply "$id" '{"content":[{"type":"text","text":"'$count'"}]}'`,
})

async function callSlow() {
  const token = await platform.token()
  const session = await connectV2(`${platform.url}/servers/slow/mcp`, token, 'legacy')
  const answer = session.call('act', {})
  answer.catch(() => undefined)
  await eventually('the server works on it', async () => {
    const { stdout } = await platform.cli(['logs', 'slow', '--stream', 'stderr', '--quiet'])
    return stdout.includes('called') ? true : null
  })
  return { answer, token }
}

it('ends a call that is under way with its answer, and begins none', async () => {
  await deployBash(platform, 'slow', SLOW)
  const { answer, token } = await callSlow()
  const exit = platform.stop()
  await sleep(300)
  const refused = await fetch(`${platform.url}/servers/slow/mcp`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
  })
  expect(refused.status).toBe(503)
  expect(refused.headers.get('retry-after')).toBe('5')
  expect((await refused.json()) as object).toMatchObject({ code: 'not_ready' })
  const api = await fetch(`${platform.url}/api/v1/stats`, { headers: { authorization: `Bearer ${token}` } })
  expect([api.status, api.headers.get('retry-after')]).toEqual([503, '1'])
  expect((await answer).text).toBe('done')
  expect(await exit).toBe(0)
})

it('ends at once when it is asked a second time, and the next one finds everything', async () => {
  await deployBash(platform, 'slow', SLOW)
  await callSlow()
  const pid = platform.pid()
  const exit = platform.stop()
  await sleep(300)
  process.kill(pid, 'SIGTERM')
  expect(await exit).toBe(130)
  await platform.start()
  await eventually('it runs', async () =>
    (await readStatus(platform, 'slow')).status === 'running' ? true : null,
  )
})

it('K-3: hands its servers over to a newer version: same processes, sessions go on', async () => {
  const next = join(platform.folder, 'next')
  cpSync(join(ROOT, 'dist'), join(next, 'dist'), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(next, 'node_modules'))
  const about = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as object
  writeFileSync(join(next, 'package.json'), JSON.stringify({ ...about, version: '99.0.0' }))

  await deployBash(platform, 'counter', COUNTER)
  const token = await platform.token()
  const endpoint = `${platform.url}/servers/counter/mcp`
  const session = await connectV1(endpoint, token)
  expect((await session.call('act', {})).text).toBe('1')
  const before = await readStatus(platform, 'counter')
  expect(await platform.handOver()).toBe(0)
  await platform.start(join(next, 'dist/main.js'))
  expect((await session.call('act', {})).text).toBe('2')
  const after = await readStatus(platform, 'counter')
  expect(after).toMatchObject({ status: 'running', restarts: before.restarts })
  expect(after.instance).toMatchObject({ pid: before.instance?.pid, adopted: true })
  // The command line is of the older version still, and doctor says so.
  const { stdout } = await platform.cli(['doctor', '--json'])
  const { checks } = JSON.parse(stdout) as { checks: { id: string; found: string }[] }
  expect(checks.find(({ id }) => id === 'version')?.found).toContain('99.0.0')
  await session.close()
})
