import { z } from 'zod'
import { HUB_ID } from '../../domain/hub.ts'
import type { SessionRecord, Sessions } from '../../gateway/ports.ts'
import { integer, jsonColumn, jsonObject, processKey, serverId } from './columns.ts'
import type { Database, Row } from './database.ts'
import { buildUpdate, encodeJson } from './statement.ts'

const row = z.object({
  id: z.string(),
  principal_id: z.string(),
  server_id: serverId.nullable(),
  protocol_version: z.string(),
  initialize_params: jsonColumn(jsonObject),
  log_level: z.string().nullable(),
  subscriptions: jsonColumn(z.array(z.string())),
  created_at: integer,
  last_used_at: integer,
  process_key: jsonColumn(processKey).nullable(),
  instance_id: z.string().nullable(),
})

function parseSession(raw: Row): SessionRecord {
  const parsed = row.parse(raw)
  return {
    id: parsed.id,
    principalId: parsed.principal_id,
    serverId: parsed.server_id ?? HUB_ID,
    protocolVersion: parsed.protocol_version,
    initializeParams: parsed.initialize_params,
    logLevel: parsed.log_level,
    subscriptions: parsed.subscriptions,
    createdAt: parsed.created_at,
    lastUsedAt: parsed.last_used_at,
    processKey: parsed.process_key,
    instanceId: parsed.instance_id,
  }
}

/** A server's sessions go with its row; the hub's have none. */
export function createSessionStore(database: Database): Sessions {
  return {
    async list() {
      return database.all('SELECT * FROM sessions ORDER BY created_at, id').map(parseSession)
    },
    async create(session) {
      database.run(
        `INSERT INTO sessions VALUES ($id, $principalId, $serverId, $protocolVersion, $initializeParams,
           $logLevel, $subscriptions, $createdAt, $lastUsedAt, $processKey, $instanceId)`,
        {
          ...session,
          serverId: session.serverId === HUB_ID ? null : session.serverId,
          initializeParams: JSON.stringify(session.initializeParams),
          subscriptions: JSON.stringify(session.subscriptions),
          processKey: encodeJson(session.processKey),
        },
      )
    },
    async update(id, changes) {
      const update = buildUpdate('sessions', { column: 'id', value: id }, changes, {
        lastUsedAt: ['last_used_at'],
        logLevel: ['log_level'],
        subscriptions: ['subscriptions', encodeJson],
      })
      if (update) database.run(update.sql, update.parameters)
    },
    async remove(id) {
      database.run('DELETE FROM sessions WHERE id = $id', { id })
    },
  }
}
