/** Servers that misbehave in exactly one way: the right word, the cause, a sentence, the last of stderr, nothing left. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectV2 } from './clients.ts'
import {
  createGroupReader,
  eventually,
  findProcesses,
  isAlive,
  listFiles,
  startPlatform,
  type Platform,
  MARK,
} from './platform.ts'
import { buildServer, deployBash, readLog, readStatus, type Status } from './servers.ts'

type StatusEvent = {
  readonly type: string
  readonly time: string
  readonly data: {
    readonly server: string
    readonly status: string
    readonly attempt: number
    readonly next_try_at: string
  }
}

let platform: Platform
let token = ''
let readGroups: () => string[] = () => []
beforeAll(async () => {
  // Silent servers are what this file is about: each would hold its dry run to the end.
  platform = await startPlatform({
    max_servers: 30,
    health_check_interval: 1,
    security: { dry_run_seconds: 2 },
  })
  token = await platform.token()
  await deployBash(platform, 'first', buildServer())
  readGroups = createGroupReader((await statusOf('first')).instance?.pid ?? 0)
  await platform.json('delete', 'first', '--yes')
})
afterAll(async () => platform[Symbol.asyncDispose]())

const statusOf = (name: string) => readStatus(platform, name)
const endpoint = (name: string) => `${platform.url}/servers/${name}/mcp`

/** The server is gone from everywhere: list, processes, run directories, files. */
async function removeAndCheck(name: string): Promise<void> {
  const { code, stderr } = await platform.cli(['delete', name, '--yes'])
  expect(code, stderr).toBe(0)
  expect(findProcesses(`${MARK}-${name}`)).toEqual([])
  expect((await platform.cli(['status', name])).code).toBe(5)
  expect(listFiles(platform.dataDir).filter((path) => path.includes(name))).toEqual([])
}

describe('a server that', () => {
  it('D32, K-12: exits at once fails its deployment with exit code and last words', async () => {
    const script = 'echo "the city list is missing" >&2\nexit 3\n'
    const { code, document, stderr } = await deployBash(platform, 'exits', script, { max_restarts: 0 })
    expect(code).toBe(9)
    expect(document.error?.code).toBe('start_failed')
    expect(document.error?.details).toMatchObject({ cause: 'exited' })
    expect(stderr).toContain('the city list is missing')
    const status = await eventually('given up', async () => {
      const now = await statusOf('exits')
      return now.status === 'failed' ? now : null
    })
    expect(status.last_exit).toMatchObject({ cause: 'exited', code: 3, signal: null })
    expect(status.last_exit?.detail).not.toBe('')
    expect(status.last_exit?.stderr_tail).toContain('the city list is missing')
    await removeAndCheck('exits')
  })

  it('lacks a dependency names the module', async () => {
    const files = 'exec python3 -c "import httpx_that_is_not_there"\n'
    const { document } = await deployBash(platform, 'lacks', files, { max_restarts: 0 })
    expect(document.error?.code).toBe('start_failed')
    expect(JSON.stringify(document.error)).toContain('httpx_that_is_not_there')
    await removeAndCheck('lacks')
  })

  it('never answers ends with start_timeout', async () => {
    const script = 'while true; do sleep 1; done\n'
    const { code, document } = await deployBash(platform, 'silent', script, {
      start_timeout: 2,
      max_restarts: 0,
    })
    expect(code).toBe(9)
    expect(document.error).toMatchObject({ code: 'start_failed', details: { cause: 'start_timeout' } })
    const status = await eventually('given up', async () => {
      const now = await statusOf('silent')
      return now.status === 'failed' ? now : null
    })
    expect(status.last_exit?.cause).toBe('start_timeout')
    expect(findProcesses(`${MARK}-silent`)).toEqual([])
    await removeAndCheck('silent')
  })

  it('answers initialize with an error ends with init_failed', async () => {
    const script = `while IFS= read -r line; do
      [[ $line =~ \\"id\\":([0-9]+|\\"[^\\"]*\\") ]] || continue
      printf '{"jsonrpc":"2.0","id":%s,"error":{"code":-32000,"message":"the key is wrong"}}\\n' "\${BASH_REMATCH[1]}"
    done`
    const { document } = await deployBash(platform, 'refuses', script, { max_restarts: 0 })
    expect(document.error).toMatchObject({ code: 'start_failed', details: { cause: 'init_failed' } })
    expect(JSON.stringify(document.error)).toContain('the key is wrong')
    await removeAndCheck('refuses')
  })

  it('R130, K-24: prints noise on stdout goes on, and the noise is in its log', async () => {
    const before = 'echo "Starting up..."; echo "[1,2"; printf "\\n"'
    const onCall = `echo "debug: called"; reply "$id" '{"content":[{"type":"text","text":"hello"}]}'`
    const { document } = await deployBash(platform, 'noisy', buildServer({ before, onCall }))
    expect(document).toMatchObject({ status: 'running', error: null })
    const session = await connectV2(endpoint('noisy'), token, '2026-07-28')
    expect((await session.call('act', {})).text).toBe('hello')
    await session.close()
    const noise = (await readLog(platform, 'noisy', '--stream', 'stdout')).map((line) => line.text)
    expect(noise).toEqual(expect.arrayContaining(['Starting up...', '[1,2', 'debug: called']))
    expect((await statusOf('noisy')).status).toBe('running')
    await removeAndCheck('noisy')
  })

  it('D19: ignores SIGTERM and forks away is gone to the last process', async () => {
    const before = `trap '' TERM
      for n in 1 2 3; do (trap '' TERM HUP; exec -a ${MARK}-orphan-$n sleep 1000) </dev/null >/dev/null 2>&1 & disown; done
      (setsid bash -c 'trap "" TERM; exec -a ${MARK}-orphan-4 sleep 1000' </dev/null >/dev/null 2>&1 &)`
    const { document } = await deployBash(platform, 'stubborn', buildServer({ before }))
    expect(document.error).toBeNull()
    await eventually('its children run', async () =>
      findProcesses(`${MARK}-orphan-`).length >= 4 ? true : null,
    )
    const { instance } = await statusOf('stubborn')
    const stopped = await platform.json<Status>('stop', 'stubborn')
    expect(stopped).toMatchObject({ status: 'stopped', desired: 'stopped', instance: null })
    expect(stopped.last_exit?.cause).toBe('asked')
    expect(findProcesses(`${MARK}-orphan-`)).toEqual([])
    expect(isAlive(instance?.pid ?? 0)).toBe(false)
    await removeAndCheck('stubborn')
  })

  it('D19: is a fork bomb stays within its limit and is deleted whole', async () => {
    const onCall = `(while true; do (exec -a ${MARK}-bomb sleep 1000) & done) 2>/dev/null & reply "$id" '{"content":[]}'`
    const limits = { resource_limits: { max_processes: 32 } }
    expect((await deployBash(platform, 'bomb', buildServer({ onCall }), limits)).document.error).toBeNull()
    const session = await connectV2(endpoint('bomb'), token, '2026-07-28')
    await session.call('act', {}).catch(() => undefined)
    await session.close().catch(() => undefined)
    await eventually('it forks', async () => (findProcesses(`${MARK}-bomb`).length > 8 ? true : null))
    expect(findProcesses(`${MARK}-bomb`).length).toBeLessThanOrEqual(40)
    await removeAndCheck('bomb')
    expect(findProcesses(`${MARK}-bomb`).filter(isAlive)).toEqual([])
  })

  it('K-14: eats memory ends with out_of_memory, and the platform is untouched', async () => {
    const onCall = 'a=x; while true; do a=$a$a; done'
    const limits = { resource_limits: { memory_mb: 64 }, max_restarts: 0 }
    expect((await deployBash(platform, 'hungry', buildServer({ onCall }), limits)).document.error).toBeNull()
    const session = await connectV2(endpoint('hungry'), token, '2026-07-28')
    await expect(session.call('act', {})).rejects.toThrow(/ended|not running|memory/i)
    await session.close().catch(() => undefined)
    const status = await eventually('its end', async () => {
      const now = await statusOf('hungry')
      return now.status === 'running' || now.last_exit === null ? null : now
    })
    expect(status.last_exit?.cause).toBe('out_of_memory')
    expect(status.last_exit?.detail).toMatch(/memory/i)
    expect(status.last_exit?.hint).toMatch(/memory/i)
    await removeAndCheck('hungry')
  })

  it('D16, K-7: is killed from outside shows the signal and comes back', async () => {
    await deployBash(platform, 'killed', buildServer(), { restart_delay: 0.1 })
    const before = await statusOf('killed')
    const [pid = 0] = findProcesses(`bash server.sh ${MARK}-killed`).slice(-1)
    process.kill(pid, 'SIGKILL')
    const status = await eventually('a crash that is seen', async () => {
      const now = await statusOf('killed')
      return now.last_exit === null ? null : now
    })
    expect(status.last_exit).toMatchObject({ cause: 'signalled', signal: 'SIGKILL' })
    const after = await eventually('it runs again', async () => {
      const now = await statusOf('killed')
      return now.status === 'running' ? now : null
    })
    expect(after.instance?.pid).not.toBe(before.instance?.pid)
    expect(after.restarts).toBe(1)
    await removeAndCheck('killed')
  })

  it('D28, K-5: crashes again and again waits longer each time, then is given up and kept', async () => {
    const script = 'echo "attempt" >&2; exit 1\n'
    await deployBash(platform, 'crashes', script, { restart_delay: 0.2, max_restarts: 3 })
    const end = await eventually('given up', async () => {
      const now = await statusOf('crashes')
      return now.status === 'failed' ? now : null
    })
    const waits = await eventually('the events of its four ends', async () => {
      const { stdout } = await platform.cli(['events', '-n', '500', '--json'])
      const lines = stdout.split('\n').filter((line) => line !== '')
      const own = lines
        .map((line) => JSON.parse(line) as StatusEvent)
        .filter(({ type, data }) => type === 'server.status' && data.server === 'crashes')
      const given = own.some(({ data }) => data.status === 'failed')
      return given ? own.filter(({ data }) => data.status === 'backoff') : null
    })
    const delays = waits.map(({ time, data }) => Date.parse(data.next_try_at) - Date.parse(time))
    expect(waits.map(({ data }) => data.attempt)).toEqual([1, 2, 3])
    expect(delays).toEqual([...delays].sort((one, other) => one - other))
    expect(end.reason).not.toBeNull()
    expect((await platform.json<{ versions: unknown[] }>('versions', 'crashes')).versions).toHaveLength(1)
    await removeAndCheck('crashes')
  })
})

it('D27, K-8: is asked for a sign of life, at its own interval, and never initialized again', async () => {
  // It repeats to stderr whatever it is told.
  const script = buildServer({ before: 'echo up >&2' }).replace(
    'IFS= read -r line; do',
    'IFS= read -r line; do echo "$line" >&2',
  )
  await deployBash(platform, 'asked', script, { health_check_interval: 1 })
  const heard = await eventually('three pings have come', async () => {
    const lines = (await readLog(platform, 'asked', '--stream', 'stderr')).map((line) => line.text)
    const told = lines
      .slice(lines.lastIndexOf('up') + 1)
      .map((line) => JSON.parse(line) as { method: string })
    const methods = told.map(({ method }) => method)
    return methods.filter((method) => method === 'ping').length >= 3 ? methods : null
  })
  expect(heard.filter((method) => method === 'initialize')).toHaveLength(1)
  expect((await statusOf('asked')).health).toBe('healthy')
  await removeAndCheck('asked')
})

it('D11: the platform answers while servers are silent', async () => {
  const names = Array.from({ length: 8 }, (_, index) => `mute-${index}`)
  const script = 'while true; do sleep 1; done\n'
  const started = names.map((name) =>
    deployBash(platform, name, script, { start_timeout: 600, max_restarts: 0 }).catch(() => undefined),
  )
  await eventually('all are starting', async () => {
    const { servers } = await platform.json<{ servers: Status[] }>('list')
    return servers.filter((server) => server.status === 'starting').length === names.length ? true : null
  })
  // Not one of them has answered, and every question about them is.
  expect((await fetch(`${platform.url}/healthz`)).status).toBe(200)
  const { servers } = await platform.json<{ servers: Status[] }>('list')
  expect(servers.map((server) => server.name)).toEqual(expect.arrayContaining(names))
  // Stopping ends the deployments that wait for an answer.
  await platform.json('stop', '--all')
  await Promise.all(started)
  await Promise.all(names.map((name) => platform.json('delete', name, '--yes')))
  expect(findProcesses(`${MARK}-mute-`)).toEqual([])
})

it('K-1: leaves no control group, no mount, no run directory and no archive behind', async () => {
  expect(await platform.json('list')).toEqual({ servers: [] })
  expect(listFiles(join(platform.dataDir, 'mcp_uploads'))).toEqual([])
  expect(readGroups()).toEqual([])
  expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain(platform.folder)
  const run = join(platform.dataDir, 'run')
  expect(readdirSync(platform.dataDir).includes('run') ? listFiles(run) : []).toEqual([])
})
