/** What a disk does to a database, told apart from what is wrong with the database: only that is given up for damaged. */
import { closeSync, existsSync, openSync, readSync } from 'node:fs'
import { AppError } from '../../domain/error.ts'
import { findStorageTrouble } from '../../domain/storage-error.ts'

/** Codes of sqlite.org/rescode.html: a disk that does not give its pages, and a moment without memory, say nothing of them. */
const PASSING: ReadonlySet<number> = new Set([5, 6, 7, 9, 10, 13, 14])
/** SQLITE_IOERR_SHORT_READ and _DATA: the pages are given, and not as they were written. */
const NOT_PASSING: ReadonlySet<number> = new Set([522, 8202])
const READ_BYTES = 1024 * 1024

export function isPassing(code: number): boolean {
  return PASSING.has(code & 0xff) && !NOT_PASSING.has(code)
}

/** The same error where the disk has no part in it. */
export function describeTrouble(error: unknown, path: string): unknown {
  const trouble = error instanceof AppError ? null : findStorageTrouble(error)
  if (trouble === null || !(error instanceof Error)) return error
  return new AppError(trouble, `The database ${path} cannot be opened: ${error.message}.`, { cause: error })
}

/** Throws AppError `storage_failed` where the disk does not give all of the files that are there. */
export function assertReadable(files: readonly string[]): void {
  const buffer = Buffer.alloc(READ_BYTES)
  for (const file of files.filter((each) => existsSync(each))) {
    const descriptor = openSync(file, 'r')
    try {
      while (readSync(descriptor, buffer) > 0) continue
    } catch (cause) {
      throw new AppError('storage_failed', `The disk does not give what is in ${file}.`, {
        hint: 'Look at the disk. Nothing was changed; if it stays so, restore a backup onto another one.',
        cause,
      })
    } finally {
      closeSync(descriptor)
    }
  }
}
