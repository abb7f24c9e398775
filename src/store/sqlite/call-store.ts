import { z } from 'zod'
import type { CallLog } from '../../gateway/ports.ts'
import type { CallCounts } from '../../hosting/ports.ts'
import { integer, serverId } from './columns.ts'
import type { Database } from './database.ts'

const count = z.object({ server_id: serverId, calls: integer, failed: integer })

/** What was called, by whom, with what outcome and how long it took; never arguments or results. */
export function createCallStore(
  database: Database,
): CallLog & CallCounts & { removeBefore(time: number): number } {
  return {
    async append(records) {
      database.unsyncedTransaction(() => {
        for (const record of records) {
          database.run(
            `INSERT INTO calls VALUES ($serverId, $principalId, $method, $tool, $protocolVersion, $outcome,
               $startedAt, $milliseconds)`,
            record,
          )
        }
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
    removeBefore: (time) => database.run('DELETE FROM calls WHERE started_at < $time', { time }),
  }
}
