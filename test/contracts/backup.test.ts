/** A backup of a platform's folders, and these folders again out of it. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EventSink } from '../../src/domain/event.ts'
import { Secret } from '../../src/domain/secret.ts'
import { openBackups } from '../../src/platform/open-backups.ts'
import { createBackup } from '../../src/store/backup/create-backup.ts'
import { restoreBackup } from '../../src/store/backup/restore-backup.ts'
import { buildHeader, buildPadding, TAR_END, type TarEntry } from '../../src/store/backup/tar-write.ts'
import { verifyBackup } from '../../src/store/backup/verify-backup.ts'
import { lockDataDirectory } from '../../src/store/data-directory-lock.ts'
import type { Store } from '../../src/store/open-store.ts'
import { openRecoveredStore } from '../../src/store/recovery/open-recovered-store.ts'
import { createFakeClock } from '../fakes/clock.ts'
import { silent } from '../fakes/hosting.ts'
import { writeServer } from '../fakes/stored-server.ts'
import { vaultDeps } from '../fakes/vault-deps.ts'

let folder: string
let dataDir: string
let serversDir: string
let file: string
let store: Store
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'haivemind-backup-'))
  dataDir = join(folder, 'data')
  serversDir = join(folder, 'servers')
  file = join(folder, 'out', 'all.tar.gz')
  mkdirSync(join(dataDir, 'audit'), { recursive: true })
  mkdirSync(join(serversDir, 'cache'), { recursive: true })
  writeFileSync(join(dataDir, 'audit', 'head.json'), '{}')
  writeFileSync(join(dataDir, 'secrets.key'), 'K'.repeat(32), { mode: 0o600 })
  writeFileSync(join(dataDir, 'state.key'), 'S'.repeat(32), { mode: 0o600 })
  writeFileSync(join(serversDir, 'cache', 'spare'), 'made anew when it is needed')
  writeFileSync(join(folder, 'config.json'), '{"mcp_hosting":{}}')
  store = await open(dataDir, serversDir)
})
afterEach(() => {
  store.close()
  rmSync(folder, { recursive: true, force: true })
})

async function open(data: string, servers: string): Promise<Store> {
  const deps = {
    clock: createFakeClock(),
    log: silent,
    serversDir: servers,
    stateKey: Buffer.alloc(32, 7),
    ...vaultDeps,
  }
  return (await openRecoveredStore(join(data, 'haivemind.db'), deps)).store
}

const create = (changes: Partial<Parameters<typeof createBackup>[0]> = {}) =>
  createBackup({
    source: {
      databasePath: join(dataDir, 'haivemind.db'),
      dataDir,
      serversDir,
      configFile: join(folder, 'config.json'),
    },
    target: file,
    scope: 'full',
    withData: false,
    version: '1.2.3',
    clock: createFakeClock(),
    ...changes,
  })

const target = () => ({ dataDir: join(folder, 'new'), serversDir: join(folder, 'new', 'mcp_servers') })
const restore = () => restoreBackup(file, target(), process.pid)
const listNames = (path: string) =>
  execFileSync('tar', ['-tzf', path], { encoding: 'utf8' }).trim().split('\n')

/** Paths, kinds, modes and contents of everything below. */
function describeTree(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const path = join(root, name)
      const facts = lstatSync(path)
      const content = facts.isSymbolicLink()
        ? readlinkSync(path)
        : facts.isFile()
          ? readFileSync(path, 'latin1')
          : ''
      return `${name} ${(facts.mode & 0o7777).toString(8)} ${content}`
    })
}

describe('a backup', () => {
  it('is one file for its owner only, which any tar reads, and holds neither key nor cache', async () => {
    const { version } = await writeServer(store, serversDir, 'weather')
    await create()
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readdirSync(join(folder, 'out'))).toEqual(['all.tar.gz'])
    const names = listNames(file)
    expect(names).toContain('data/haivemind.db')
    expect(names).toContain('config/config.json')
    expect(names).toContain(`servers/store/${version.treeHash}/lib/tool`)
    expect(names.at(-1)).toBe('manifest.json')
    expect(names.filter((name) => /key$|cache|servers\/data/.test(name))).toEqual([])
    const everything = gunzipSync(readFileSync(file)).toString('latin1')
    expect(everything).not.toContain('K'.repeat(32))
    expect(everything).not.toContain('S'.repeat(32))
  })

  it('S-60: holds secrets sealed only, and says which key they need', async () => {
    const { server } = await writeServer(store, serversDir, 'weather')
    const canary = 'canary-that-nobody-may-read'
    await store.secrets.set(
      server.id,
      [{ name: 'KEY', value: new Secret(canary), as: 'file' }],
      'alice',
      false,
    )
    const manifest = await create()
    expect(gunzipSync(readFileSync(file)).toString('latin1')).not.toContain(canary)
    expect(manifest.secrets).toEqual({ count: 1, key_id: (await store.secrets.status()).keyId })
    await restore()
    const again = await open(target().dataDir, target().serversDir)
    const [opened] = await again.secrets.open(server.id, 'next')
    expect(opened?.value.reveal()).toBe(canary)
    again.close()
  })

  it('is made while others write to the database', async () => {
    const over = new AbortController()
    const writing = (async () => {
      for (let n = 0; !over.signal.aborted; n++) {
        await store.operations.removeEndedBefore(n)
        store.events.emit({ type: 'platform.stopping' })
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
    })()
    await writeServer(store, serversDir, 'weather')
    await create()
    over.abort()
    await writing
    expect((await verifyBackup(file, folder)).servers).toBe(1)
  })

  it('removes what an earlier check left that was killed, and nothing of one that goes on', async () => {
    await writeServer(store, serversDir, 'weather')
    await create()
    const [old, fresh] = ['.haivemind-verify-old', '.haivemind-verify-new'].map((name) => join(folder, name))
    for (const path of [old, fresh]) mkdirSync(path ?? '')
    const before = Date.now() / 1000 - 2 * 24 * 3600
    utimesSync(old ?? '', before, before)
    await verifyBackup(file, folder)
    const left = readdirSync(folder).filter((name) => name.startsWith('.haivemind-verify-'))
    expect(left).toEqual(['.haivemind-verify-new'])
  })

  it('does not replace a file that is there, and leaves nothing when it fails', async () => {
    const { version } = await writeServer(store, serversDir, 'weather')
    mkdirSync(join(folder, 'out'))
    writeFileSync(file, 'somebody else’s')
    await expect(create()).rejects.toMatchObject({ code: 'conflict' })
    expect(readFileSync(file, 'utf8')).toBe('somebody else’s')
    rmSync(file)
    rmSync(join(serversDir, 'store', version.treeHash), { recursive: true })
    await expect(create()).rejects.toMatchObject({ code: 'conflict' })
    expect(readdirSync(join(folder, 'out'))).toEqual([])
  })

  it('of the records alone holds no version’s files', async () => {
    await writeServer(store, serversDir, 'weather')
    const manifest = await create({ scope: 'records' })
    expect(listNames(file).filter((name) => name.startsWith('servers/store'))).toEqual([])
    expect(
      listNames(file).filter((name) => name.endsWith('.json') && name.includes('manifests/')),
    ).toHaveLength(1)
    expect(manifest).toMatchObject({ scope: 'records', servers: 1, versions: 1 })
  })
})

describe('with the data of servers', () => {
  it('takes links as links, leaves sockets and pipes out, and says so', async () => {
    const { server } = await writeServer(store, serversDir, 'weather')
    const own = join(serversDir, 'data', server.id)
    mkdirSync(join(own, 'd'.repeat(120), 'ü'), { recursive: true })
    writeFileSync(join(own, 'd'.repeat(120), 'ü', 'notes'), 'kept', { mode: 0o640 })
    writeFileSync(join(own, 'sparse'), Buffer.alloc(3_000_000))
    symlinkSync('/etc/shadow', join(own, 'out'))
    symlinkSync('/etc', join(own, 'etc'))
    execFileSync('mkfifo', [join(own, 'pipe')])
    execFileSync('chmod', ['4755', join(own, 'd'.repeat(120), 'ü', 'notes')])
    const { skipped } = await create({ withData: true })
    expect(skipped).toEqual([
      { path: `servers/data/${server.id}/pipe`, why: 'it is neither a file, a directory nor a link' },
    ])
    expect(listNames(file).filter((name) => name.includes('/etc/'))).toEqual([])
    await restore()
    const again = join(target().serversDir, 'data', server.id)
    expect(readlinkSync(join(again, 'out'))).toBe('/etc/shadow')
    expect(readFileSync(join(again, 'd'.repeat(120), 'ü', 'notes'), 'utf8')).toBe('kept')
    // Never with more rights than anybody can give.
    expect(statSync(join(again, 'd'.repeat(120), 'ü', 'notes')).mode & 0o7777).toBe(0o755)
    expect(statSync(join(again, 'sparse')).size).toBe(3_000_000)
    expect(statSync(join(again, 'sparse')).blocks).toBeLessThan(100)
  })
})

describe('a restore', () => {
  it('R-81: into an empty place brings every deployment back, byte for byte', async () => {
    const one = await writeServer(store, serversDir, 'weather')
    await writeServer(store, serversDir, 'news')
    await create()
    store.close()
    const manifest = await restore()
    expect(manifest).toMatchObject({ servers: 2, versions: 2, secrets: null })
    expect(describeTree(join(target().serversDir, 'store'))).toEqual(describeTree(join(serversDir, 'store')))
    store = await open(target().dataDir, target().serversDir)
    expect((await store.servers.list()).find(({ id }) => id === one.server.id)).toEqual(one.server)
    expect(await store.versions.list(one.server.id)).toEqual([one.version])
    expect(existsSync(join(target().dataDir, 'restore-incomplete'))).toBe(false)
    expect(readFileSync(join(target().dataDir, 'restored-config', 'config.json'), 'utf8')).toBe(
      '{"mcp_hosting":{}}',
    )
  })

  it('refuses a folder in which something is, and one that a daemon has', async () => {
    await create()
    mkdirSync(target().dataDir)
    writeFileSync(join(target().dataDir, 'mine'), 'kept')
    await expect(restore()).rejects.toMatchObject({ code: 'conflict' })
    expect(readdirSync(target().dataDir)).toEqual(['mine'])
    rmSync(join(target().dataDir, 'mine'))
    const lock = lockDataDirectory(target().dataDir, 4711)
    await expect(restore()).rejects.toMatchObject({ code: 'data_in_use' })
    lock.close()
    await expect(restore()).resolves.toMatchObject({ format: 1 })
  })

  it('of a damaged backup writes nothing', async () => {
    await create()
    const bytes = readFileSync(file)
    bytes[Math.floor(bytes.length / 2)]! ^= 1
    writeFileSync(file, bytes)
    await expect(restore()).rejects.toMatchObject({ code: 'backup_damaged' })
    expect(readdirSync(target().dataDir).filter((name) => !['lock', 'daemon.pid'].includes(name))).toEqual([])
  })
})

it('R-81: a restore that was cut short is no platform: neither a start nor a restore takes it for one', async () => {
  await create()
  mkdirSync(target().serversDir, { recursive: true })
  writeFileSync(join(target().dataDir, 'restore-incomplete'), '')
  await expect(open(target().dataDir, target().serversDir)).rejects.toThrow('was cut short')
  await expect(restore()).rejects.toThrow('was cut short')
})

describe('a backup that is not as it was written', () => {
  const spoil: readonly [string, (tar: Buffer) => Buffer, RegExp][] = [
    [
      'a file has other bytes',
      (tar) => swap(tar, '# weather', '# leather'),
      /server\.py is not as it was written/,
    ],
    ['another one follows', (tar) => Buffer.concat([tar, Buffer.alloc(200_000, 'x')]), /follows its end/],
    ['zeros without end follow', (tar) => Buffer.concat([tar, Buffer.alloc(3_000_000)]), /follows its end/],
    ['it was cut', (tar) => tar.subarray(0, 4096), /ends too early/],
    ['its manifest is gone', (tar) => tar.subarray(0, tar.lastIndexOf('manifest.json')), /ends too early/],
    ['a name is another', (tar) => swap(tar, 'data/haivemind.db', 'data/haivemind.dc'), /header/],
  ]
  it.each(spoil)('is told by verify: %s', async (_, change, why) => {
    await writeServer(store, serversDir, 'weather')
    await create()
    writeFileSync(file, gzipSync(change(gunzipSync(readFileSync(file)))))
    await expect(verifyBackup(file, folder)).rejects.toMatchObject({ code: 'backup_damaged', message: why })
    expect(readdirSync(folder).filter((name) => name.startsWith('.haivemind-verify'))).toEqual([])
  })

  it('may lack its last bytes alone, which tell the check sum of the whole', async () => {
    await create()
    writeFileSync(file, readFileSync(file).subarray(0, -10))
    await expect(verifyBackup(file, folder)).rejects.toThrow('ends too early')
  })

  it('may hold a database that is none: verify looks into it', async () => {
    await create()
    const text = 'no database'
    writeFileSync(file, buildArchive([{ path: 'data/haivemind.db', content: text }]))
    await expect(verifyBackup(file, folder)).rejects.toThrow('its database is not whole')
  })

  it.each([
    '../out',
    '/etc/passwd',
    'servers/../../out',
    'elsewhere/x',
    'servers/a//b',
    // What SQLite would apply to the database, and keys that somebody else knows.
    'data/haivemind.db-wal',
    'data/haivemind.db-journal',
    'data/state.key',
    'data/secrets.key',
    'data/.haivemind.db.restoring',
    'data/restore-incomplete',
  ])('cannot lead a restore to %s', async (path) => {
    await create()
    const database = await readDatabase()
    writeFileSync(
      file,
      buildArchive([
        { path: 'data/haivemind.db', content: database },
        { path, content: 'x' },
      ]),
    )
    await expect(verifyBackup(file, folder)).rejects.toThrow('is no place in a data directory')
    await expect(restore()).rejects.toThrow('is no place in a data directory')
    // Not even half: it was refused before anything was written.
    expect(existsSync(join(target().dataDir, 'restore-incomplete'))).toBe(false)
  })

  it.each<readonly [string, readonly Given[]]>([
    [
      'through a link',
      [
        { path: 'servers/a/b', content: '', target: '/tmp' },
        { path: 'servers/a/b/x', content: 'x' },
      ],
    ],
    [
      'below a file',
      [
        { path: 'servers/a', content: '' },
        { path: 'servers/a/x', content: 'x' },
      ],
    ],
    ['a link for a folder', [{ path: 'servers/store', content: '', target: '/tmp' }]],
    ['a link for a version', [{ path: `servers/store/${'a'.repeat(64)}`, content: '', target: '/etc' }]],
    ['a link for the audit log', [{ path: 'data/audit', content: '', target: '/tmp' }]],
    ['a link for the configuration', [{ path: 'config/config.json', content: '', target: '/etc/shadow' }]],
    ['the database once more', [{ path: 'data/haivemind.db', content: 'x' }]],
  ])('is refused before anything is written: %s', async (_, more) => {
    await create()
    const database = await readDatabase()
    writeFileSync(file, buildArchive([{ path: 'data/haivemind.db', content: database }, ...more]))
    await expect(verifyBackup(file, folder)).rejects.toMatchObject({ code: 'backup_damaged' })
    await expect(restore()).rejects.toMatchObject({ code: 'backup_damaged' })
    expect(existsSync(join(target().dataDir, 'restore-incomplete'))).toBe(false)
  })
})

/** The same length, so that only the content differs. */
function swap(tar: Buffer, from: string, to: string): Buffer {
  const copy = Buffer.from(tar)
  copy.write(to, copy.indexOf(from), 'latin1')
  return copy
}

async function readDatabase(): Promise<Buffer> {
  return execFileSync('tar', ['-xzOf', file, 'data/haivemind.db'])
}

type Given = { readonly path: string; readonly content: string | Buffer; readonly target?: string }

/** As somebody would make one by hand: whole in itself. */
function buildArchive(given: readonly Given[]): Buffer {
  const parts = given.map(({ path, content, target: link }) => ({
    entry: {
      path,
      kind: link === undefined ? 'file' : 'link',
      mode: 0o600,
      uid: 0,
      gid: 0,
      modified: 0,
      bytes: content.length,
      target: link ?? '',
    } satisfies TarEntry,
    content: Buffer.from(content),
  }))
  const entries = parts.map(({ entry: { path, kind, mode, bytes, target: link }, content }) => ({
    path,
    kind,
    mode,
    bytes,
    sha256: hash(Buffer.concat([Buffer.from(link), content])),
  }))
  const about = {
    format: 1,
    version: 'x',
    created_at: '2026-01-01T00:00:00.000Z',
    scope: 'full',
    with_data: false,
  }
  const facts = { schema: 1, installation: 'x', servers: 0, versions: 0, secrets: null, skipped: [] }
  const manifest = Buffer.from(JSON.stringify({ ...about, ...facts, entries }))
  const last = { ...parts[0]!.entry, path: 'manifest.json', bytes: manifest.length }
  const all = [...parts, { entry: last, content: manifest }]
  const blocks = all.flatMap(({ entry, content }) => [
    buildHeader(entry),
    content,
    buildPadding(content.length),
  ])
  return gzipSync(Buffer.concat([...blocks, TAR_END]))
}

function hash(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

describe('backups of a running platform', () => {
  it('are told in the name of who wanted them, whether they came about or not', async () => {
    const told: (readonly (string | undefined)[])[] = []
    const run = async (data: string) => {
      const config = { data_dir: data, servers_dir: serversDir, backup: { interval_hours: 0, keep: 7 } }
      const events: EventSink = {
        emit: (event, actor) =>
          void told.push([event.type, actor, ...(event.type === 'backup.failed' ? [event.code] : [])]),
      }
      const deps = { clock: createFakeClock(), events, logger: silent, version: '1.0.0' }
      await using backups = openBackups(config as never, { ...deps, findConfigFile: async () => null })
      backups.begin({ withData: false, actor: 'usr_alice' })
      for (;;) {
        const [newest] = await backups.list()
        if (newest?.state !== 'running') return newest?.error ?? null
        await new Promise(setImmediate)
      }
    }
    expect(await run(dataDir)).toBeNull()
    expect(await run(join(folder, 'nothing', 'here'))).toMatchObject({ code: 'usage' })
    rmSync(join(dataDir, 'backups'), { recursive: true })
    writeFileSync(join(dataDir, 'backups'), 'a file in its place')
    expect(await run(dataDir)).toEqual({
      code: 'backup_failed',
      message: 'The backup could not be made',
      hint: 'The log of the platform says why; what was there before is untouched.',
    })
    expect(told).toEqual([
      ['backup.created', 'usr_alice'],
      ['backup.failed', 'usr_alice', 'usage'],
      ['backup.failed', 'usr_alice', 'backup_failed'],
    ])
  })
})
