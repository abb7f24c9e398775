/** The database is lost or spoilt under the platform: what was deployed comes back, and what does not is said. */
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
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
