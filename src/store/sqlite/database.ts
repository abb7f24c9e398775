/**
 * The one door to SQLite. One connection, one writer; every statement is durable when it returns
 * (WAL with synchronous=FULL syncs at each commit), those of `unsyncedTransaction` excepted.
 */
import { closeSync, fsyncSync, openSync } from 'node:fs'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { AppError } from '../../domain/error.ts'
import { assertReadable, describeTrouble, isPassing } from './disk-trouble.ts'
import { initial } from './migrations/0001-initial.ts'
import { people } from './migrations/0002-people.ts'
import { audit } from './migrations/0003-audit.ts'
import { egress } from './migrations/0004-egress.ts'
import { scans } from './migrations/0005-scans.ts'
import { pins } from './migrations/0006-pins.ts'
import { secrets } from './migrations/0007-secrets.ts'
import { eras } from './migrations/0008-eras.ts'
import { sessionProcesses } from './migrations/0009-session-processes.ts'
import { processes } from './migrations/0010-processes.ts'
import { pinFacets } from './migrations/0011-pin-facets.ts'
import { tasks } from './migrations/0012-tasks.ts'
import { parks } from './migrations/0013-parks.ts'
import { sessionInstances } from './migrations/0014-session-instances.ts'
import { callFigures } from './migrations/0015-call-figures.ts'
import { hubSessions } from './migrations/0016-hub-sessions.ts'
import { callMinutes } from './migrations/0017-call-minutes.ts'
import { manifestChanges } from './migrations/0018-manifest-changes.ts'
import { lifetimes } from './migrations/0019-lifetimes.ts'
import { versionWatch } from './migrations/0020-version-watch.ts'
import { memories } from './migrations/0021-memories.ts'
import { memoryPeers } from './migrations/0022-memory-peers.ts'
import { incidents } from './migrations/0023-incidents.ts'
import { samples } from './migrations/0024-samples.ts'
import { recommendations } from './migrations/0025-recommendations.ts'
import { memoryParts } from './migrations/0026-memory-parts.ts'
import { memoryVectors } from './migrations/0027-memory-vectors.ts'
import { memoryLinks } from './migrations/0028-memory-links.ts'
import { notifications } from './migrations/0029-notifications.ts'

/** In order; a released one is never changed, only followed. */
export const MIGRATIONS = [
  initial,
  people,
  audit,
  egress,
  scans,
  pins,
  secrets,
  eras,
  sessionProcesses,
  processes,
  pinFacets,
  tasks,
  parks,
  sessionInstances,
  callFigures,
  hubSessions,
  callMinutes,
  manifestChanges,
  lifetimes,
  versionWatch,
  memories,
  memoryPeers,
  incidents,
  samples,
  recommendations,
  memoryParts,
  memoryVectors,
  memoryLinks,
  notifications,
] as const

export type Row = Readonly<Record<string, unknown>>
export type Parameters = Readonly<Record<string, SQLInputValue>>

export interface Database {
  /** Runs one statement; returns the number of rows it changed. */
  run(sql: string, parameters?: Parameters): number
  /** Runs one statement for each row, with `?` in order: names would double the time of an insert. */
  runEach(sql: string, rows: readonly (readonly SQLInputValue[])[]): void
  get(sql: string, parameters?: Parameters): Row | null
  all(sql: string, parameters?: Parameters): readonly Row[]
  /** All or nothing; `work` is synchronous, so that nothing slips in between. */
  transaction<T>(work: () => T): T
  /**
   * As `transaction`, but not synced to the disk: consistent after any crash of the daemon, while a power failure may
   * take the last ones. A sync blocks the event loop for milliseconds, which records of calls are not worth.
   */
  unsyncedTransaction<T>(work: () => T): T
  close(): void
}

/**
 * Opens or makes the database at `path` (`:memory:` in tests), checks it and brings its schema up to date.
 * A damaged file or one made by a newer release throws: never a silent empty start.
 * @param keepBefore is called with the schema that is there and a copier, before the first migration of what holds rows;
 *   when it throws, nothing was changed
 */
export function openDatabase(path: string, keepBefore: KeepBefore = () => {}): Database {
  try {
    return openOnce(path, keepBefore)
  } catch (error) {
    const isDamaged = error instanceof AppError && error.code === 'database_damaged'
    if (!isDamaged || path === ':memory:') throw describeTrouble(error, path)
    // SQLite calls a page malformed that the disk did not give. What is given up for damaged has been read twice.
    assertReadable([path, `${path}-wal`])
  }
  try {
    return openOnce(path, keepBefore)
  } catch (error) {
    throw describeTrouble(error, path)
  }
}

type KeepBefore = (schema: number, copyTo: (target: string) => void) => void

function openOnce(path: string, keepBefore: KeepBefore): Database {
  makePrivate(path)
  const connection = new DatabaseSync(path)
  try {
    checkIntegrity(connection, path)
    connection.exec(
      'PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON',
    )
    const schema = readSchema(connection, path)
    if (schema > MIGRATIONS.length) throw buildNewer(path, schema)
    checkColumns(connection, path, schema)
    if (schema > 0 && schema < MIGRATIONS.length) keepBefore(schema, (target) => copy(connection, target))
    migrate(connection, schema)
  } catch (error) {
    connection.close()
    if (isDamage(error)) throw buildDamaged(path, error.message)
    throw error
  }
  return wrap(connection)
}

/**
 * What is in the database at `path` at this moment, whether or not a daemon writes to it meanwhile. Nothing is checked
 * and nothing changed.
 */
export function openSnapshot(path: string): Pick<Database, 'get' | 'all' | 'close'> {
  const connection = new DatabaseSync(path, { readOnly: true })
  connection.exec('PRAGMA busy_timeout = 5000; BEGIN')
  return wrap(connection)
}

/** A second connection to the database at `path`, to which others write meanwhile: each statement sees what is committed. */
export function openReader(path: string): Database {
  const connection = new DatabaseSync(path, { readOnly: true })
  connection.exec('PRAGMA busy_timeout = 5000; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16000')
  return wrap(connection)
}

/**
 * Takes SQLite's exclusive lock on the file at `path`, which the kernel gives back when this process ends,
 * however it ends (fcntl locks). Null when another process has it.
 */
export function openExclusive(path: string): { close(): void } | null {
  makePrivate(path)
  const connection = new DatabaseSync(path)
  try {
    connection.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE')
    held.add(connection)
    return {
      close() {
        held.delete(connection)
        connection.close()
      },
    }
  } catch (error) {
    connection.close()
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) return null
    throw error
  }
}

const SQLITE_BUSY = 5
/** A connection that nobody refers to would be collected, and its lock with it. */
const held = new Set<DatabaseSync>()

/** For its owner only; SQLite gives its -wal and -shm files the same mode. */
function makePrivate(path: string): void {
  if (path !== ':memory:') closeSync(openSync(path, 'a', 0o600))
}

function checkIntegrity(connection: DatabaseSync, path: string): void {
  const found = examine(connection, 'quick_check')
  if (found !== null) throw buildDamaged(path, found)
}

function buildDamaged(path: string, why: string): AppError {
  return new AppError('database_damaged', `The database ${path} is damaged: ${why}.`)
}

/** sqlite.org/rescode.html: what the statements of this file meet on a file whose pages are not as they were written. */
const DAMAGE: ReadonlySet<unknown> = new Set([11, 26])

function isDamage(error: unknown): error is Error {
  // The lower byte; the rest says more.
  return error instanceof Error && 'errcode' in error && DAMAGE.has(Number(error.errcode) & 0xff)
}

/** Throws what has nothing to do with the database: it would be given up for it. */
function examine(connection: DatabaseSync, check: 'quick_check' | 'integrity_check'): string | null {
  try {
    const found = connection.prepare(`PRAGMA ${check}(1)`).get()?.[check]
    if (found === 'ok') return null
    // The check goes on after a page that it did not get, and tells of it in words.
    const errcode = Number(/error code=(\d+)/.exec(String(found))?.[1] ?? 0)
    if (isPassing(errcode)) throw Object.assign(new Error(`disk I/O error ${errcode}`), { errcode })
    return String(found)
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && isPassing(Number(error.errcode))) throw error
    return error instanceof Error ? error.message : 'unreadable'
  }
}

export type DatabaseFinding = {
  /** Null: as it should be. */
  readonly problem: string | null
  /** 0: nothing was ever stored in it. */
  readonly schema: number
}

/**
 * Is the database at `path` whole? A look that takes the write-ahead log into account.
 * @param depth `full` compares every index with its table, which takes minutes for a large one
 */
export function examineDatabase(path: string, depth: 'quick' | 'full'): DatabaseFinding {
  let connection: DatabaseSync | null = null
  try {
    connection = new DatabaseSync(path, { readOnly: true })
    connection.exec('PRAGMA busy_timeout = 5000')
    const problem = examine(connection, depth === 'quick' ? 'quick_check' : 'integrity_check')
    return { problem, schema: problem === null ? readSchema(connection, path) : 0 }
  } catch (error) {
    return { problem: error instanceof Error ? error.message : 'unreadable', schema: 0 }
  } finally {
    connection?.close()
  }
}

/**
 * What is in the database at `path` at this moment, whole and without its free pages, in a new file at `target` that is
 * on the disk when this returns. It blocks: a running daemon does it in a thread of its own.
 */
export function copyDatabase(path: string, target: string): void {
  const connection = new DatabaseSync(path, { readOnly: true })
  try {
    connection.exec('PRAGMA busy_timeout = 5000')
    copy(connection, target)
  } finally {
    connection.close()
  }
}

function copy(connection: DatabaseSync, target: string): void {
  // SQLite takes an empty file for none, and leaves its mode as it is.
  makePrivate(target)
  connection.prepare('VACUUM INTO ?').run(target)
  const descriptor = openSync(target, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** It stands in the header and in a row, so that a header which went bad is not taken for another release's. */
function readSchema(connection: DatabaseSync, path: string): number {
  const schema = Number(connection.prepare('PRAGMA user_version').get()?.['user_version'])
  const hasMeta = connection.prepare(`SELECT 1 FROM sqlite_master WHERE name = 'meta'`).get() !== undefined
  const row = hasMeta ? connection.prepare(`SELECT value FROM meta WHERE key = 'schema'`).get() : undefined
  if (schema === 0 && hasMeta) throw buildDamaged(path, 'its header says that it is empty')
  if (row !== undefined && Number(row['value']) !== schema) {
    throw buildDamaged(path, `its header says schema ${schema}, its rows ${String(row['value'])}`)
  }
  return schema
}

/** What the pages that describe the tables say: quick_check does not compare it with anything. */
function checkColumns(connection: DatabaseSync, path: string, schema: number): void {
  const fresh = new DatabaseSync(':memory:')
  migrate(fresh, 0, schema)
  const expected = listColumns(fresh)
  fresh.close()
  if (listColumns(connection) !== expected) throw buildDamaged(path, 'its tables are not those of its schema')
}

function listColumns(connection: DatabaseSync): string {
  const rows = connection
    .prepare(
      `SELECT m.name AS own, c.name AS name FROM sqlite_master m JOIN pragma_table_info(m.name) c
         WHERE m.type = 'table' ORDER BY own, name`,
    )
    .all()
  return rows.map(({ own, name }) => `${String(own)}.${String(name)}`).join(' ')
}

function buildNewer(path: string, schema: number): AppError {
  return new AppError(
    'database_newer',
    `The database ${path} was made by a newer release (schema ${schema}), and this one knows ${MIGRATIONS.length}.`,
    { details: { schema, known: MIGRATIONS.length } },
  )
}

/** Each with its number in one transaction: wherever it is cut short, the database is at one step or the next. */
function migrate(connection: DatabaseSync, schema: number, to: number = MIGRATIONS.length): void {
  for (const [index, sql] of MIGRATIONS.slice(0, to).entries()) {
    if (index < schema) continue
    const number = index + 1
    connection.exec(`BEGIN IMMEDIATE; ${sql}; PRAGMA user_version = ${number};
      INSERT INTO meta VALUES ('schema', '${number}') ON CONFLICT (key) DO UPDATE SET value = excluded.value; COMMIT`)
  }
}

function wrap(connection: DatabaseSync): Database {
  const prepared = new Map<string, ReturnType<DatabaseSync['prepare']>>()
  const prepare = (sql: string) => {
    let statement = prepared.get(sql)
    if (statement === undefined) {
      statement = connection.prepare(sql)
      prepared.set(sql, statement)
    }
    return statement
  }
  const transaction = <T>(work: () => T): T => {
    connection.exec('BEGIN IMMEDIATE')
    try {
      const result = work()
      connection.exec('COMMIT')
      return result
    } catch (error) {
      // SQLite ends it itself where the disk is full or fails ("Response To Errors Within A Transaction"), and why is to be told.
      if (connection.isTransaction) connection.exec('ROLLBACK')
      throw error
    }
  }
  return {
    run: (sql, parameters = {}) => Number(prepare(sql).run(parameters).changes),
    runEach(sql, rows) {
      const statement = prepare(sql)
      for (const row of rows) statement.run(...row)
    },
    get: (sql, parameters = {}) => prepare(sql).get(parameters) ?? null,
    all: (sql, parameters = {}) => prepare(sql).all(parameters),
    transaction,
    unsyncedTransaction(work) {
      // SQLite, "PRAGMA synchronous": in WAL mode NORMAL syncs at checkpoints only. It cannot change inside a transaction.
      connection.exec('PRAGMA synchronous = NORMAL')
      try {
        return transaction(work)
      } finally {
        connection.exec('PRAGMA synchronous = FULL')
      }
    },
    close: () => connection.close(),
  }
}
