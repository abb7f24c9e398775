import { z } from 'zod'
import { OTHER_PLACES } from '../../domain/egress-rule.ts'
import type { ServerId } from '../../domain/id.ts'
import type { EgressChange, EgressCount, EgressCounts } from '../../hosting/ports.ts'
import { integer, serverId as idColumn } from './columns.ts'
import type { Database } from './database.ts'

/** A server names places as it likes: beyond this many the rest is counted together. */
const MAX_PLACES = 200

const row = z.object({
  server_id: idColumn,
  host: z.string(),
  port: integer,
  sent_bytes: integer,
  received_bytes: integer,
  connections: integer,
  refused: integer,
  last_reason: z.string().nullable(),
  first_at: integer,
  last_at: integer,
})
const known = z.object({ connections: integer })
const places = z.object({ count: integer })

function buildCount({ host, port, connections, refused, ...found }: z.output<typeof row>): EgressCount {
  return {
    host,
    port,
    sentBytes: found.sent_bytes,
    receivedBytes: found.received_bytes,
    connections,
    refused,
    lastReason: found.last_reason,
    firstAt: found.first_at,
    lastAt: found.last_at,
  }
}

/** Counts are not synced one by one: a power failure may take the last seconds of them. */
export function createEgressStore(database: Database): EgressCounts {
  const findConnections = (serverId: ServerId, host: string, port: number): number | null => {
    const found = database.get(
      'SELECT connections FROM egress WHERE server_id = $serverId AND host = $host AND port = $port',
      { serverId, host, port },
    )
    return found && known.parse(found).connections
  }
  const hasRoom = (serverId: ServerId) => {
    const found = database.get('SELECT count(*) AS count FROM egress WHERE server_id = $serverId', {
      serverId,
    })
    return places.parse(found).count < MAX_PLACES
  }
  const addOne = (serverId: ServerId, change: EgressChange): boolean => {
    const before = findConnections(serverId, change.host, change.port)
    const fits = before !== null || hasRoom(serverId)
    const { host, port } = fits ? change : OTHER_PLACES
    const written = database.run(
      `INSERT INTO egress SELECT $serverId, $host, $port, $sentBytes, $receivedBytes, $connections, $refused,
           $lastReason, $at, $at WHERE EXISTS (SELECT 1 FROM servers WHERE id = $serverId)
         ON CONFLICT DO UPDATE SET sent_bytes = sent_bytes + $sentBytes,
           received_bytes = received_bytes + $receivedBytes, connections = connections + $connections,
           refused = refused + $refused, last_reason = coalesce($lastReason, last_reason), last_at = $at`,
      { ...change, serverId, host, port },
    )
    return written > 0 && fits && change.connections > 0 && (before ?? 0) === 0
  }
  return {
    async add(serverId, changes) {
      return database.unsyncedTransaction(() => changes.filter((change) => addOne(serverId, change)))
    },
    async listEach(serverIds, limit) {
      const latest = `row_number() OVER (PARTITION BY server_id ORDER BY last_at DESC, host)`
      const rows = database.all(
        `SELECT * FROM (SELECT *, ${latest} AS place FROM egress
           WHERE server_id IN (SELECT value FROM json_each($ids))) WHERE place <= $limit ORDER BY place`,
        { ids: JSON.stringify(serverIds), limit },
      )
      const each = new Map<ServerId, EgressCount[]>()
      for (const found of rows.map((raw) => row.parse(raw))) {
        const list = each.get(found.server_id) ?? []
        list.push(buildCount(found))
        each.set(found.server_id, list)
      }
      return each
    },
  }
}
