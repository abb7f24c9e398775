import { z } from 'zod'
import { AppError } from '../../domain/error.ts'
import type { ServerId } from '../../domain/id.ts'
import { serverUids, type UidBlock } from '../../domain/uid-block.ts'
import type { Uids } from '../../hosting/ports.ts'
import { integer } from './columns.ts'
import type { Database } from './database.ts'

const found = z.object({ uid: integer })
const owner = z.object({ id: z.string().transform((id) => id as ServerId) })

/** The lowest uid that no server has. It is given back only once nothing on disk belongs to it. */
export function createUidStore(database: Database, block: UidBlock): Uids {
  const { first, count } = serverUids(block)
  return {
    async allocate(serverId) {
      return database.transaction(() => {
        const own = database.get('SELECT uid FROM uids WHERE server_id = $serverId', { serverId })
        if (own) return found.parse(own).uid
        const free = database.get(
          `SELECT min(candidate) AS uid FROM (
             SELECT $first AS candidate UNION ALL SELECT uid + 1 FROM uids
           ) WHERE candidate NOT IN (SELECT uid FROM uids) AND candidate BETWEEN $first AND $last`,
          { first, last: first + count - 1 },
        )
        const uid = found.safeParse(free).data?.uid
        if (uid === undefined) {
          throw new AppError(
            'limit_reached',
            `All ${count} host uids of this platform are given to servers.`,
            {
              hint: 'Delete servers that are not needed any more.',
            },
          )
        }
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
