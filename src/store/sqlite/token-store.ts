import { z } from 'zod'
import type { TokenRecord, Tokens } from '../../access/ports.ts'
import { integer, jsonColumn, tokenId } from './columns.ts'
import type { Database, Row } from './database.ts'

const row = z.object({
  id: tokenId,
  name: z.string(),
  hash: z.string(),
  grants: jsonColumn(z.array(z.string())),
  created_at: integer,
  created_by: z.string(),
  expires_at: integer.nullable(),
  last_used_at: integer.nullable(),
})

function parseToken(raw: Row): TokenRecord {
  const { created_at, created_by, expires_at, last_used_at, ...rest } = row.parse(raw)
  return {
    ...rest,
    createdAt: created_at,
    createdBy: created_by,
    expiresAt: expires_at,
    lastUsedAt: last_used_at,
  }
}

export function createTokenStore(database: Database): Tokens {
  return {
    async list() {
      return database.all('SELECT * FROM tokens ORDER BY created_at, id').map(parseToken)
    },
    async create(token) {
      database.run(
        `INSERT INTO tokens VALUES ($id, $name, $hash, $grants, $createdAt, $createdBy, $expiresAt, $lastUsedAt)`,
        { ...token, grants: JSON.stringify(token.grants) },
      )
    },
    async update(id, { lastUsedAt }) {
      database.run('UPDATE tokens SET last_used_at = $lastUsedAt WHERE id = $id', { id, lastUsedAt })
    },
    async remove(id) {
      database.run('DELETE FROM tokens WHERE id = $id', { id })
    },
  }
}
