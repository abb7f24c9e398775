import { z } from 'zod'
import type { CallLog } from '../../gateway/ports.ts'
import type { CallCounts } from '../../hosting/ports.ts'
import {
  addCallFigures,
  compactCallFigures,
  countCalls,
  readCallFigures,
  readCallSteps,
  readLatencies,
  removeCallFigures,
} from './call-figures.ts'
import { integer } from './columns.ts'
import type { Database } from './database.ts'
import { insertCalls } from './insert-calls.ts'

/** Row ids rise, so the newest are the highest, and nothing is counted. */
const TRIM = 'DELETE FROM calls WHERE rowid <= (SELECT max(rowid) FROM calls) - $keep'

const at = z.object({ id: integer, started_at: integer })

/**
 * What was called, by whom, with what outcome and how long it took; never arguments or results.
 * @param keep records at most; the oldest go with the batch that brings more
 */
interface CallRetention {
  /** How many there are, by their row ids. */
  countBefore(time: number): number
  removeBefore(time: number): void
  compact(now: number): void
}

export function createCallStore(database: Database, keep: number): CallLog & CallCounts & CallRetention {
  return {
    async append(records) {
      database.unsyncedTransaction(() => {
        insertCalls(database, records)
        database.run(TRIM, { keep })
        addCallFigures(database, records)
      })
    },
    countSince: async (time) => countCalls(database, time),
    figures: async (id, time) => readCallFigures(database, id, time),
    latencies: async (id, from, to) => readLatencies(database, id, from, to),
    steps: async (id, time) => readCallSteps(database, id, time),
    countBefore(time) {
      const low = Number(database.get('SELECT min(rowid) AS low FROM calls')?.['low'] ?? 0)
      return Math.max(0, findFirstSince(database, time) - low)
    },
    removeBefore(time) {
      database.run('DELETE FROM calls WHERE rowid < $first', { first: findFirstSince(database, time) })
      removeCallFigures(database, time)
    },
    compact: (now) => compactCallFigures(database, now),
  }
}

/**
 * Row ids rise as batches of calls end, and with them, but for the length of a call, the times at which they began: the first is
 * found by halving, without an index that each call would have to pay for.
 */
function findFirstSince(database: Database, time: number): number {
  const ends = database.get('SELECT min(rowid) AS low, max(rowid) AS high FROM calls')
  let low = Number(ends?.['low'] ?? 0)
  let high = Number(ends?.['high'] ?? -1) + 1
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const found = database.get(
      'SELECT rowid AS id, started_at FROM calls WHERE rowid >= $middle ORDER BY rowid LIMIT 1',
      { middle },
    )
    const row = found === null ? null : at.parse(found)
    if (row === null || row.started_at >= time) high = middle
    else low = row.id + 1
  }
  return low
}
