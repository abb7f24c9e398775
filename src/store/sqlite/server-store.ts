import { z } from 'zod'
import { AppError } from '../../domain/error.ts'
import { DESIRED_STATES } from '../../domain/server-state.ts'
import { FOR_GOOD, type Lifetime } from '../../domain/lifetime.ts'
import type { Server } from '../../domain/server.ts'
import type { Servers } from '../../hosting/ports.ts'
import { integer, jsonColumn, memoColumn, overrides, serverId, serverState, versionId } from './columns.ts'
import type { Database, Row } from './database.ts'
import { buildUpdate, encodeJson } from './statement.ts'
import { versionWatch } from './version-columns.ts'

const lifetime: z.ZodType<Lifetime> = z.object({
  expiresAt: integer.nullable(),
  announcedAt: integer.nullable(),
  archived: z.object({ at: integer, why: z.string() }).nullable(),
})

const row = z.object({
  id: serverId,
  name: z.string(),
  desired: z.enum(DESIRED_STATES),
  active_version: versionId.nullable(),
  uid: integer.nullable(),
  overrides: memoColumn(overrides),
  last_state: memoColumn(serverState),
  restarts: integer,
  lifetime: memoColumn(lifetime).nullable(),
  created_at: integer,
  updated_at: integer,
  watch: jsonColumn(versionWatch).nullable(),
})

const count = z.object({ total: integer })
const IS_ARCHIVED = `coalesce(json_extract(lifetime, '$.archived'), '') <> ''`

const wishRow = row.pick({ id: true, name: true, desired: true, active_version: true })

function parseServer(raw: Row): Server {
  const { active_version, last_state, created_at, updated_at, ...rest } = row.parse(raw)
  return {
    ...rest,
    activeVersion: active_version,
    lastState: last_state,
    lifetime: rest.lifetime ?? FOR_GOOD,
    createdAt: created_at,
    updatedAt: updated_at,
  }
}

export function createServerStore(database: Database): Servers {
  const readByName = (name: string) => {
    const found = database.get('SELECT * FROM servers WHERE name = $name', { name })
    return found && parseServer(found)
  }
  const readAll = () => database.all('SELECT * FROM servers ORDER BY name').map(parseServer)
  return {
    async find(id) {
      const found = database.get('SELECT * FROM servers WHERE id = $id', { id })
      return found && parseServer(found)
    },
    async findByName(name) {
      const server = readByName(name)
      return server?.lifetime.archived === null ? server : null
    },
    async list() {
      return readAll().filter(({ lifetime }) => lifetime.archived === null)
    },
    async listPage({ isArchived, after, limit }) {
      const which = isArchived ? IS_ARCHIVED : `NOT ${IS_ARCHIVED}`
      const found = database.all(
        `SELECT * FROM servers WHERE name > $after AND ${which} ORDER BY name LIMIT $limit`,
        { after: after ?? '', limit },
      )
      const { total } = count.parse(database.get(`SELECT count(*) AS total FROM servers WHERE ${which}`))
      return { servers: found.map(parseServer), total }
    },
    async findArchived(name) {
      const server = readByName(name)
      return server === null || server.lifetime.archived === null ? null : server
    },
    async listArchived() {
      return readAll().filter(({ lifetime }) => lifetime.archived !== null)
    },
    async listWishes() {
      return database
        .all(
          `SELECT id, name, desired, active_version FROM servers
           WHERE lifetime IS NULL OR json_extract(lifetime, '$.archived') IS NULL`,
        )
        .map((raw) => wishRow.parse(raw))
        .map(({ id, name, desired, active_version }) => ({
          serverId: id,
          server: name,
          desired,
          activeVersion: active_version,
        }))
    },
    async create(server) {
      const added = database.run(
        `INSERT INTO servers (id, name, desired, active_version, uid, overrides, last_state, restarts, created_at,
           updated_at, lifetime, watch) VALUES ($id, $name, $desired, $activeVersion, $uid, $overrides, $lastState,
           $restarts, $createdAt, $updatedAt, $lifetime, $watch) ON CONFLICT (name) DO NOTHING`,
        {
          ...server,
          overrides: JSON.stringify(server.overrides),
          lastState: JSON.stringify(server.lastState),
          lifetime: JSON.stringify(server.lifetime),
          watch: encodeJson(server.watch),
        },
      )
      if (added === 0) throw new AppError('conflict', `A server named "${server.name}" exists already.`)
    },
    async update(id, changes) {
      const update = buildUpdate('servers', { column: 'id', value: id }, changes, {
        name: ['name'],
        desired: ['desired'],
        activeVersion: ['active_version'],
        uid: ['uid'],
        overrides: ['overrides', encodeJson],
        lastState: ['last_state', encodeJson],
        restarts: ['restarts'],
        lifetime: ['lifetime', encodeJson],
        createdAt: ['created_at'],
        updatedAt: ['updated_at'],
        watch: ['watch', encodeJson],
      })
      if (update) database.run(update.sql, update.parameters)
    },
    async remove(id) {
      database.run('DELETE FROM servers WHERE id = $id', { id })
    },
  }
}
