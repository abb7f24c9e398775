/** The database is lost or spoilt under the platform: what was deployed comes back, and what does not is said. */
import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventually, startPlatform, type Platform } from './platform.ts'
import { buildServer, deployBash, readStatus } from './servers.ts'

let platform: Platform
beforeEach(async () => {
  platform = await startPlatform({ max_servers: 20 })
})
afterEach(async () => platform[Symbol.asyncDispose]())

const database = () => join(platform.dataDir, 'haivemind.db')
const removeDatabase = () => {
  for (const ending of ['', '-wal', '-shm']) rmSync(`${database()}${ending}`, { force: true })
}

type Event = { readonly type: string; readonly data: Readonly<Record<string, unknown>> }
const findEvent = async (type: string): Promise<Event | null> => {
  const { stdout } = await platform.cli(['events', '--json'])
  const events = stdout.split('\n').filter((line) => line !== '')
  return events.map((line) => JSON.parse(line) as Event).find((event) => event.type === type) ?? null
}

describe('a platform without its database', () => {
  it('R-13: comes back with every deployment, the running ones run, and it says what is lost', async () => {
    await deployBash(platform, 'steady', buildServer({}))
    await deployBash(platform, 'resting', buildServer({}))
    await platform.json('stop', 'resting')
    const before = await platform.json<{ version: number }[]>('versions', 'steady')
    await platform.stop()
    removeDatabase()
    await platform.start()
    const after = await eventually('it runs again', async () => {
      const status = await readStatus(platform, 'steady')
      return status.status === 'running' ? status : null
    })
    expect(after.desired).toBe('running')
    expect((await readStatus(platform, 'resting')).status).toBe('stopped')
    expect(await platform.json('versions', 'steady')).toEqual(before)
    expect(platform.log()).toContain('the database was made anew from the manifests')
    expect((await findEvent('database.rebuilt'))?.data).toMatchObject({ servers: 2, held: [] })
    expect((await findEvent('database.rebuilt'))?.data['lost']).toContain('tokens')
  })

  it('R-13: killed with it, leaves no process of before', async () => {
    await deployBash(platform, 'steady', buildServer({}))
    const { instance } = await readStatus(platform, 'steady')
    await platform.kill()
    removeDatabase()
    await platform.start()
    const after = await eventually('it runs again', async () => {
      const status = await readStatus(platform, 'steady')
      return status.status === 'running' ? status : null
    })
    expect(after.instance?.pid).not.toBe(instance?.pid)
    expect(existsSync(`/proc/${instance?.pid}`)).toBe(false)
  })

  it('F9: moves a damaged one away and tells where', async () => {
    await deployBash(platform, 'steady', buildServer({}))
    await platform.stop()
    writeFileSync(database(), 'no database any more')
    await platform.start()
    expect((await readStatus(platform, 'steady')).name).toBe('steady')
    const kept = readdirSync(platform.dataDir).filter((name) => name.includes('.corrupt-'))
    expect(kept).toHaveLength(1)
    expect(platform.log()).toContain(kept[0])
  })
})

describe('a backup', () => {
  it('R-81, N16: made while the platform runs, is the platform on an empty machine, byte for byte', async () => {
    await deployBash(platform, 'steady', buildServer({}))
    await platform.cli(['secret', 'set', 'steady', 'KEY', '--as', 'file'], { stdin: 'canary-of-the-backup' })
    const file = join(platform.folder, 'kept', 'all.tar.gz')
    mkdirSync(join(platform.folder, 'kept'))
    const made = await platform.json<{ path: string; state: string }>('backup', 'create', file)
    expect(made).toMatchObject({ path: file, state: 'done' })
    expect(readdirSync(join(platform.dataDir, 'backups'))).toEqual([])
    expect(gunzipSync(readFileSync(file)).includes('canary-of-the-backup')).toBe(false)
    const verified = await platform.json<{ ok: boolean; servers: number }>('backup', 'verify', file)
    expect(verified).toMatchObject({ ok: true, servers: 1, versions: 1, secrets: { count: 1 } })
    const refused = await platform.cli(['backup', 'restore', file])
    expect([refused.code, refused.stderr]).toEqual([6, expect.stringContaining('is not empty')])
    await platform.stop()

    const before = join(platform.folder, 'before')
    renameSync(platform.dataDir, before)
    const restored = await platform.cli(['backup', 'restore', file])
    expect([restored.code, restored.stderr]).toEqual([0, expect.stringContaining('1 secrets need the key')])
    const trees = ['mcp_servers', 'store'] as const
    execFileSync('diff', ['-r', '--no-dereference', join(before, ...trees), join(platform.dataDir, ...trees)])
    await platform.start()
    // Its secrets are locked without their key, and nothing else is.
    expect((await readStatus(platform, 'steady')).name).toBe('steady')
    expect((await platform.cli(['audit', 'verify'])).stdout).toContain('the audit log is whole')
    await platform.stop()
    copyFileSync(join(before, 'secrets.key'), join(platform.dataDir, 'secrets.key'))
    await platform.start()
    await eventually('it runs with its secret', async () => {
      const status = await readStatus(platform, 'steady')
      return status.status === 'running' ? status : null
    })
  })

  it('is made, checked and restored without a platform, too; one that fails says so and why', async () => {
    await deployBash(platform, 'steady', buildServer({}))
    const kept = join(platform.dataDir, 'backups')
    rmSync(kept, { recursive: true, force: true })
    writeFileSync(kept, 'a file in its place')
    const failed = await platform.cli(['backup', 'create'])
    expect(failed.code).toBe(1)
    expect(failed.stderr).toMatch(
      /^error: The backup failed: The backup could not be made\nhint: The log of/m,
    )
    rmSync(kept)
    await platform.stop()
    const made = await platform.json<{ path: string; servers: number }>('backup', 'create')
    expect(made).toMatchObject({ servers: 1, versions: 1 })
    expect(made.path).toContain(join('data', 'backups', 'haivemind-'))
    const to = join(platform.folder, 'elsewhere')
    expect(await platform.json('backup', 'restore', made.path, '--to', to)).toMatchObject({ servers: 1 })
    expect(existsSync(join(to, 'haivemind.db'))).toBe(true)
    const bytes = readFileSync(made.path)
    writeFileSync(made.path, bytes.subarray(0, bytes.length - 100))
    const broken = await platform.cli(['backup', 'verify', made.path])
    expect([broken.code, broken.stderr]).toEqual([7, expect.stringContaining('The backup is damaged')])
    await platform.start()
  })
})
