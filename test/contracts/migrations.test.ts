/** Databases of every earlier schema, with rows, opened by this release; and the copy that is kept before. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, describe, expect, it } from 'vitest'
import { openStore } from '../../src/store/open-store.ts'
import { examineDatabase, MIGRATIONS } from '../../src/store/sqlite/database.ts'
import { createFakeClock } from '../fakes/clock.ts'
import { silent } from '../fakes/hosting.ts'
import { OLD, writeOldDatabase } from '../fakes/old-database.ts'
import { vaultDeps } from '../fakes/vault-deps.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

function makeFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'haivemind-migrations-'))
  folders.push(folder)
  return { path: join(folder, 'platform.db'), backupsDir: join(folder, 'backups') }
}

const open = (path: string, backupsDir: string) =>
  openStore(path, { clock: createFakeClock(), log: silent, backupsDir, ...vaultDeps })

const schemas = MIGRATIONS.map((_, index) => index + 1)

describe('a database of an earlier schema', () => {
  it.each(schemas)('R-80: of step %i opens with everything that was in it', async (schema) => {
    const { path, backupsDir } = makeFolder()
    writeOldDatabase(path, schema)
    const store = open(path, backupsDir)
    try {
      const [server] = await store.servers.list()
      expect(server).toMatchObject({
        id: OLD.server,
        name: 'weather',
        uid: 210_000,
        overrides: { tags: ['kept'] },
      })
      const [version] = await store.versions.list(server!.id)
      expect(version).toMatchObject({
        id: OLD.version,
        treeHash: 'a'.repeat(64),
        config: { description: 'as it was' },
      })
      expect(await store.sessions.list()).toMatchObject([{ id: OLD.session, serverId: OLD.server }])
      expect(await store.tokens.list()).toMatchObject([{ id: OLD.token }])
      // Tables that are younger than the schema are empty.
      expect(store.audit.end()?.seq ?? null).toBe(schema >= 3 ? 1 : null)
      const pins = await store.pins.list(version!.id)
      expect(pins.map(({ facet }) => facet)).toEqual(schema >= 6 ? [''] : [])
    } finally {
      store.close()
    }
    expect(examineDatabase(path, 'full')).toEqual({ problem: null, schema: MIGRATIONS.length })
  })

  it.each(schemas.slice(0, -1))('I16: of step %i is copied before it is changed', (schema) => {
    const { path, backupsDir } = makeFolder()
    writeOldDatabase(path, schema)
    open(path, backupsDir).close()
    const [name = '', ...others] = readdirSync(backupsDir)
    expect(others).toEqual([])
    expect(name).toMatch(new RegExp(`^before-migration-${schema + 1}-\\d{8}T\\d{9}Z\\.db$`))
    const copy = join(backupsDir, name)
    expect(statSync(copy).mode & 0o777).toBe(0o600)
    expect(examineDatabase(copy, 'full')).toEqual({ problem: null, schema })
    const raw = new DatabaseSync(copy, { readOnly: true })
    expect(raw.prepare('SELECT name FROM servers').get()).toEqual({ name: 'weather' })
    raw.close()
  })

  it('I16: is not changed where the copy cannot be kept', () => {
    const { path, backupsDir } = makeFolder()
    writeOldDatabase(path, 3)
    writeFileSync(backupsDir, 'a file in the place of the folder')
    expect(() => open(path, backupsDir)).toThrow('so it was not changed')
    expect(examineDatabase(path, 'quick').schema).toBe(3)
  })

  it('leaves nothing half-copied behind, and the last three copies', () => {
    const { path, backupsDir } = makeFolder()
    mkdirSync(backupsDir)
    for (const day of [1, 2, 3, 4]) {
      writeFileSync(join(backupsDir, `before-migration-9-2020010${day}T000000000Z.db`), '')
    }
    writeFileSync(join(backupsDir, '.before-migration-9-20200101T000000000Z.db.tmp'), 'half')
    writeFileSync(join(backupsDir, 'mine.db'), 'somebody else’s')
    writeOldDatabase(path, 3)
    open(path, backupsDir).close()
    const [newest = '', ...others] = readdirSync(backupsDir).sort()
    expect(newest).toMatch(/^before-migration-4-/)
    expect(others).toEqual([
      'before-migration-9-20200103T000000000Z.db',
      'before-migration-9-20200104T000000000Z.db',
      'mine.db',
    ])
  })
})

describe('a database that needs no migration', () => {
  it.each([
    ['a new one', 0],
    ['one of this release', MIGRATIONS.length],
  ])('is not copied: %s', (_, schema) => {
    const { path, backupsDir } = makeFolder()
    if (schema > 0) writeOldDatabase(path, schema)
    open(path, backupsDir).close()
    expect(() => readdirSync(backupsDir)).toThrow('ENOENT')
  })
})
