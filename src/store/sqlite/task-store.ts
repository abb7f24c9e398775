import { z } from 'zod'
import type { TaskRecord, Tasks } from '../../gateway/ports.ts'
import { integer, jsonColumn, processKey, serverId } from './columns.ts'
import type { Database, Row } from './database.ts'

const row = z.object({
  server_id: serverId,
  task_id: z.string(),
  principal_id: z.string(),
  process_key: jsonColumn(processKey),
  tool: z.string().nullable(),
  created_at: integer,
  expires_at: integer,
})

function parseTask(raw: Row): TaskRecord {
  const parsed = row.parse(raw)
  return {
    serverId: parsed.server_id,
    taskId: parsed.task_id,
    principalId: parsed.principal_id,
    key: parsed.process_key,
    tool: parsed.tool,
    createdAt: parsed.created_at,
    expiresAt: parsed.expires_at,
  }
}

/** A server's tasks go with its row. */
export function createTaskStore(database: Database): Tasks {
  return {
    async find(ofServer, taskId) {
      const sql = 'SELECT * FROM tasks WHERE server_id = $ofServer AND task_id = $taskId'
      const found = database.get(sql, { ofServer, taskId })
      return found && parseTask(found)
    },
    async create({ key, ...task }, keep) {
      return database.transaction(() => {
        const { serverId: server, principalId, createdAt: now } = task
        database.run('DELETE FROM tasks WHERE expires_at <= $now', { now })
        const added = database.run(
          `INSERT INTO tasks VALUES ($serverId, $taskId, $principalId, $key, $tool, $createdAt, $expiresAt)
           ON CONFLICT DO NOTHING`,
          { ...task, key: JSON.stringify(key) },
        )
        database.run(
          `DELETE FROM tasks WHERE server_id = $server AND principal_id = $principalId AND task_id NOT IN
             (SELECT task_id FROM tasks WHERE server_id = $server AND principal_id = $principalId
              ORDER BY created_at DESC, rowid DESC LIMIT $keep)`,
          { server, principalId, keep },
        )
        return added > 0
      })
    },
  }
}
