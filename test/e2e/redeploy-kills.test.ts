/** The daemon is killed at each step of a switch of versions: the old or the new version is active, never none. */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectV1 } from './clients.ts'
import { eventually, findProcesses, MARK, startPlatform, type Platform } from './platform.ts'
import { buildServer, deployBash, readStatus, writeTree } from './servers.ts'

let platform: Platform
let token: string
beforeAll(async () => {
  platform = await startPlatform({ max_servers: 20, deploy: { watch_seconds: 20 } })
  token = await platform.token()
})
afterAll(() => platform[Symbol.asyncDispose]())

const buildVersion = (version: string, before = '') =>
  buildServer({
    before,
    onCall: `[[ $line == *slow* ]] && sleep 3
      reply "$id" '{"content":[{"type":"text","text":"${version}"}]}'`,
  })

type Seen = {
  /** Of the newest operation: its stages with their statuses. */
  readonly stages: Readonly<Record<string, string>>
  readonly status: string
  readonly isSwitched: boolean
}

/** As it is on the disk: what the next daemon will find. */
function look(name: string): Seen | null {
  const database = new DatabaseSync(join(platform.dataDir, 'haivemind.db'), { readOnly: true })
  try {
    const operation = database
      .prepare('SELECT * FROM operations WHERE server = ? ORDER BY created_at DESC, id DESC LIMIT 1')
      .get(name)
    const server = database.prepare('SELECT active_version FROM servers WHERE name = ?').get(name)
    if (operation === undefined || server === undefined || operation['replaces'] === null) return null
    const stages = JSON.parse(String(operation['stages'])) as { stage: string; status: string }[]
    return {
      stages: Object.fromEntries(stages.map(({ stage, status }) => [stage, status])),
      status: String(operation['status']),
      isSwitched: server['active_version'] === operation['version_id'],
    }
  } finally {
    database.close()
  }
}

async function reach(name: string, fits: (seen: Seen) => boolean): Promise<void> {
  const end = performance.now() + 60_000
  for (;;) {
    const seen = look(name)
    if (seen !== null && fits(seen)) return
    if (performance.now() > end) throw new Error(`never got there: ${JSON.stringify(seen)}`)
    await sleep(2)
  }
}

async function callOnce(name: string): Promise<string> {
  const client = await connectV1(`${platform.url}/servers/${name}/mcp`, token)
  try {
    return (await client.call('act', {})).text
  } finally {
    await client.close()
  }
}

describe('a daemon killed', () => {
  it.each<[string, string, (seen: Seen) => boolean, readonly string[]]>([
    ['while the new version starts', 'sleep 1.5', ({ stages }) => stages['start'] === 'running', ['old']],
    ['while it is looked at', '', ({ stages }) => stages['verify'] === 'running', ['old', 'new']],
    ['when it has just become active', '', ({ isSwitched }) => isSwitched, ['new']],
    [
      'while the old one drains',
      '',
      ({ status, isSwitched }) => isSwitched && status === 'succeeded',
      ['new'],
    ],
  ])(
    'I2, I3, I4: %s: one version serves, whole, and nothing is left of the other',
    async (step, before, fits, may) => {
      const name = `kill-${step.split(' ').at(-1)}`
      expect((await deployBash(platform, name, buildVersion('old'))).document.error).toBeNull()
      const client = await connectV1(`${platform.url}/servers/${name}/mcp`, token)
      const draining = client.call('act', { pace: 'slow' }).catch(() => null)
      const command = ['bash', 'server.sh', `${MARK}-${name}`]
      const source = writeTree(platform, {
        'server.sh': buildVersion('new', before),
        'server_config.json': JSON.stringify({ name, command }),
      })
      const upload = platform.cli(['deploy', source, '--wait', '--json'])
      await reach(name, fits)
      await platform.kill()
      await Promise.all([upload, draining])
      await platform.start()

      const text = await eventually('it answers', () => callOnce(name).catch(() => null))
      expect(may).toContain(text)
      const after = await readStatus(platform, name)
      expect(after).toMatchObject({ status: 'running', desired: 'running' })
      const seen = look(name)
      expect(seen?.status === 'succeeded').toBe(text === 'new')
      expect(seen?.status).not.toBe('running')
      const { versions } = await platform.json<{ versions: { number: number; status: string }[] }>(
        'versions',
        name,
      )
      expect(versions.map(({ number, status }) => `${number} ${status}`)).toEqual(
        text === 'new' ? ['2 active', '1 previous'] : ['1 active'],
      )
      // bwrap shows as several processes with these arguments; all of one instance share its process tree.
      await eventually('one instance is left', async () => {
        const pids = findProcesses(`${MARK}-${name}`)
        return countInstances(name) === 1 && pids.length > 0 ? true : null
      })
      await client.close().catch(() => undefined)
    },
  )
})

/** Rows of the ledger, which every instance has and only an instance. */
function countInstances(name: string): number {
  const database = new DatabaseSync(join(platform.dataDir, 'haivemind.db'), { readOnly: true })
  try {
    const found = database
      .prepare('SELECT count(*) AS n FROM ledger WHERE server_id = (SELECT id FROM servers WHERE name = ?)')
      .get(name)
    return Number(found?.['n'])
  } finally {
    database.close()
  }
}

describe('the time in which a new version has to prove itself', () => {
  const CRASHES = buildServer({ onCall: 'exit 7' })

  it('goes back by itself from one that crashes, and tells', async () => {
    const name = 'proves'
    await deployBash(platform, name, buildVersion('old'), { restart_delay: 0.1 })
    expect((await deployBash(platform, name, CRASHES, { restart_delay: 0.1 })).document.error).toBeNull()
    await eventually('the old one answers again', async () =>
      (await callOnce(name).catch(() => null)) === 'old' ? true : null,
    )
    const status = await platform.json<{
      version: number
      failed_version: { number: number; reason: string }
    }>('status', name)
    expect(status).toMatchObject({ version: 1, failed_version: { number: 2 } })
    expect(status.failed_version.reason).toMatch(/^It ended [2-5] times in a row: /)
    const { stdout } = await platform.cli(['status', name])
    expect(stdout).toMatch(/^left +version 2 failed and was left again/m)
    const { versions } = await platform.json<{
      versions: { number: number; status: string; failure: { reason: string } | null }[]
    }>('versions', name)
    expect(versions.map(({ number, status: standing }) => `${number} ${standing}`)).toEqual([
      '2 failed',
      '1 active',
    ])
  })

  it('goes back although the daemon was killed in it', async () => {
    const name = 'proves-later'
    await deployBash(platform, name, buildVersion('old'), { restart_delay: 0.1 })
    await deployBash(platform, name, CRASHES, { restart_delay: 0.1 })
    await platform.kill()
    await platform.start()
    expect(await platform.json<object>('status', name)).toMatchObject({
      version: 2,
      watched_until: expect.any(String) as string,
    })
    await eventually('the old one answers again', async () =>
      (await callOnce(name).catch(() => null)) === 'old' ? true : null,
    )
  })
})
