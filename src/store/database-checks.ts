/** For doctor: the database, and what its rows say, from outside and whether or not a platform runs. */
import { stat } from 'node:fs/promises'
import type { HostCheck } from '../domain/host-check.ts'
import { isAlive, readBootId } from '../system/process-table.ts'
import { examineDatabase, openSnapshot } from './sqlite/database.ts'

const MIB = 2 ** 20
/** It is written back at 4 MiB as a rule; far beyond, something keeps an old state of the database open. */
const LARGE_WAL_BYTES = 64 * MIB

export async function checkDatabase(path: string): Promise<readonly HostCheck[]> {
  const base = { id: 'database', area: 'storage' }
  if ((await stat(path).catch(() => null)) === null) {
    return [{ ...base, status: 'ok', found: 'there is no database yet', fix: null }]
  }
  const { problem, schema } = examineDatabase(path, 'quick')
  return [
    problem === null
      ? { ...base, status: 'ok', found: `the database is whole (schema ${schema})`, fix: null }
      : {
          ...base,
          status: 'fail',
          found: `the database ${path} is damaged: ${problem}`,
          fix: 'Restart the platform: it keeps the damaged one and makes a new one from the manifests of the servers.',
        },
    await checkWriteAheadLog(`${path}-wal`),
  ]
}

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
