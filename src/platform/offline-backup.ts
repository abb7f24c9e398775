/** What `backup` does on the data directory itself, without a daemon. */
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PlatformConfig } from '../config/schema.ts'
import { buildBackupName } from '../store/backup/backup-folder.ts'
import type { BackupManifest } from '../store/backup/backup-manifest.ts'
import { createBackup } from '../store/backup/create-backup.ts'
import { restoreBackup } from '../store/backup/restore-backup.ts'
import { verifyBackup as verify } from '../store/backup/verify-backup.ts'
import { systemClock } from '../system/clock.ts'
import { buildBackupSource } from './open-backups.ts'
import { backupsDirOf } from './open-records.ts'

type Summary = Omit<BackupManifest, 'entries'> & { readonly files: number }

const summarize = ({ entries, ...manifest }: BackupManifest): Summary => ({
  ...manifest,
  files: entries.length,
})

/** @param file absolute; null: a name of its own in the folder of backups */
export async function makeBackup(
  config: PlatformConfig,
  options: { readonly file: string | null; readonly withData: boolean; readonly configFile: string | null },
  about: { readonly version: string; readonly signal: AbortSignal },
): Promise<Summary & { readonly path: string }> {
  const name = buildBackupName('manual', systemClock.now())
  const target = options.file ?? join(backupsDirOf(config), name)
  const source = buildBackupSource(config, options.configFile)
  const { withData } = options
  const manifest = await createBackup({
    source,
    target,
    scope: 'full',
    withData,
    clock: systemClock,
    ...about,
  })
  return { ...summarize(manifest), path: target }
}

export async function verifyBackup(file: string): Promise<Summary> {
  return summarize(await verify(file, tmpdir()))
}

/** @param to a data directory with everything in it; null: the folders of the configuration */
export async function restoreFrom(config: PlatformConfig, file: string, to: string | null): Promise<Summary> {
  const target =
    to === null
      ? { dataDir: config.data_dir, serversDir: config.servers_dir }
      : { dataDir: to, serversDir: join(to, 'mcp_servers') }
  return summarize(await restoreBackup(file, target, process.pid))
}
