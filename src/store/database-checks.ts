/** For doctor: the database, and what its rows say, from outside and whether or not a platform runs. */
import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { HostCheck } from '../domain/host-check.ts'
import { isAlive, readBootId } from '../system/process-table.ts'
import { findNewestBackup } from './backup/backup-folder.ts'
import { examineDatabase, openSnapshot } from './sqlite/database.ts'

const MIB = 2 ** 20
/** It is written back at 4 MiB as a rule; far beyond, something keeps an old state of the database open. */
const LARGE_WAL_BYTES = 64 * MIB

const HOUR_MS = 3_600_000
/** Where none is made by itself: people make one when they think of it. */
const MANUAL_HOURS = 7 * 24

export type RecordsPlace = {
  /** Of the database. */
  readonly path: string
  readonly backupsDir: string
  /** 0: none is made by itself. */
  readonly intervalHours: number
  /** Milliseconds since the epoch. */
  readonly now: number
}

export async function buildStorageChecks(place: RecordsPlace): Promise<readonly HostCheck[]> {
  const checks = [checkDatabase(place.path), checkDamaged(place.path), checkBackups(place)]
  return (await Promise.all(checks)).flat()
}

/** The full check, which reads every page and may take minutes for a large one: a start makes the quick one. */
async function checkDatabase(path: string): Promise<readonly HostCheck[]> {
  const base = { id: 'database', area: 'storage' }
  if ((await stat(path).catch(() => null)) === null) {
    return [{ ...base, status: 'ok', found: 'there is no database yet', fix: null }]
  }
  const { problem, schema } = examineDatabase(path, 'full')
  const isSeenAtStart = problem !== null && examineDatabase(path, 'quick').problem !== null
  return [
    problem === null
      ? { ...base, status: 'ok', found: `the database is whole (schema ${schema})`, fix: null }
      : {
          ...base,
          status: 'fail',
          found: `the database ${path} is damaged: ${problem}`,
          fix: isSeenAtStart ? MEND.pages : MEND.indexes,
        },
    await checkWriteAheadLog(`${path}-wal`),
  ]
}

const MEND = {
  pages:
    'Restart the platform: it keeps the damaged one and makes a new one from the manifests of the servers.',
  indexes:
    'haivemind backup create, then restore that: a copy has its indexes made anew. What lies in the tables is read as it is.',
} as const

async function checkWriteAheadLog(path: string): Promise<HostCheck> {
  const bytes = (await stat(path).catch(() => null))?.size ?? 0
  const isLarge = bytes > LARGE_WAL_BYTES
  return {
    id: 'write_ahead_log',
    area: 'storage',
    status: isLarge ? 'warn' : 'ok',
    found: `the write-ahead log of the database has ${Math.ceil(bytes / MIB)} MiB`,
    fix: isLarge ? 'End what reads the database from outside, then restart the platform.' : null,
  }
}

/** Databases that a start found damaged and kept. */
async function checkDamaged(path: string): Promise<HostCheck> {
  const base = { id: 'damaged_databases', area: 'storage' }
  const dir = dirname(path)
  const names: readonly string[] = await readdir(dir).catch(() => [])
  const kept = names.filter((name) => name.startsWith(`${basename(path)}.corrupt-`)).toSorted()
  const [first = ''] = kept
  if (kept.length === 0) return { ...base, status: 'ok', found: 'no damaged database was kept', fix: null }
  const sizes = await Promise.all(
    kept.map(async (name) => (await stat(join(dir, name)).catch(() => null))?.size ?? 0),
  )
  const mib = Math.ceil(sizes.reduce((sum, size) => sum + size, 0) / MIB)
  return {
    ...base,
    status: 'warn',
    found: `the database was damaged once: ${kept.length} files of it (${mib} MiB) are kept, such as ${first}`,
    fix: `When nobody needs them: rm ${join(dir, basename(path))}.corrupt-*; look after the disk and memory of this machine.`,
  }
}

/** A copy of before a migration is none: it lies there for the way back, however old it is. */
async function checkBackups({ path, backupsDir, intervalHours, now }: RecordsPlace): Promise<HostCheck> {
  const base = { id: 'backup', area: 'storage' }
  const database = await stat(path).catch(() => null)
  if (database === null) return { ...base, status: 'ok', found: 'there is nothing to back up yet', fix: null }
  const newest = await findNewestBackup(backupsDir)
  const hours = Math.floor((now - (newest?.createdAt ?? database.birthtimeMs)) / HOUR_MS)
  // One may have been missed while the platform was down.
  const isOld = hours >= (intervalHours === 0 ? MANUAL_HOURS : 2 * intervalHours)
  const made =
    newest === null ? `there is no backup in ${backupsDir}` : `the newest backup is ${hours} hours old`
  const automatic = intervalHours === 0 ? '; none is made by itself' : ''
  return {
    ...base,
    status: isOld ? 'warn' : 'ok',
    found: `${made}${automatic}`,
    fix: isOld ? BACK_UP[intervalHours === 0 ? 'manual' : 'automatic'] : null,
  }
}

const BACK_UP = {
  manual: 'haivemind backup create; or set backup.interval_hours, so that one is made each day.',
  automatic: 'haivemind backup create; haivemind events names what went wrong (backup.failed).',
} as const

/** Without a platform: instances that an earlier one left running. A database that cannot be read says it elsewhere. */
export function checkLeftBehind(path: string): HostCheck {
  const alive = listLiving(path)
  return {
    id: 'left_behind',
    area: 'servers',
    status: alive === 0 ? 'ok' : 'warn',
    found:
      alive === 0
        ? 'nothing runs without the platform'
        : `${alive} processes of servers run without the platform`,
    fix: alive === 0 ? null : 'haivemind serve takes them over, or ends those that nobody wants.',
  }
}

function listLiving(path: string): number {
  let database: ReturnType<typeof openSnapshot> | null = null
  try {
    database = openSnapshot(path)
    const rows = database.all('SELECT pid, start_time, boot_id FROM ledger WHERE pid IS NOT NULL')
    const boot = readBootId()
    return rows.filter(
      (row) =>
        row['boot_id'] === boot && isAlive({ pid: Number(row['pid']), startTime: Number(row['start_time']) }),
    ).length
  } catch {
    return 0
  } finally {
    database?.close()
  }
}
