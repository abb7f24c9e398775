import { z } from 'zod'
import type { CallLog } from '../../gateway/ports.ts'
import type { CallCounts } from '../../hosting/ports.ts'
import { readCallFigures } from './call-figures.ts'
import { integer, serverId } from './columns.ts'
import type { Database } from './database.ts'

const INSERT = `INSERT INTO calls
  (server_id, principal_id, method, tool, protocol_version, outcome, started_at, milliseconds, trace_id)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`
/** Row ids rise, so the newest are the highest, and nothing is counted. */
const TRIM = 'DELETE FROM calls WHERE rowid <= (SELECT max(rowid) FROM calls) - $keep'

const count = z.object({ server_id: serverId, calls: integer, failed: integer })

/**
 * What was called, by whom, with what outcome and how long it took; never arguments or results.
 * @param keep records at most; the oldest go with the batch that brings more
 */
export function createCallStore(
  database: Database,
  keep: number,
): CallLog & CallCounts & { removeBefore(time: number): number } {
  return {
    async append(records) {
      const rows = records.map((record) => [
        record.serverId,
        record.principalId,
        record.method,
        record.tool,
        record.protocolVersion,
        record.outcome,
        record.startedAt,
        record.milliseconds,
        record.traceId,
      ])
      database.unsyncedTransaction(() => {
        database.runEach(INSERT, rows)
        database.run(TRIM, { keep })
      })
    },
    async countSince(time) {
      return database
        .all(
          `SELECT server_id, count(*) AS calls, count(*) FILTER (WHERE outcome <> 'ok') AS failed
             FROM calls WHERE started_at >= $time GROUP BY server_id`,
          { time },
        )
        .map((raw) => {
          const { server_id, calls, failed } = count.parse(raw)
          return { serverId: server_id, calls, failed }
        })
    },
    figures: async (id, time) => readCallFigures(database, id, time),
    removeBefore: (time) => database.run('DELETE FROM calls WHERE started_at < $time', { time }),
  }
}
