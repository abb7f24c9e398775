import { z } from 'zod'
import type { ParkRecord, Parks } from '../../gateway/ports.ts'
import { integer, serverId } from './columns.ts'
import type { Database, Row } from './database.ts'

const row = z.object({
  handle: z.string(),
  principal_id: z.string(),
  server_id: serverId,
  expires_at: integer,
  sealed: z.string(),
})

function parsePark(raw: Row): ParkRecord {
  const { handle, principal_id, server_id, expires_at, sealed } = row.parse(raw)
  return { handle, principalId: principal_id, serverId: server_id, expiresAt: expires_at, sealed }
}

/** Not synced: a power failure that takes a park has taken its process as well. A server's parks go with its row. */
export function createParkStore(database: Database): Parks {
  return {
    async list() {
      return database.all('SELECT * FROM parks ORDER BY expires_at, handle').map(parsePark)
    },
    async put(park) {
      database.unsyncedTransaction(() =>
        database.run(
          'INSERT OR REPLACE INTO parks VALUES ($handle, $principalId, $serverId, $expiresAt, $sealed)',
          park,
        ),
      )
    },
    async remove(handle) {
      database.unsyncedTransaction(() => database.run('DELETE FROM parks WHERE handle = $handle', { handle }))
    },
  }
}
