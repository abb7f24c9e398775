import { createWriteStream } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { removeTree } from '../../system/files.ts'
import { examineDatabase, MIGRATIONS } from '../sqlite/database.ts'
import { AppError } from '../../domain/error.ts'
import type { BackupManifest } from './backup-manifest.ts'
import { readBackup } from './read-backup.ts'
import { buildDamaged } from './tar-read.ts'

export const DATABASE_ENTRY = 'data/haivemind.db'

/**
 * Every hash, and SQLite's own check of the database, for which a copy of it is made for a moment.
 * @param scratch a folder for that. Throws AppError `backup_damaged`, `database_newer`.
 */
export async function verifyBackup(file: string, scratch: string): Promise<BackupManifest> {
  const folder = await mkdtemp(join(scratch, '.haivemind-verify-'))
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
