import { z } from 'zod'
import { OPERATION_STATUSES, type Operation } from '../../domain/deployment.ts'
import type { Operations } from '../../hosting/ports.ts'
import { errorBody, integer, jsonColumn, operationId, serverId, stages, versionId } from './columns.ts'
import type { Database, Parameters, Row } from './database.ts'
import { buildUpdate, encodeJson } from './statement.ts'
import { toolChanges } from './version-columns.ts'

const row = z.object({
  id: operationId,
  kind: z.literal('deploy'),
  server: z.string(),
  server_id: serverId.nullable(),
  version_id: versionId.nullable(),
  replaces: versionId.nullable(),
  status: z.enum(OPERATION_STATUSES),
  actor: z.string(),
  stages: jsonColumn(stages),
  error: jsonColumn(errorBody).nullable(),
  created_at: integer,
  ended_at: integer.nullable(),
  changes: jsonColumn(toolChanges).nullable(),
})

function parseOperation(raw: Row): Operation {
  const { server_id, version_id, created_at, ended_at, ...rest } = row.parse(raw)
  return { ...rest, serverId: server_id, versionId: version_id, createdAt: created_at, endedAt: ended_at }
}

export function createOperationStore(database: Database): Operations {
  return {
    async find(id) {
      const found = database.get('SELECT * FROM operations WHERE id = $id', { id })
      return found && parseOperation(found)
    },
    async list({ limit, ...filter }) {
      const given = Object.entries(filter).filter(([, value]) => value !== undefined)
      const where =
        given.length === 0 ? '' : `WHERE ${given.map(([key]) => `${key} = $${key}`).join(' AND ')}`
      const parameters: Parameters = { limit, ...Object.fromEntries(given) }
      return database
        .all(`SELECT * FROM operations ${where} ORDER BY created_at DESC, id DESC LIMIT $limit`, parameters)
        .map(parseOperation)
    },
    async listRunning() {
      return database
        .all(`SELECT * FROM operations WHERE status = 'running' ORDER BY created_at, id`)
        .map(parseOperation)
    },
    async create(operation) {
      database.run(
        `INSERT INTO operations VALUES ($id, $kind, $server, $serverId, $versionId, $replaces, $status, $actor,
           $stages, $error, $createdAt, $endedAt, $changes)`,
        {
          ...operation,
          stages: JSON.stringify(operation.stages),
          error: encodeJson(operation.error),
          changes: encodeJson(operation.changes),
        },
      )
    },
    async update(id, changes) {
      const update = buildUpdate('operations', { column: 'id', value: id }, changes, {
        kind: ['kind'],
        server: ['server'],
        serverId: ['server_id'],
        versionId: ['version_id'],
        replaces: ['replaces'],
        status: ['status'],
        actor: ['actor'],
        stages: ['stages', encodeJson],
        error: ['error', encodeJson],
        changes: ['changes', encodeJson],
        createdAt: ['created_at'],
        endedAt: ['ended_at'],
      })
      if (update) database.run(update.sql, update.parameters)
    },
    async removeEndedBefore(time) {
      return database.run('DELETE FROM operations WHERE ended_at < $time', { time })
    },
  }
}
