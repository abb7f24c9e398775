/** Backups of a running platform: on demand and by the clock, one at a time. */
import { join } from 'node:path'
import type { PlatformConfig } from '../config/schema.ts'
import type { BackupRecord, Backups } from '../domain/backup.ts'
import type { Clock } from '../domain/clock.ts'
import { AppError, ERRORS, renderError, type ErrorBody } from '../domain/error.ts'
import type { EventSink } from '../domain/event.ts'
import { startRepeating } from '../domain/repeat.ts'
import { buildBackupName, isDue, listBackups, pruneAutomatic } from '../store/backup/backup-folder.ts'
import { createBackup, type BackupSource } from '../store/backup/create-backup.ts'
import type { Logger } from '../system/log.ts'
import { backupsDirOf, databasePathOf } from './open-records.ts'

type Deps = {
  readonly clock: Clock
  readonly events: EventSink
  readonly logger: Logger
  readonly version: string
  /** Null where the defaults hold. */
  readonly findConfigFile: () => Promise<string | null>
}

/** A missed one is noticed within this time; the wall clock may have been set. */
const LOOK_MS = 600_000
const HOUR_MS = 3_600_000

export function buildBackupSource(config: PlatformConfig, configFile: string | null): BackupSource {
  const { data_dir: dataDir, servers_dir: serversDir } = config
  return { databasePath: databasePathOf(config), dataDir, serversDir, configFile }
}

export function openBackups(config: PlatformConfig, deps: Deps): Backups & AsyncDisposable {
  const { clock, events, logger, version } = deps
  const dir = backupsDirOf(config)
  const { interval_hours: hours, keep } = config.backup
  const closing = new AbortController()
  let current: { readonly record: BackupRecord; readonly work: Promise<void> } | null = null
  let failed: BackupRecord | null = null

  const make = async (
    record: BackupRecord,
    kind: 'manual' | 'automatic',
    withData: boolean,
    actor?: string,
  ) => {
    const { path: target, name } = record
    const scope = kind === 'manual' ? 'full' : 'records'
    try {
      const source = buildBackupSource(config, await deps.findConfigFile())
      const { signal } = closing
      await createBackup({ source, target, scope, withData, version, clock, signal })
      if (kind === 'automatic') await pruneAutomatic(dir, keep)
      failed = null
      events.emit({ type: 'backup.created', name, kind }, actor)
    } catch (err) {
      if (closing.signal.aborted) return
      logger.error('a backup could not be made', { name, err })
      const error = describeFailure(err)
      failed = { ...record, state: 'failed', error }
      events.emit({ type: 'backup.failed', name, error: error.message, code: error.code }, actor)
    } finally {
      current = null
    }
  }
  const begin = (kind: 'manual' | 'automatic', withData: boolean, actor?: string): BackupRecord => {
    if (current !== null) throw new AppError('conflict', `The backup ${current.record.name} is being made.`)
    const createdAt = clock.now()
    const name = buildBackupName(kind, createdAt)
    const about = { name, path: join(dir, name), kind, createdAt }
    const record: BackupRecord = { ...about, state: 'running', bytes: null, error: null }
    current = { record, work: Promise.resolve().then(() => make(record, kind, withData, actor)) }
    return record
  }
  const look = async () => {
    if (hours === 0 || current !== null) return
    try {
      if (isDue(await listBackups(dir), clock.now(), hours * HOUR_MS)) begin('automatic', false)
    } catch (err) {
      logger.error('the folder of backups cannot be read', { err })
    }
  }
  const stop = startRepeating(clock, LOOK_MS, look)

  return {
    begin: ({ withData, actor }) => begin('manual', withData, actor),
    async list() {
      const now = [current?.record ?? null, failed].filter((record) => record !== null)
      const kept = await listBackups(dir).catch((error: unknown) => {
        // What went wrong with the last one says more than that the folder cannot be read.
        if (now.length === 0) throw error
        return []
      })
      return [...now, ...kept]
    },
    async [Symbol.asyncDispose]() {
      stop()
      closing.abort()
      await current?.work
    },
  }
}

/** What is no fault of the disk, and was not foreseen, is told by its own name: whoever asked for a backup has none. */
function describeFailure(error: unknown): ErrorBody {
  const found = renderError(error)
  return found.code === 'internal'
    ? renderError(new AppError('backup_failed', ERRORS.backup_failed.title))
    : found
}
