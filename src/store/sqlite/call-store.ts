import { z } from 'zod'
import type { CallLog } from '../../gateway/ports.ts'
import type { CallCounts } from '../../hosting/ports.ts'
import { integer, serverId } from './columns.ts'
import type { Database } from './database.ts'

const INSERT = `INSERT INTO calls (server_id, principal_id, method, tool, protocol_version, outcome, started_at, milliseconds)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?)`

const count = z.object({ server_id: serverId, calls: integer, failed: integer })

/** What was called, by whom, with what outcome and how long it took; never arguments or results. */
export function createCallStore(
  database: Database,
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
      ])
      database.unsyncedTransaction(() => database.runEach(INSERT, rows))
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
    removeBefore: (time) => database.run('DELETE FROM calls WHERE started_at < $time', { time }),
  }
}
