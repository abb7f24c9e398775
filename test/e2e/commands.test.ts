/** The verbs against the real platform: what they print, where, and how they end. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectV2 } from './clients.ts'
import { eventually, findProcesses, ROOT, startPlatform, type Platform, MARK } from './platform.ts'
import { buildServer, deployBash, readStatus, type Status } from './servers.ts'

const TALKER = buildServer({
  onCall: `echo "asked for $UNITS" >&2; reply "$id" '{"content":[{"type":"text","text":"'$UNITS'"}]}'`,
})
const STAGES = ['receive', 'validate', 'scan', 'unpack', 'install', 'start', 'verify']

let platform: Platform
beforeAll(async () => {
  platform = await startPlatform({ max_servers: 3 })
  await deployBash(platform, 'talker', TALKER, { environment: { UNITS: 'metric' } })
})
afterAll(async () => platform[Symbol.asyncDispose]())

describe('deploy', () => {
  it('prints one line a stage on stderr and the endpoint alone on stdout', async () => {
    const source = join(ROOT, 'examples/bash-toolbox')
    const { code, stdout, stderr } = await platform.cli(['deploy', source, '--wait'])
    expect([code, stdout]).toEqual([0, `${platform.url}/servers/bash-toolbox/mcp\n`])
    const lines = stderr.trimEnd().split('\n')
    expect(lines.slice(0, 7).map((line) => line.split(' ')[0])).toEqual(STAGES)
    expect(lines[0]).toMatch(/^receive +succeeded +\d+ ms /)
    expect(lines[7]).toBe('bash-toolbox version 1 is running; tools: text_stats, factorize, roll_dice')
  })

  it('says with --no-start that nothing was started', async () => {
    const { document } = await deployBash(platform, 'idle', TALKER, {}, '--no-start')
    expect(document).toMatchObject({ status: 'stopped', tools: [], error: null })
    expect(document.stages.slice(-2)).toMatchObject([
      { stage: 'start', status: 'skipped' },
      { stage: 'verify', status: 'skipped' },
    ])
    await platform.json('delete', 'idle', '--yes')
  })

  it('ends with 130 on Ctrl-C and says that the deployment continues', async () => {
    const folder = join(platform.folder, 'silent')
    mkdirSync(folder)
    writeFileSync(join(folder, 'server.sh'), 'while true; do sleep 1; done\n')
    const config = { name: 'silent', command: ['bash', 'server.sh', `${MARK}-silent`] }
    writeFileSync(join(folder, 'server_config.json'), JSON.stringify(config))
    const running = platform.open(['deploy', folder, '--wait'])
    await eventually('it starts', async () => (findProcesses(`${MARK}-silent`).length > 0 ? true : null))
    const { code, stderr } = await running.interrupt()
    expect(code).toBe(130)
    expect(stderr).toMatch(/warning: the deployment op_\w+ continues/)
    // Its dry run has to end first: until then there is no server of that name.
    await eventually('it is there', async () =>
      (await platform.cli(['status', 'silent'])).code === 0 ? true : null,
    )
    await platform.json('stop', 'silent')
    await platform.json('delete', 'silent', '--yes')
    expect(findProcesses(`${MARK}-silent`)).toEqual([])
  })

  it('refuses one server more than the limit with exit code 6', async () => {
    const third = await deployBash(platform, 'third', TALKER)
    expect(third.document.error).toBeNull()
    const folder = join(ROOT, 'examples/bash-toolbox')
    const { code, stderr } = await platform.cli(['deploy', folder, '--name', 'fourth', '--wait', '--json'])
    expect(code).toBe(6)
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'limit_reached' } })
    await platform.json('delete', 'third', '--yes')
  })

  it('refuses a directory with a symbolic link before anything is sent', async () => {
    const folder = join(platform.folder, 'linked')
    mkdirSync(folder)
    symlinkSync('/etc/passwd', join(folder, 'users'))
    const { code, stderr } = await platform.cli(['deploy', folder, '--name', 'linked', '--wait'])
    expect(code).toBe(7)
    expect(stderr).toContain('error: users is a symbolic link\nhint: ')
  })
})

describe('operate', () => {
  it('set changes a variable from the next start on, and an empty value takes it back', async () => {
    const changed = await platform.json<{ changed: string[]; restart_required: boolean }>(
      'set',
      'talker',
      'environment.UNITS=imperial',
      'max_processes=96',
    )
    expect(changed.restart_required).toBe(true)
    expect(await readStatus(platform, 'talker')).toMatchObject({
      limits: { max_processes: 128 },
      settings: { resource_limits: { max_processes: 96 } },
    })
    expect((await platform.cli(['status', 'talker'])).stdout).toContain(
      'limits     512 MiB, 100% of a core, 128 processes, 512 MiB of /data\n' +
        'to come    512 MiB, 100% of a core, 96 processes, 512 MiB of /data; restart to apply: haivemind restart talker\n',
    )
    expect((await platform.cli(['call', 'talker', 'act'])).stdout).toBe('metric\n')
    await platform.json('restart', 'talker')
    expect((await platform.cli(['call', 'talker', 'act'])).stdout).toBe('imperial\n')
    expect(await readStatus(platform, 'talker')).toMatchObject({ limits: { max_processes: 96 } })
    await platform.json('set', 'talker', 'environment.UNITS=', 'max_processes=')
    await platform.json('restart', 'talker')
    expect((await platform.cli(['call', 'talker', 'act'])).stdout).toBe('metric\n')
    expect(await readStatus(platform, 'talker')).toMatchObject({ limits: { max_processes: 128 } })
  })

  it('set says of memory whether it holds already, and then it does', async () => {
    const { restart_required: isDue } = await platform.json<{ restart_required: boolean }>(
      'set',
      'talker',
      'memory_mb=384',
    )
    expect(await readStatus(platform, 'talker')).toMatchObject({ limits: { memory_mb: isDue ? 512 : 384 } })
    await platform.json('set', 'talker', 'memory_mb=')
    expect(await readStatus(platform, 'talker')).toMatchObject({ limits: { memory_mb: 512 } })
  })

  it('logs -f goes on with new lines until Ctrl-C', async () => {
    const following = platform.open(['logs', 'talker', '-f', '-n', '0', '--grep', 'ASKED', '--json'])
    const seen = await eventually('a line', async () => {
      await platform.cli(['call', 'talker', 'act'])
      return following.stdout().includes('\n') ? following.stdout() : null
    })
    const { code } = await following.interrupt()
    expect(code).toBe(130)
    const [line = ''] = seen.split('\n')
    expect(JSON.parse(line)).toMatchObject({ stream: 'stderr', text: 'asked for metric' })
  })

  it('events -f goes on after the last N events', async () => {
    const following = platform.open(['events', '-f', '-n', '2', '--json'])
    await eventually('the last two', async () => (following.stdout().split('\n').length > 2 ? true : null))
    await platform.json('restart', 'talker')
    const seen = await eventually('the restart', async () =>
      following.stdout().includes('"Answered MCP initialize."') ? following.stdout() : null,
    )
    await following.interrupt()
    const readIds = (text: string) => [...text.matchAll(/"id":(\d+),"type"/g)].map(([, id]) => Number(id))
    const { stdout } = await platform.cli(['events', '-n', '500', '--json'])
    const ids = readIds(seen)
    expect(ids).toEqual(readIds(stdout).slice(-ids.length))
  })

  it('events -f prints what happens and who did it', async () => {
    const following = platform.open(['events', '-f', '-n', '0', '--json'])
    const seen = await eventually('a restart', async () => {
      await platform.json('restart', 'talker')
      const text = following.stdout()
      return text.includes('"stopping"') && text.includes('"running"') ? text : null
    })
    expect((await following.interrupt()).code).toBe(130)
    const events = seen
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as { id: number; type: string; actor: string })
    expect(events.some((event) => event.type === 'server.status')).toBe(true)
    const ids = events.map((event) => event.id)
    expect(ids).toEqual([...ids].sort((a, b) => a - b))
    const { stdout } = await platform.cli(['events', '-n', '3', '--json'])
    expect(stdout.trimEnd().split('\n')).toHaveLength(3)
  })

  it('stop --all and start --all take every server, wait sees both', async () => {
    expect((await platform.cli(['stop', '--all'])).code).toBe(0)
    expect((await platform.cli(['wait', 'talker', '--for', 'stopped', '--timeout', '5s'])).code).toBe(0)
    expect((await platform.cli(['wait', 'talker', '--timeout', '300ms', '--json'])).code).toBe(8)
    const refused = await platform.cli(['call', 'talker', 'act'])
    expect(refused.code).toBe(9)
    expect(refused.stderr).toMatch(/^error: .*stopped/)
    const { servers } = await platform.json<{ servers: Status[] }>('start', '--all')
    expect(servers.map((server) => server.status)).toEqual(['running', 'running'])
    expect((await platform.cli(['wait', 'talker'])).code).toBe(0)
  })
})

describe('access', () => {
  it('a token does what its scopes say, from anywhere, until it is revoked', async () => {
    const made = await platform.json<{ id: string; token: string }>(
      'token',
      'create',
      'reader',
      '--scope',
      'servers:read',
    )
    const env = { HAIVEMIND_URL: platform.url, HAIVEMIND_TOKEN: made.token, HAIVEMIND_CONFIG: '/nowhere' }
    expect((await platform.cli(['list', '-q'], { env })).stdout).toContain('talker\n')
    const refused = await platform.cli(['stop', 'talker', '--json'], { env })
    expect(refused.code).toBe(3)
    expect(JSON.parse(refused.stderr)).toMatchObject({ error: { code: 'forbidden' } })
    expect((await platform.cli(['token', 'revoke', made.id])).code).toBe(0)
    expect((await platform.cli(['list'], { env })).code).toBe(3)
  })

  it('a client token for one server opens that one alone', async () => {
    const token = await platform.token('mcp:call:talker')
    const session = await connectV2(`${platform.url}/servers/talker/mcp`, token, '2026-07-28')
    expect((await session.call('act', {})).text).toBe('metric')
    await session.close()
    const other = connectV2(`${platform.url}/servers/bash-toolbox/mcp`, token, '2026-07-28')
    await expect(other).rejects.toThrow(/403|forbidden|scope/i)
  })
})

describe('the platform as an MCP server', () => {
  it('D1: deploys with upload_mcp_server, and the new server answers', async () => {
    const zip = join(platform.folder, 'upload.zip')
    await platform.cli(['pack', join(ROOT, 'examples/bash-toolbox'), zip])
    const token = await platform.token('admin', 'mcp:call')
    const manager = await connectV2(`${platform.url}/mcp`, token, '2026-07-28')
    const names = ['upload', 'start', 'stop', 'restart', 'delete'].map((verb) => `${verb}_mcp_server`)
    expect(await manager.tools()).toEqual(
      expect.arrayContaining([...names, 'list_mcp_servers', 'get_hosting_stats']),
    )
    const archive_base64 = readFileSync(zip).toString('base64')
    const uploaded = await manager.call('upload_mcp_server', { name: 'uploaded', archive_base64 })
    expect(uploaded).toMatchObject({ isError: false })
    await eventually('it runs', async () => {
      const { code } = await platform.cli(['wait', 'uploaded', '--timeout', '10s'])
      return code === 0 ? true : null
    })
    const session = await connectV2(`${platform.url}/servers/uploaded/mcp`, token, 'legacy')
    const answer = await session.call('text_stats', { text: 'zwei Wörter' })
    expect(answer.structured).toEqual({ lines: 1, words: 2, characters: 11, bytes: 12 })
    await session.close()
    const missing = await manager.call('get_mcp_server_status', { name: 'nobody' })
    expect(missing.isError).toBe(true)
    expect(missing.text).toMatch(/no server "nobody"/)
    await manager.close()
    await platform.json('delete', 'uploaded', '--yes')
  })
})

describe('doctor', () => {
  type Report = {
    tier: string
    daemon: boolean
    checks: { id: string; status: string; found: string; fix: unknown }[]
  }

  it('says the same with the platform and without it', async () => {
    const running = await platform.json<Report>('doctor')
    expect(running.daemon).toBe(true)
    await platform.stop()
    const alone = await platform.json<Report>('doctor')
    expect(alone).toMatchObject({ tier: running.tier, daemon: false })
    const ids = (report: Report) => report.checks.map((check) => check.id).sort()
    // What only a running platform knows of itself (and in what it writes), and what only one that does not run leaves.
    const itsOwn = ['clock', 'config_reload', 'reconcile', 'version']
    const left = ['left_behind', 'port', 'stale_address']
    expect(ids(running)).toEqual(expect.arrayContaining(itsOwn))
    expect(ids(alone)).toEqual(expect.arrayContaining(left))
    expect(ids(alone).filter((id) => !left.includes(id))).toEqual(
      ids(running).filter((id) => !itsOwn.includes(id) && !id.startsWith('writable_')),
    )
    expect(alone.checks.every((check) => check.status === 'ok' || check.fix !== null)).toBe(true)
    await platform.start()
  })
})
