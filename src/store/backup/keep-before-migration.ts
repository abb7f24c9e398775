/** A copy of the database as it was, before a newer release changes its schema: the way back to the older one. */
import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, unlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Clock } from '../../domain/clock.ts'
import { AppError } from '../../domain/error.ts'
import { renderStamp } from './stamp.ts'

const PREFIX = 'before-migration-'
/** Each is as large as the database; the last ones are those anybody goes back to. */
const KEPT = 3

/**
 * Fulfils `keepBefore` of openDatabase. Synchronous, since nothing serves yet at that moment.
 * @param dir is made where it is missing
 */
export function createMigrationKeeper(dir: string, clock: Clock) {
  return (schema: number, copyTo: (target: string) => void): void => {
    const name = `${PREFIX}${schema + 1}-${renderStamp(clock.now())}.db`
    const half = join(dir, `.${name}.tmp`)
    try {
      // Its parent is there: the database lies in it.
      if (mkdirSync(dir, { recursive: true, mode: 0o700 }) !== undefined) syncDirectorySync(dirname(dir))
      removeHalves(dir)
      copyTo(half)
      renameSync(half, join(dir, name))
      syncDirectorySync(dir)
    } catch (error) {
      throw buildFailure(dir, error)
    }
    const kept = readdirSync(dir).filter((each) => each.startsWith(PREFIX))
    for (const old of kept.sort(byTime).slice(0, -KEPT)) unlinkSync(join(dir, old))
  }
}

/** What a start left that was killed over it. */
function removeHalves(dir: string): void {
  for (const name of readdirSync(dir)) {
    if (name.startsWith(`.${PREFIX}`)) unlinkSync(join(dir, name))
  }
}

/** The stamp ends the name; two of one moment are ordered by their step. */
function byTime(one: string, other: string): number {
  const key = (name: string) => `${name.slice(-'20260101T000000000Z.db'.length)} ${name}`
  return key(one) < key(other) ? -1 : 1
}

function syncDirectorySync(path: string): void {
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function buildFailure(dir: string, error: unknown): AppError {
  const why = error instanceof Error ? error.message : String(error)
  const isFull = /ENOSPC|disk is full/.test(why)
  return new AppError(
    isFull ? 'disk_full' : 'internal',
    `The database could not be copied to ${dir} before its schema changes, so it was not changed: ${why}.`,
    { hint: 'Give that folder room for one more copy of the database, then start again.', cause: error },
  )
}
