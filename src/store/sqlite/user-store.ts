import { z } from 'zod'
import type { Identity, UserRecord, Users } from '../../access/ports.ts'
import { ROLES } from '../../domain/role.ts'
import { integer, jsonColumn, userId } from './columns.ts'
import type { Database, Row } from './database.ts'
import { buildUpdate } from './statement.ts'

const row = z.object({
  id: userId,
  name: z.string(),
  role: z.enum(ROLES),
  password_hash: z.string().nullable(),
  identity: jsonColumn(z.object({ issuer: z.string(), subject: z.string() })).nullable(),
  created_at: integer,
  created_by: z.string(),
  last_login_at: integer.nullable(),
})

function parseUser(raw: Row): UserRecord {
  const { password_hash, created_at, created_by, last_login_at, ...rest } = row.parse(raw)
  return {
    ...rest,
    passwordHash: password_hash,
    createdAt: created_at,
    createdBy: created_by,
    lastLoginAt: last_login_at,
  }
}

/** The keys in one order: the column is unique as text. */
function encodeIdentity(identity: Identity | null): string | null {
  return identity === null ? null : JSON.stringify({ issuer: identity.issuer, subject: identity.subject })
}

export function createUserStore(database: Database): Users {
  return {
    async list() {
      return database.all('SELECT * FROM users ORDER BY created_at, id').map(parseUser)
    },
    async create(user) {
      database.run(
        `INSERT INTO users VALUES ($id, $name, $role, $passwordHash, $identity, $createdAt, $createdBy, $lastLoginAt)`,
        { ...user, identity: encodeIdentity(user.identity) },
      )
    },
    async update(id, changes) {
      const update = buildUpdate('users', { column: 'id', value: id }, changes, {
        role: ['role'],
        passwordHash: ['password_hash'],
        lastLoginAt: ['last_login_at'],
        identity: ['identity', encodeIdentity],
      })
      if (update) database.run(update.sql, update.parameters)
    },
    async remove(id) {
      database.run('DELETE FROM users WHERE id = $id', { id })
    },
  }
}
