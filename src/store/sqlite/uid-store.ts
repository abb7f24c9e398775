import { z } from 'zod'
import type { ServerId } from '../../domain/id.ts'
import type { Uids } from '../../hosting/ports.ts'
import { integer } from './columns.ts'
import type { Database } from './database.ts'

/** Above what distributions, containers' subuid ranges and systemd's dynamic users hand out by default. */
const FIRST_UID = 210_000

const found = z.object({ uid: integer })
const owner = z.object({ id: z.string().transform((id) => id as ServerId) })

/** The lowest uid that no server has. It is given back only once nothing on disk belongs to it. */
export function createUidStore(database: Database): Uids {
  return {
    async allocate(serverId) {
      return database.transaction(() => {
        const own = database.get('SELECT uid FROM uids WHERE server_id = $serverId', { serverId })
        if (own) return found.parse(own).uid
        const free = database.get(
          `SELECT min(candidate) AS uid FROM (
             SELECT $first AS candidate UNION ALL SELECT uid + 1 FROM uids
           ) WHERE candidate NOT IN (SELECT uid FROM uids)`,
          { first: FIRST_UID },
        )
        const { uid } = found.parse(free)
        database.run('INSERT INTO uids VALUES ($uid, $serverId)', { uid, serverId })
        return uid
      })
    },
    async list() {
      return database.all('SELECT server_id AS id FROM uids', {}).map((row) => owner.parse(row).id)
    },
    async release(serverId) {
      database.run('DELETE FROM uids WHERE server_id = $serverId', { serverId })
    },
  }
}
