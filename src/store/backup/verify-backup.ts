import { createWriteStream } from 'node:fs'
import { mkdtemp, readdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { removeTree } from '../../system/files.ts'
import { examineDatabase, MIGRATIONS } from '../sqlite/database.ts'
import { AppError } from '../../domain/error.ts'
import type { BackupManifest } from './backup-manifest.ts'
import { readBackup } from './read-backup.ts'
import { buildDamaged } from './tar-read.ts'

export const DATABASE_ENTRY = 'data/haivemind.db'

const PREFIX = '.haivemind-verify-'
/** No verification takes as long. */
const LEFT_BEHIND_MS = 24 * 3_600_000

/**
 * Every hash, and SQLite's own check of the database, for which a copy of it is made for a moment.
 * @param scratch a folder for that. Throws AppError `backup_damaged`, `database_newer`.
 */
export async function verifyBackup(file: string, scratch: string): Promise<BackupManifest> {
  await removeLeftBehind(scratch)
  const folder = await mkdtemp(join(scratch, PREFIX))
  const copy = join(folder, 'haivemind.db')
  try {
    let hasDatabase = false
    const manifest = await readBackup(file, async (part, content) => {
      if (part.path !== DATABASE_ENTRY) {
        for await (const _ of content);
        return
      }
      hasDatabase = true
      await pipeline(content, createWriteStream(copy, { flags: 'wx', mode: 0o600 }))
    })
    if (!hasDatabase) throw buildDamaged('it holds no database')
    if (manifest.schema > MIGRATIONS.length) {
      throw new AppError('database_newer', `The backup was made by a newer release (${manifest.version}).`, {
        hint: 'Restore it with that release.',
      })
    }
    const { problem } = examineDatabase(copy, 'quick')
    if (problem !== null) throw buildDamaged(`its database is not whole: ${problem}`)
    return manifest
  } finally {
    await removeTree(dirname(folder), folder)
  }
}

/** Of a verification that was killed. The time is the file system's, which made the folders. */
async function removeLeftBehind(scratch: string): Promise<void> {
  const names = (await readdir(scratch)).filter((name) => name.startsWith(PREFIX))
  if (names.length === 0) return
  const fresh = await mkdtemp(join(scratch, PREFIX))
  const { mtimeMs: now } = await stat(fresh)
  await removeTree(scratch, fresh)
  for (const name of names) {
    const facts = await stat(join(scratch, name)).catch(() => null)
    if (facts !== null && now - facts.mtimeMs > LEFT_BEHIND_MS) await removeTree(scratch, join(scratch, name))
  }
}
