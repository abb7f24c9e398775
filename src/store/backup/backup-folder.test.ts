import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { buildBackupName, isDue, listBackups, pruneAutomatic } from './backup-folder.ts'

const HOUR = 3_600_000
const NOON = Date.parse('2026-03-01T12:00:00.000Z')
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'haivemind-backups-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const put = (...names: string[]) => {
  for (const name of names) writeFileSync(join(folder, name), 'x')
}

it('tells what each file is by its name, newest first, and leaves what is somebody else’s', async () => {
  put('haivemind-20260301T120000000Z.tar.gz', 'automatic-20260302T120000000Z.tar.gz')
  put(
    'before-migration-9-20260228T000000000Z.db',
    'mine.tar.gz',
    '.haivemind-20260301T120000000Z.tar.gz.aa.tmp',
  )
  expect((await listBackups(folder)).map(({ kind, createdAt }) => [kind, createdAt])).toEqual([
    ['automatic', NOON + 24 * HOUR],
    ['manual', NOON],
    ['before_migration', Date.parse('2026-02-28T00:00:00.000Z')],
  ])
  expect(buildBackupName('manual', NOON)).toBe('haivemind-20260301T120000000Z.tar.gz')
  expect(await listBackups(join(folder, 'none'))).toEqual([])
})

it('keeps the newest automatic ones and every other', async () => {
  put(...[1, 2, 3, 4].map((day) => `automatic-2026030${day}T120000000Z.tar.gz`))
  put('haivemind-20200101T000000000Z.tar.gz')
  await pruneAutomatic(folder, 2)
  expect(readdirSync(folder).sort()).toEqual([
    'automatic-20260303T120000000Z.tar.gz',
    'automatic-20260304T120000000Z.tar.gz',
    'haivemind-20200101T000000000Z.tar.gz',
  ])
})

it('is due without one, with one that is too old, and with one of the future', async () => {
  expect(isDue(await listBackups(folder), NOON, 24 * HOUR)).toBe(true)
  put('automatic-20260301T120000000Z.tar.gz')
  const records = await listBackups(folder)
  expect(isDue(records, NOON + 23 * HOUR, 24 * HOUR)).toBe(false)
  expect(isDue(records, NOON + 24 * HOUR, 24 * HOUR)).toBe(true)
  expect(isDue(records, NOON - 24 * HOUR, 24 * HOUR)).toBe(true)
})
