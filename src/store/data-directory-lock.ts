import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '../domain/error.ts'
import { openExclusive } from './sqlite/database.ts'

/**
 * Makes this process the one owner of `dataDir` until `close` or its end, however it ends.
 * Throws AppError `data_in_use`, naming the owner's pid, at once when there is one.
 */
export function lockDataDirectory(dataDir: string, pid: number): { close(): void } {
  const owner = join(dataDir, 'daemon.pid')
  const lock = openExclusive(join(dataDir, 'lock'))
  if (lock === null) {
    const first = readOwner(owner)
    const who = first === null ? 'Another daemon' : `The daemon with pid ${first}`
    throw new AppError('data_in_use', `${who} owns the data directory ${dataDir}.`, {
      details: { pid: first, data_dir: dataDir },
    })
  }
  // Not synced: it is for a message, and after a power failure nobody owns the directory.
  writeFileSync(owner, `${pid}\n`, { mode: 0o600 })
  return lock
}

/** Does a daemon own `dataDir` at this moment? Where there is no lock file, none ever did. */
export function isDirectoryLocked(dataDir: string): boolean {
  const path = join(dataDir, 'lock')
  if (!existsSync(path)) return false
  const lock = openExclusive(path)
  lock?.close()
  return lock === null
}

/** For the message only: who owns the directory is decided by the lock, never by this number. */
function readOwner(path: string): number | null {
  try {
    const pid = Number.parseInt(readFileSync(path, 'utf8'), 10)
    return Number.isSafeInteger(pid) && pid > 0 ? pid : null
  } catch {
    return null
  }
}
