/** what was acknowledged is on the disk after a power failure, and at every moment there is the old or the new. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { appendFile, open, rename } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSetupCodeFile } from '../../src/access/setup-code-file.ts'
import { writeAddress } from '../../src/access/write-address.ts'
import { writeCliToken } from '../../src/access/write-cli-token.ts'
import { openSignedFiles, readCheckpoints } from '../../src/store/audit/signed-files.ts'
import { openSigningKey } from '../../src/store/audit/signing-key.ts'
import { buildStatement } from '../../src/store/audit/statement.ts'
import { createBackup } from '../../src/store/backup/create-backup.ts'
import { createMigrationKeeper } from '../../src/store/backup/keep-before-migration.ts'
import { verifyBackup } from '../../src/store/backup/verify-backup.ts'
import { claimFolder } from '../../src/store/claim-folder.ts'
import { lockDataDirectory } from '../../src/store/data-directory-lock.ts'
import { createManifestFiles } from '../../src/store/manifests/manifest-files.ts'
import { createKeySource } from '../../src/store/secrets/key-source.ts'
import { copyDatabase, examineDatabase, MIGRATIONS, openDatabase } from '../../src/store/sqlite/database.ts'
import { makeDirectoryDurable, writeFileDurable } from '../../src/system/files.ts'
import { createFakeClock } from '../fakes/clock.ts'
import { openVolatileDisk, type VolatileDisk } from '../fakes/volatile-disk.ts'

let folder: string
let root: string
let disk: VolatileDisk | null
let losses: number
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'haivemind-power-'))
  root = join(folder, 'disk')
  mkdirSync(root)
  disk = null
  losses = 0
})
afterEach(() => {
  disk?.close()
  rmSync(folder, { recursive: true })
})

/** Answers the folder as it is after the power failed at the end; `judge` sees it at each moment in between. */
async function lose(work: () => unknown, judge: (after: string) => void = () => {}): Promise<string> {
  const wrong: unknown[] = []
  const fail = () => {
    const after = join(folder, `after-${losses++}`)
    disk?.keepTo(after)
    return after
  }
  disk = await openVolatileDisk(root, () => {
    try {
      judge(fail())
    } catch (error) {
      wrong.push(error)
    }
  })
  await work()
  const after = fail()
  disk.close()
  expect(wrong).toEqual([])
  return after
}
const text = (...path: string[]) => readFileSync(join(...path), 'utf8')

describe('the disk that forgets', () => {
  it('loses what was not synced: content, names, renames', async () => {
    writeFileSync(join(root, 'old'), 'old')
    const after = await lose(async () => {
      await appendFile(join(root, 'old'), 'new')
      writeFileSync(join(root, 'made'), 'made')
      const handle = await open(join(root, 'synced'), 'w')
      await handle.writeFile('synced')
      await handle.sync()
      await handle.close()
      await rename(join(root, 'old'), join(root, 'moved'))
    })
    expect(readdirSync(after)).toEqual(['old'])
    expect(text(after, 'old')).toBe('old')
  })
})

describe('R-03: after a power failure', () => {
  it('a durable file is the old or the new one, and the new one once it is acknowledged', async () => {
    writeFileSync(join(root, 'file'), 'old')
    const after = await lose(
      () => writeFileDurable(join(root, 'file'), 'new', 0o600),
      (at) => expect(['old', 'new']).toContain(text(at, 'file')),
    )
    expect(text(after, 'file')).toBe('new')
    expect(losses).toBeGreaterThan(4)
  })

  it('folders that were made are there, however many', async () => {
    const after = await lose(() => makeDirectoryDurable(join(root, 'one/two/three'), 0o700))
    expect(existsSync(join(after, 'one/two/three'))).toBe(true)
  })

  it('the first manifest of all is there, and one that was removed is not', async () => {
    const id = `srv_${'0'.repeat(26)}`
    const files = createManifestFiles(root, Buffer.alloc(32, 1))
    const manifest = {
      format: 1,
      schema: 1,
      installation: 'i',
      server: { id, name: 'weather' },
      versions: [],
    } as const
    const after = await lose(() => files.write({ ...manifest, versions: [] }))
    const { found } = await createManifestFiles(after, Buffer.alloc(32, 1)).readAll()
    expect([...found.keys()]).toEqual([id])
    const later = await lose(() => files.remove(id))
    expect(readdirSync(join(later, 'manifests'))).toEqual([])
  })

  it('a backup is whole, and so is a copy of before a migration; there is never a half one', async () => {
    const database = join(root, 'haivemind.db')
    openDatabase(database).close()
    const source = {
      databasePath: database,
      dataDir: root,
      serversDir: join(root, 'servers'),
      configFile: null,
    }
    mkdirSync(source.serversDir)
    const about = { scope: 'records', withData: false, version: '1', clock: createFakeClock() } as const
    const isName = (name: string) => !name.startsWith('.')
    const whole = await lose(
      () => createBackup({ source, target: join(root, 'backups/one.tar.gz'), ...about }),
      (at) => {
        const names = existsSync(join(at, 'backups')) ? readdirSync(join(at, 'backups')) : []
        for (const name of names.filter(isName)) expect(text(at, 'backups', name)).not.toBe('')
      },
    )
    expect(await verifyBackup(join(whole, 'backups/one.tar.gz'), whole)).toMatchObject({ servers: 0 })
    const keep = createMigrationKeeper(join(root, 'copies'), createFakeClock())
    const after = await lose(() => keep(3, (target) => copyDatabase(database, target)))
    const [name = ''] = readdirSync(join(after, 'copies'))
    expect(examineDatabase(join(after, 'copies', name), 'full')).toEqual({
      problem: null,
      schema: MIGRATIONS.length,
    })
  })

  it('the address, the local token, the setup code and the owner of a folder are there', async () => {
    const after = await lose(async () => {
      await writeAddress(root, 'http://127.0.0.1:1')
      await writeCliToken(root, 'token')
      await createSetupCodeFile(root).write('code')
      await claimFolder(root, 'installation')
    })
    const names = readdirSync(after).toSorted()
    expect(names.map((name) => text(after, name))).toEqual([
      'installation\n',
      'http://127.0.0.1:1\n',
      'token\n',
      'code\n',
    ])
  })

  it('keys are there before anything is sealed or signed with them', async () => {
    mkdirSync(join(root, 'audit'))
    const secrets = createKeySource(join(root, 'secrets.key'), {})
    const ids: string[] = []
    const after = await lose(async () => {
      ids.push((await secrets.make()).id, (await openSigningKey(join(root, 'audit'))).id)
    })
    const { key } = await createKeySource(join(after, 'secrets.key'), {}).read()
    const signing = await openSigningKey(join(after, 'audit'))
    expect([key?.id, signing.id, signing.isNew]).toEqual([...ids, false])
  })

  it('a checkpoint of the audit log is there', async () => {
    const files = openSignedFiles(root)
    const key = await openSigningKey(root)
    const statement = buildStatement({ seq: 1, hash: 'a'.repeat(64) }, '2026-03-01T12:00:00.000Z', key)
    const after = await lose(() => files.appendCheckpoint(statement))
    files.close()
    expect(await readCheckpoints(after)).toEqual([statement])
  })

  it('the pid of the owner may be gone, and nobody is kept out by it', async () => {
    const after = await lose(() => lockDataDirectory(root, 7).close())
    expect(existsSync(join(after, 'daemon.pid'))).toBe(false)
    lockDataDirectory(after, 8).close()
    expect(text(after, 'daemon.pid')).toBe('8\n')
  })
})
