/** The daemon is killed, stopped, started twice: what was promised to last does, and nothing else. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connectV1, connectV2 } from './clients.ts'
import {
  eventually,
  findProcesses,
  isAlive,
  killAll,
  listFiles,
  ROOT,
  startPlatform,
  type Platform,
  MARK,
} from './platform.ts'
import { buildServer, deploy, deployBash, readLog, readStatus, writeTree, type Status } from './servers.ts'

let platform: Platform
beforeEach(async () => {
  platform = await startPlatform({ max_servers: 20, health_check_interval: 1 })
})
afterEach(async () => platform[Symbol.asyncDispose]())

const COUNTER = buildServer({
  before: 'count=0',
  onCall: `count=$((count + 1)); echo "call $count" >&2; reply "$id" '{"content":[{"type":"text","text":"'$count'"}]}'`,
})

it('D12: starts, answers /healthz and stops with exit code 0', async () => {
  const health = await fetch(`${platform.url}/healthz`)
  expect([health.status, await health.text()]).toEqual([200, 'ok\n'])
  expect(await platform.stop()).toBe(0)
  await expect(fetch(`${platform.url}/healthz`)).rejects.toThrow('fetch failed')
})

describe('a daemon killed with SIGKILL', () => {
  it('D1, K-9: comes back to the same processes, and sessions opened before go on', async () => {
    await deployBash(platform, 'counter', COUNTER)
    const token = await platform.token()
    const endpoint = `${platform.url}/servers/counter/mcp`
    const v1 = await connectV1(endpoint, token)
    const v2 = await connectV2(endpoint, token, 'legacy')
    const modern = await connectV2(endpoint, token, '2026-07-28')
    expect((await v1.call('act', {})).text).toBe('1')
    const before = await readStatus(platform, 'counter')

    await platform.kill()
    expect(isAlive(before.instance?.pid ?? 0)).toBe(true)
    await platform.start()

    const after = await readStatus(platform, 'counter')
    expect(after).toMatchObject({ status: 'running', restarts: 0 })
    expect(after.instance).toMatchObject({ pid: before.instance?.pid, adopted: true })
    // The count goes on: it is the very same process that answers.
    expect((await v1.call('act', {})).text).toBe('2')
    expect((await v2.call('act', {})).text).toBe('3')
    expect((await modern.call('act', {})).text).toBe('4')
    await Promise.all([v1.close(), v2.close(), modern.close()])
  })

  it('K-3: told to hand over, ends in order and leaves its servers to the next one', async () => {
    await deployBash(platform, 'counter', COUNTER)
    const before = await readStatus(platform, 'counter')
    expect(await platform.handOver()).toBe(0)
    expect(findProcesses(`${MARK}-counter`)).not.toEqual([])
    await platform.start()
    const after = await readStatus(platform, 'counter')
    expect(after.instance).toMatchObject({ pid: before.instance?.pid, adopted: true })
    expect(after.last_exit).toEqual(before.last_exit)
  })

  it('finds a server dead that died meanwhile, and starts it again', async () => {
    await deployBash(platform, 'counter', COUNTER)
    const before = await readStatus(platform, 'counter')
    await platform.kill()
    killAll(findProcesses(`${MARK}-counter`))
    await platform.start()
    const after = await eventually('it runs again', async () => {
      const now = await readStatus(platform, 'counter')
      return now.status === 'running' ? now : null
    })
    expect(after.instance?.pid).not.toBe(before.instance?.pid)
    expect(after.instance?.adopted).toBe(false)
    expect(after.last_exit).toMatchObject({ cause: 'signalled' })
  })

  it('D34: in the middle of a deployment leaves it failed and nothing of it', async () => {
    const files = {
      'server.py': 'print(1)',
      'requirements.txt': 'mcp==2.3.0\n',
      'server_config.json': `{"name":"half","command":["python","server.py","${MARK}-half"]}`,
    }
    const { code, stdout } = await platform.cli(['deploy', writeTree(platform, files), '--json'])
    expect(code).toBe(0)
    const { id } = JSON.parse(stdout) as { id: string }
    await platform.kill()
    await platform.start()
    const token = await platform.token('servers:read')
    const headers = { authorization: `Bearer ${token}` }
    const operation = (await (
      await fetch(`${platform.url}/api/v1/operations/${id}`, { headers })
    ).json()) as { status: string; error: { code: string } | null }
    expect(operation.status).toBe('failed')
    expect(operation.error).not.toBeNull()
    expect(await platform.json('list')).toEqual({ servers: [] })
    expect(listFiles(join(platform.dataDir, 'mcp_uploads'))).toEqual([])
    expect(listFiles(join(platform.dataDir, 'mcp_servers'))).toEqual([])
    expect(findProcesses(`${MARK}-half`)).toEqual([])
  })

  it('D30: loses no log line, and numbers go on', async () => {
    await deployBash(platform, 'counter', COUNTER)
    const token = await platform.token()
    const session = await connectV2(`${platform.url}/servers/counter/mcp`, token, '2026-07-28')
    for (let n = 0; n < 20; n++) await session.call('act', {})
    await eventually('the log holds every call', async () =>
      (await readLog(platform, 'counter', '--stream', 'stderr')).length === 20 ? true : null,
    )
    await platform.kill()
    await platform.start()
    await session.call('act', {})
    await session.close()
    await platform.json('restart', 'counter')
    const lines = await eventually('the last line', async () => {
      const found = await readLog(platform, 'counter')
      return found.filter((line) => line.stream === 'stderr').length >= 21 ? found : null
    })
    const calls = lines.filter((line) => line.stream === 'stderr').map((line) => line.text)
    expect(calls).toEqual(Array.from({ length: 21 }, (_, index) => `call ${index + 1}`))
    const cursors = lines.map((line) => line.cursor)
    expect(cursors).toEqual([...new Set(cursors)].sort((a, b) => a - b))
    // The break in reading is marked, by the platform.
    expect(lines.some((line) => line.stream === 'platform')).toBe(true)
  })
})

it('D23: a second daemon on the same data directory exits at once and says why', async () => {
  const second = spawn(join(ROOT, 'node_modules/node/bin/node'), ['dist/main.js', 'serve'], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], HAIVEMIND_CONFIG: join(platform.folder, 'config.json') },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let stderr = ''
  second.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const [code] = (await once(second, 'exit')) as [number]
  expect(code).toBe(1)
  expect(stderr).toContain('error: ')
  expect(stderr).toMatch(/owns|in use/)
  expect((await fetch(`${platform.url}/readyz`)).status).toBe(200)
})

it('D23: a second data directory does not get the folders of servers and logs of the first', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'haivemind-second-'))
  const { code, stderr } = await platform.cli(['serve'], {
    env: { HAIVEMIND__DASHBOARD__PORT: '0', HAIVEMIND__DATA_DIR: dataDir },
  })
  expect(code).toBe(1)
  expect(stderr).toMatch(/mcp_servers belongs to another[^]*hint: Give each data_dir a servers_dir/)
  rmSync(dataDir, { recursive: true })
})

it('R152: does not listen beyond this machine before somebody was let in', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'haivemind-open-'))
  const { code, stderr } = await platform.cli(['serve'], {
    env: {
      HAIVEMIND__DASHBOARD__HOST: '0.0.0.0',
      HAIVEMIND__DASHBOARD__PORT: '0',
      HAIVEMIND__DATA_DIR: dataDir,
      HAIVEMIND__SERVERS_DIR: join(dataDir, 'servers'),
      HAIVEMIND__LOGS_DIR: join(dataDir, 'logs'),
    },
  })
  expect(code).toBe(78)
  expect(stderr).toContain('mcp_hosting.dashboard.host')
  expect(stderr).toContain('haivemind token create')
  rmSync(dataDir, { recursive: true })
})

it('D3: a stopped server stays stopped, over probes and restarts of the platform', async () => {
  await deployBash(platform, 'quiet', buildServer())
  expect(await platform.json<Status>('stop', 'quiet')).toMatchObject({
    status: 'stopped',
    desired: 'stopped',
  })
  // Three probes of one second would have brought it back.
  await sleep(3500)
  expect(await readStatus(platform, 'quiet')).toMatchObject({ status: 'stopped', instance: null })
  await platform.stop()
  await platform.start()
  expect(await readStatus(platform, 'quiet')).toMatchObject({ status: 'stopped', instance: null })
  await platform.kill()
  await platform.start()
  expect(await readStatus(platform, 'quiet')).toMatchObject({ status: 'stopped', instance: null })
  expect(findProcesses(`${MARK}-quiet`)).toEqual([])
})

it('D25: uptime ends with the run, and the restart count is not touched by hand', async () => {
  await deployBash(platform, 'timed', buildServer())
  const running = await readStatus(platform, 'timed')
  expect(running.uptime_seconds).not.toBeNull()
  expect(running.started_at).not.toBeNull()
  const stopped = await platform.json<Status>('stop', 'timed')
  expect(stopped).toMatchObject({ uptime_seconds: null, started_at: null, instance: null, attempt: 0 })
  const again = await platform.json<Status>('start', 'timed')
  expect(again).toMatchObject({ status: 'running', restarts: 0 })
})

it('D4: twenty manual restarts and a crash loop delete nothing', async () => {
  await deployBash(platform, 'sturdy', buildServer({ onCall: 'exit 3' }), {
    max_restarts: 1,
    restart_delay: 0.1,
  })
  const files = listFiles(join(platform.dataDir, 'mcp_servers'))
  for (let n = 0; n < 20; n++) {
    expect(await platform.json<Status>('restart', 'sturdy')).toMatchObject({ status: 'running', restarts: 0 })
  }
  await eventually('it is given up', async () => {
    // Its own doing: one that is killed from outside is looked at again for a quarter of an hour before that.
    await platform.cli(['call', 'sturdy', 'act'])
    return (await readStatus(platform, 'sturdy')).status === 'failed' ? true : null
  })
  expect(listFiles(join(platform.dataDir, 'mcp_servers'))).toEqual(files)
  expect(await platform.json<Status>('start', 'sturdy')).toMatchObject({ status: 'running' })
})

it('D29: ten servers that ignore SIGTERM stop together, not one after the other', async () => {
  const script = buildServer({ before: "trap '' TERM" })
  const names = Array.from({ length: 10 }, (_, n) => `slow-${n}`)
  const outcomes = await Promise.all(names.map((name) => deployBash(platform, name, script)))
  const errors = outcomes.map(({ document }) => document.error)
  expect(errors, platform.log()).toEqual(names.map(() => null))
  expect(await platform.stop()).toBe(0)
  expect(findProcesses(`${MARK}-slow-`)).toEqual([])
  // The last one is asked to stop before the first has ended.
  const words = readStoredStatuses(join(platform.dataDir, 'haivemind.db')).filter(
    (word) => word === 'stopping' || word === 'stopped',
  )
  expect(words).toEqual([...names.map(() => 'stopping'), ...names.map(() => 'stopped')])
})

/** The status of each server.status event in the database of a daemon that has ended, in order. */
function readStoredStatuses(path: string): string[] {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    const rows = database
      .prepare(
        "SELECT event ->> 'status' AS status FROM events WHERE event ->> 'type' = 'server.status' ORDER BY id",
      )
      .all()
    return rows.map(({ status }) => String(status))
  } finally {
    database.close()
  }
}

it('D13: lists none, one that never started, two, and a mixture', async () => {
  expect(await platform.json('list')).toEqual({ servers: [] })
  expect((await platform.cli(['list'])).code).toBe(0)
  await deployBash(platform, 'one', buildServer(), {}, '--no-start')
  expect((await platform.cli(['list'])).stdout).toMatch(/^NAME .*\none +stopped/)
  await deployBash(platform, 'two', buildServer(), {}, '--no-start')
  const { document } = await deployBash(platform, 'three', buildServer())
  expect(document.status).toBe('running')
  const { servers } = await platform.json<{ servers: Status[] }>('list')
  expect(servers.map(({ name, status }) => [name, status])).toEqual([
    ['one', 'stopped'],
    ['three', 'running'],
    ['two', 'stopped'],
  ])
  expect((await platform.cli(['list', '-q'])).stdout).toBe('one\nthree\ntwo\n')
  expect(await platform.json('stats')).toMatchObject({ servers: { total: 3, by_status: { running: 1 } } })
})

it('K-15: a new version takes over, a broken one does not, and rollback goes back', async () => {
  const say = (word: string) =>
    buildServer({ onCall: `reply "$id" '{"content":[{"type":"text","text":"${word}"}]}'` })
  const ask = async () => (await platform.cli(['call', 'app', 'act'])).stdout
  await deployBash(platform, 'app', say('first'))
  expect(await ask()).toBe('first\n')
  await deployBash(platform, 'app', say('second'))
  expect(await ask()).toBe('second\n')
  const broken = await deployBash(platform, 'app', 'exit 1\n', { max_restarts: 0 })
  expect(broken.code).toBe(9)
  expect(await ask()).toBe('second\n')
  expect(await platform.json<Status>('rollback', 'app', '1')).toMatchObject({ version: 1, status: 'running' })
  expect(await ask()).toBe('first\n')
})

it('/data outlives restarts, versions and the daemon', async () => {
  const onCall = `[ -f /data/n ] || echo 0 >/data/n; n=$(($(cat /data/n) + 1)); echo $n >/data/n
    reply "$id" '{"content":[{"type":"text","text":"'$n'"}]}'`
  const ask = async () => (await platform.cli(['call', 'keeper', 'act'])).stdout
  await deployBash(platform, 'keeper', buildServer({ onCall }))
  expect(await ask()).toBe('1\n')
  await platform.json('restart', 'keeper')
  expect(await ask()).toBe('2\n')
  await deployBash(platform, 'keeper', `${buildServer({ onCall })}# another version\n`)
  expect(await ask()).toBe('3\n')
  await platform.stop()
  await platform.start()
  await platform.cli(['wait', 'keeper'])
  expect(await ask()).toBe('4\n')
  await platform.cli(['delete', 'keeper', '--yes'])
  await deploy(
    platform,
    writeTree(platform, { 'server.sh': buildServer({ onCall }) }),
    '--name',
    'keeper',
    '--command',
    'bash server.sh',
  )
  expect(await ask()).toBe('1\n')
  expect(existsSync(join(platform.dataDir, 'mcp_servers'))).toBe(true)
})
