/** Disk space and the end of servers, with the platform as it ships. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { CleanupDoneJson, CleanupListJson } from '../../src/api/schema/cleanup.ts'
import type { ServerJson } from '../../src/api/schema/server.ts'
import { eventually, startPlatform, type Platform } from './platform.ts'
import { buildServer, deployBash } from './servers.ts'

type Servers = { readonly servers: readonly ServerJson[] }

const namesOf = async (platform: Platform, ...flags: string[]) =>
  (await platform.json<Servers>('list', ...flags)).servers.map(({ name }) => name)
const storeOf = (platform: Platform) => join(platform.dataDir, 'mcp_servers/store')

describe('a clean-up', () => {
  it('K-28: lists what nothing refers to with its reason, and removes just that', async () => {
    await using platform = await startPlatform()
    await deployBash(platform, 'weather', buildServer())
    const orphan = join(storeOf(platform), 'f'.repeat(64))
    mkdirSync(orphan)
    writeFileSync(join(orphan, 'big'), Buffer.alloc(1024 * 1024))
    writeFileSync(join(platform.dataDir, 'mcp_uploads', 'left.upload'), Buffer.alloc(4096))
    const list = await platform.json<CleanupListJson>('cleanup', '--dry-run')
    expect(list.items.map(({ kind, why }) => [kind, why])).toEqual([
      ['upload', 'No deployment works with this archive.'],
      ['tree', 'No version names it.'],
    ])
    expect(list.bytes).toBeGreaterThan(1024 * 1024)
    expect(existsSync(orphan)).toBe(true)
    expect((await platform.cli(['cleanup'])).code).toBe(2)
    const done = await platform.json<CleanupDoneJson>('cleanup', '--yes')
    expect(done.items.map(({ kind, error }) => [kind, error])).toEqual([
      ['upload', null],
      ['tree', null],
    ])
    expect(done.freed_bytes).toBe(list.bytes)
    expect(readdirSync(storeOf(platform))).toHaveLength(1)
    expect((await platform.json<CleanupListJson>('cleanup', '--dry-run')).items).toEqual([])
    expect((await platform.json<ServerJson>('status', 'weather')).status).toBe('running')
  })
})

describe('a server that expires', () => {
  it('D4: is archived, outlives the daemon so, and comes back with all that was its', async () => {
    await using platform = await startPlatform({ cleanup_interval: 0.5 })
    await deployBash(platform, 'weather', buildServer())
    expect((await platform.cli(['set', 'weather', 'expires_at=2020-01-01T00:00:00Z'])).code).toBe(7)
    await platform.json('set', 'weather', `expires_at=${new Date(Date.now() + 2000).toISOString()}`)
    await eventually('it is archived', async () => ((await namesOf(platform)).length === 0 ? true : null))
    expect(await namesOf(platform, '--archived')).toEqual(['weather'])
    const status = await platform.cli(['status', 'weather', '--json'])
    expect([status.code, status.stderr]).toEqual([5, expect.stringContaining('haivemind restore weather')])
    await platform.kill()
    await platform.start()
    await sleep(1500)
    expect([await namesOf(platform), await namesOf(platform, '--archived')]).toEqual([[], ['weather']])
    await platform.json('restore', 'weather')
    await platform.json('start', 'weather')
    expect(await platform.json<string[]>('tools', 'weather')).toBeDefined()
    const text = (await platform.cli(['events', '--json'])).stdout
    for (const type of ['server.expiring', 'server.archived', 'server.restored']) expect(text).toContain(type)
  })
})
