import { z } from 'zod'
import type { LoginSession, LoginSessions } from '../../access/ports.ts'
import { integer, sessionId, userId } from './columns.ts'
import type { Database, Row } from './database.ts'

const row = z.object({
  id: sessionId,
  hash: z.string(),
  user_id: userId,
  created_at: integer,
  last_used_at: integer,
  expires_at: integer,
  ip: z.string().nullable(),
  user_agent: z.string().nullable(),
})

function parseSession(raw: Row): LoginSession {
  const parsed = row.parse(raw)
  return {
    id: parsed.id,
    hash: parsed.hash,
    userId: parsed.user_id,
    createdAt: parsed.created_at,
    lastUsedAt: parsed.last_used_at,
    expiresAt: parsed.expires_at,
    ip: parsed.ip,
    userAgent: parsed.user_agent,
  }
}

/** A person's sessions go with the account's row. */
export function createLoginSessionStore(database: Database): LoginSessions {
  return {
    async list() {
      return database.all('SELECT * FROM login_sessions ORDER BY created_at, id').map(parseSession)
    },
    async create(session) {
      database.run(
        `INSERT INTO login_sessions VALUES ($id, $hash, $userId, $createdAt, $lastUsedAt, $expiresAt, $ip, $userAgent)`,
        { ...session },
      )
    },
    async update(id, { lastUsedAt }) {
      database.run('UPDATE login_sessions SET last_used_at = $lastUsedAt WHERE id = $id', { id, lastUsedAt })
    },
    async remove(id) {
      database.run('DELETE FROM login_sessions WHERE id = $id', { id })
    },
  }
}
