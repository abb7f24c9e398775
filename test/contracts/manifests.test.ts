/** What stands beside the stored versions, and a database made from it. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Version } from '../../src/domain/server.ts'
import { createBackup } from '../../src/store/backup/create-backup.ts'
import { openRecoveredStore } from '../../src/store/recovery/open-recovered-store.ts'
import { createFakeClock } from '../fakes/clock.ts'
import { silent } from '../fakes/hosting.ts'
import { writeServer } from '../fakes/stored-server.ts'
import { vaultDeps } from '../fakes/vault-deps.ts'

let folder: string
let dataDir: string
let serversDir: string
let path: string
let key: Buffer
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'haivemind-manifests-'))
  dataDir = join(folder, 'data')
  serversDir = join(dataDir, 'servers')
  path = join(dataDir, 'haivemind.db')
  key = Buffer.alloc(32, 7)
  mkdirSync(serversDir, { recursive: true })
})
afterEach(() => rmSync(folder, { recursive: true }))

const open = () =>
  openRecoveredStore(path, {
    clock: createFakeClock(),
    log: silent,
    serversDir,
    stateKey: key,
    backupsDir: join(dataDir, 'backups'),
    ...vaultDeps,
  })

const manifestOf = (id: string) => join(serversDir, 'manifests', `${id}.json`)

async function deploy(name: string, changes: Partial<Version['config']> = {}) {
  const { store } = await open()
  try {
    return await writeServer(store, serversDir, name, changes)
  } finally {
    store.close()
  }
}

async function read() {
  const opened = await open()
  const servers = await opened.store.servers.list()
  const versions = (await Promise.all(servers.map(({ id }) => opened.store.versions.list(id)))).flat()
  opened.store.close()
  return { ...opened, servers, versions }
}

const loseDatabase = () => {
  for (const ending of ['', '-wal', '-shm']) rmSync(`${path}${ending}`, { force: true })
}

describe('a manifest', () => {
  it('is there when the change is acknowledged, for its owner only, and follows each later one', async () => {
    const { store } = await open()
    const { server, version } = await writeServer(store, serversDir, 'weather')
    const text = () => readFileSync(manifestOf(server.id), 'utf8')
    expect(statSync(manifestOf(server.id)).mode & 0o777).toBe(0o600)
    expect(text()).toContain(version.treeHash)
    await store.servers.update(server.id, { desired: 'stopped' })
    expect(text()).toContain('"desired": "stopped"')
    await store.versions.setReview(version.id, { state: 'pending' })
    expect(text()).toContain('pending')
    await store.servers.remove(server.id)
    expect(existsSync(manifestOf(server.id))).toBe(false)
    store.close()
  })

  it('is not written anew for what is only of the moment', async () => {
    const { server } = await deploy('weather')
    const { store } = await open()
    await store.servers.update(server.id, { restarts: 1 })
    const before = statSync(manifestOf(server.id), { bigint: true }).mtimeNs
    await store.servers.update(server.id, { lastState: { kind: 'stopped', lastExit: null }, restarts: 3 })
    const after = statSync(manifestOf(server.id), { bigint: true }).mtimeNs
    store.close()
    expect(after).toBe(before)
  })

  it('takes what it belongs to with it when it cannot be written', async () => {
    const { store } = await open()
    writeFileSync(join(serversDir, 'manifests'), 'a file in the place of the folder')
    await expect(writeServer(store, serversDir, 'weather')).rejects.toThrow('EEXIST')
    expect(await store.servers.list()).toEqual([])
    store.close()
  })
})

describe('a database that is gone', () => {
  it('R-13: is made anew with every deployment, its settings, its uid and its wish', async () => {
    const { server, version } = await deploy('weather')
    await deploy('news')
    loseDatabase()
    const { servers, versions, recovery } = await read()
    expect(servers.map(({ name }) => name)).toEqual(['news', 'weather'])
    expect(servers.find(({ id }) => id === server.id)).toEqual(server)
    expect(versions.find(({ id }) => id === version.id)).toEqual(version)
    expect(recovery).toMatchObject({ movedTo: null, held: [], missing: [], unreadable: [] })
    expect(recovery?.lost).toContain('tokens')
    expect(await read()).toMatchObject({ recovery: null, servers })
  })

  it('R-13: an empty file in its place is no fresh start either', async () => {
    const { server } = await deploy('weather')
    loseDatabase()
    writeFileSync(path, '')
    expect((await read()).servers).toEqual([server])
  })

  it('keeps its installation, so that the folders stay its own', async () => {
    await deploy('weather')
    const before = (await read()).store.installationId
    loseDatabase()
    expect((await read()).store.installationId).toBe(before)
  })

  it('is not applied the write-ahead log of the one before', async () => {
    const { server } = await deploy('weather')
    const { store } = await open()
    await store.servers.update(server.id, { desired: 'stopped' })
    cpSync(`${path}-wal`, join(folder, 'wal'))
    store.close()
    loseDatabase()
    cpSync(join(folder, 'wal'), `${path}-wal`)
    const { servers, recovery } = await read()
    expect(servers).toMatchObject([{ id: server.id, desired: 'stopped' }])
    expect(recovery?.movedTo).toMatch(/haivemind\.db\.corrupt-\d{8}T\d{9}Z$/)
  })

  it('refuses to start empty beside stored versions without manifests, and changes nothing', async () => {
    await deploy('weather')
    loseDatabase()
    rmSync(join(serversDir, 'manifests'), { recursive: true })
    await expect(open()).rejects.toMatchObject({ code: 'database_lost' })
    expect(readdirSync(dataDir)).toEqual(['servers'])
  })

  it('R-12: without manifests, falls back to the newest good backup, and runs nothing of it', async () => {
    const { server, version } = await deploy('weather')
    const backups = join(dataDir, 'backups')
    const source = { databasePath: path, dataDir, serversDir, configFile: null }
    const about = { scope: 'records', withData: false, version: '1', clock: createFakeClock() } as const
    await createBackup({ source, target: join(backups, 'automatic-20260301T120000000Z.tar.gz'), ...about })
    writeFileSync(join(backups, 'automatic-20260302T120000000Z.tar.gz'), 'a later one, cut off')
    loseDatabase()
    rmSync(join(serversDir, 'manifests'), { recursive: true })
    const { servers, versions, recovery } = await read()
    expect(servers).toMatchObject([{ id: server.id, name: 'weather', desired: 'stopped', uid: server.uid }])
    expect(versions).toMatchObject([{ id: version.id, review: { state: 'pending' } }])
    expect(recovery?.why).toContain('all is as the backup automatic-20260301T120000000Z.tar.gz says')
    expect(recovery).toMatchObject({ held: ['weather'], missing: [] })
    expect(await read()).toMatchObject({ recovery: null, settled: { restored: [], doubtful: [] } })
  })

  it('refuses a backup that does not speak of all that is stored: a clean-up would remove the rest', async () => {
    await deploy('weather')
    const source = { databasePath: path, dataDir, serversDir, configFile: null }
    const about = { scope: 'records', withData: false, version: '1', clock: createFakeClock() } as const
    const target = join(dataDir, 'backups/automatic-20260301T120000000Z.tar.gz')
    await createBackup({ source, target, ...about })
    const { version } = await deploy('news')
    loseDatabase()
    rmSync(join(serversDir, 'manifests'), { recursive: true })
    await expect(open()).rejects.toMatchObject({ code: 'database_lost' })
    expect(readdirSync(dataDir).toSorted()).toEqual(['backups', 'servers'])
    expect(existsSync(join(serversDir, 'manifests'))).toBe(false)
    expect(existsSync(join(serversDir, 'store', version.treeHash))).toBe(true)
  })

  it('says which versions are not stored any more', async () => {
    const { server, version } = await deploy('weather')
    loseDatabase()
    rmSync(join(serversDir, 'store', version.treeHash), { recursive: true })
    const { servers, versions, recovery } = await read()
    expect(servers).toMatchObject([{ id: server.id, activeVersion: null, desired: 'stopped' }])
    expect(versions).toEqual([])
    expect(recovery?.missing).toEqual(['weather 1'])
  })
})

type Written = { readonly server: { name: string }; readonly versions: { id: string }[] }

describe('a manifest that is not to be trusted', () => {
  it.each<[string, (other: Written, own: Written) => void]>([
    ['a version of another server', (other, own) => (own.versions[0]!.id = other.versions[0]!.id)],
    ['a name that leads elsewhere', (_, own) => (own.server.name = '../../elsewhere')],
  ])('cannot claim %s', async (_, change) => {
    const { server, version } = await deploy('weather')
    const { server: claimant } = await deploy('claimant')
    const text = (id: string) =>
      JSON.parse(readFileSync(manifestOf(id), 'utf8')) as { manifest: Written; seal: string }
    const made = text(claimant.id)
    change(text(server.id).manifest, made.manifest)
    writeFileSync(manifestOf(claimant.id), JSON.stringify(made))
    loseDatabase()
    const { servers, versions, recovery } = await read()
    expect(servers).toEqual([server])
    expect(versions).toEqual([version])
    expect(recovery?.unreadable).toEqual([claimant.id])
  })

  it.each<[string, (id: string) => void]>([
    [
      'changed',
      (id) => writeFileSync(manifestOf(id), readFileSync(manifestOf(id), 'utf8').replace('metric', 'loose')),
    ],
    ['sealed with another key', () => (key = Buffer.alloc(32, 9))],
  ])('lists its server, stopped, and holds its versions: %s', async (_, spoil) => {
    const { server } = await deploy('weather')
    loseDatabase()
    spoil(server.id)
    const { servers, versions, recovery } = await read()
    expect(servers).toMatchObject([{ id: server.id, desired: 'stopped', uid: null }])
    expect(versions).toMatchObject([{ review: { state: 'pending' } }])
    expect(recovery?.held).toEqual(['weather'])
  })

  it('does not change a database that is whole', async () => {
    const { server } = await deploy('weather')
    writeFileSync(
      manifestOf(server.id),
      readFileSync(manifestOf(server.id), 'utf8').replace('metric', 'loose'),
    )
    const { servers, settled } = await read()
    expect(servers).toEqual([server])
    expect(settled.restored).toEqual([])
    expect(readFileSync(manifestOf(server.id), 'utf8')).toContain('metric')
  })

  it('is never that of another installation: a new data directory does not take its servers over', async () => {
    await deploy('weather')
    const shared = join(folder, 'shared')
    cpSync(serversDir, shared, { recursive: true })
    writeFileSync(join(shared, '.owner'), 'somebody\n')
    serversDir = shared
    path = join(folder, 'fresh', 'haivemind.db')
    mkdirSync(join(folder, 'fresh'))
    key = Buffer.alloc(32, 9)
    await expect(open()).rejects.toMatchObject({ code: 'data_in_use' })
    expect(readdirSync(join(folder, 'fresh'))).toEqual([])
  })

  it('an approval in it counts only with its seal; what was held to its pins is held', async () => {
    const held = await deploy('blocked', { pin: 'block' })
    const approved = await deploy('weather')
    const { store } = await open()
    await store.versions.setReview(approved.version.id, { state: 'approved', by: 'a', reason: 'b', at: 1 })
    store.close()
    loseDatabase()
    const { versions, recovery } = await read()
    expect(versions.find(({ id }) => id === held.version.id)?.review).toEqual({ state: 'pending' })
    expect(versions.find(({ id }) => id === approved.version.id)?.review?.state).toBe('approved')
    expect(recovery?.held).toEqual(['blocked'])
  })
})

describe('a database that is damaged', () => {
  const damages: readonly [string, () => void][] = [
    ['its header is gone', () => overwrite(0, 100)],
    ['it is cut in half', () => truncateSync(path, Math.floor(statSync(path).size / 8192) * 4096)],
    ['a header that says it is empty', () => setVersion(0)],
    ['a header that says it is another release’s', () => setVersion(99)],
    ['a table is described otherwise', () => rename('desired', 'desirex')],
  ]
  it.each(damages)('is moved away and made anew: %s', async (_, damage) => {
    const { server } = await deploy('weather')
    damage()
    const { servers, recovery } = await read()
    expect(servers).toEqual([server])
    expect(recovery?.why).toContain('is damaged')
    expect(existsSync(recovery?.movedTo ?? '')).toBe(true)
  })

  it('gives what a flipped byte changed back from the manifest', async () => {
    const { server } = await deploy('weather')
    raw((database) => database.exec(`UPDATE servers SET overrides = '{"tags":["bad"]}', desired = 'stopped'`))
    const { servers, settled } = await read()
    expect(servers).toEqual([server])
    expect(settled.restored).toEqual(['weather'])
  })

  it('gives back what a write-ahead log that was cut had lost', async () => {
    await deploy('old')
    for (const ending of ['', '-wal', '-shm']) {
      if (existsSync(`${path}${ending}`)) cpSync(`${path}${ending}`, join(folder, `before${ending}`))
    }
    const { server } = await deploy('weather')
    loseDatabase()
    for (const ending of ['', '-wal', '-shm']) {
      if (existsSync(join(folder, `before${ending}`)))
        cpSync(join(folder, `before${ending}`), `${path}${ending}`)
    }
    const { servers, settled } = await read()
    expect(servers.find(({ name }) => name === 'weather')).toEqual(server)
    expect(settled.restored).toEqual(['weather'])
  })

  it('R-06: what was deleted does not run again out of a database that was set back', async () => {
    const { server } = await deploy('weather')
    cpSync(path, join(folder, 'before'))
    const { store } = await open()
    await store.servers.remove(server.id)
    store.close()
    loseDatabase()
    cpSync(join(folder, 'before'), path)
    const { servers, settled } = await read()
    expect(servers).toMatchObject([{ name: 'weather', desired: 'stopped' }])
    expect(settled.doubtful).toEqual(['weather'])
  })

  it('F9: believes the manifest where the database was set back to a moment at which it was behind', async () => {
    const { server } = await deploy('weather')
    const { store } = await open()
    await store.servers.update(server.id, { desired: 'stopped' })
    await store.servers.update(server.id, { desired: 'running' })
    store.close()
    // As a write-ahead log leaves it that ends early: with the first change of the two, and its mark.
    raw((database) => {
      database.exec(`UPDATE servers SET desired = 'stopped'`)
      database.exec(`DELETE FROM versions`)
      database.exec(`UPDATE meta SET value = value - 1 WHERE key = 'revision'`)
      database
        .prepare(
          `INSERT INTO manifest_changes SELECT ?, CAST(value AS INTEGER) FROM meta WHERE key = 'revision'`,
        )
        .run(server.id)
    })
    const { servers, versions, settled } = await read()
    expect(servers).toMatchObject([{ desired: 'running' }])
    expect(versions).toHaveLength(1)
    expect(settled.restored).toEqual(['weather'])
  })

  it('believes the database where the daemon was killed before it wrote the manifest', async () => {
    const { server } = await deploy('weather')
    raw((database) => {
      database.exec(`UPDATE servers SET desired = 'stopped'`)
      database.exec(`UPDATE meta SET value = value + 1 WHERE key = 'revision'`)
      database
        .prepare(
          `INSERT INTO manifest_changes SELECT ?, CAST(value AS INTEGER) FROM meta WHERE key = 'revision'`,
        )
        .run(server.id)
    })
    const { servers, settled } = await read()
    expect(servers).toMatchObject([{ desired: 'stopped' }])
    expect(settled.restored).toEqual([])
    expect(readFileSync(manifestOf(server.id), 'utf8')).toContain('"desired": "stopped"')
  })
})

function raw(work: (database: DatabaseSync) => void): void {
  const database = new DatabaseSync(path)
  work(database)
  database.close()
}

function overwrite(from: number, length: number): void {
  const bytes = readFileSync(path)
  bytes.fill(0, from, from + length)
  writeFileSync(path, bytes)
}

/** Big-endian at 60: sqlite.org/fileformat2.html, "The Database Header". */
function setVersion(value: number): void {
  const bytes = readFileSync(path)
  bytes.writeUInt32BE(value, 60)
  writeFileSync(path, bytes)
}

function rename(from: string, to: string): void {
  const bytes = readFileSync(path)
  const at = bytes.indexOf(`${from} TEXT`)
  bytes.write(to, at)
  writeFileSync(path, bytes)
}
