import { z } from 'zod'
import type { Version } from '../../domain/server.ts'
import type { Versions } from '../../hosting/ports.ts'
import {
  archiveFormat,
  detection,
  eraList,
  integer,
  jsonColumn,
  memoColumn,
  serverConfig,
  serverId,
  versionId,
} from './columns.ts'
import type { Database, Row } from './database.ts'
import { review, versionScan } from './scan-columns.ts'
import { versionDoor, versionFailure } from './version-columns.ts'
import { encodeJson } from './statement.ts'

const row = z.object({
  id: versionId,
  server_id: serverId,
  number: integer,
  tree_hash: z.string(),
  archive_hash: z.string(),
  archive_format: archiveFormat,
  archive_bytes: integer,
  config: memoColumn(serverConfig),
  detection: memoColumn(detection),
  created_at: integer,
  created_by: z.string(),
  scan: memoColumn(versionScan).nullable(),
  review: jsonColumn(review).nullable(),
  eras: jsonColumn(eraList).nullable(),
  failure: jsonColumn(versionFailure).nullable(),
  created_via: versionDoor.nullable(),
})

const treeUsers = z.object({ tree_hash: z.string(), users: integer })
const failed = z.object({ server_id: serverId, number: integer, failure: jsonColumn(versionFailure) })

function parseVersion(raw: Row): Version {
  const parsed = row.parse(raw)
  return {
    id: parsed.id,
    serverId: parsed.server_id,
    number: parsed.number,
    treeHash: parsed.tree_hash,
    archiveHash: parsed.archive_hash,
    archiveFormat: parsed.archive_format,
    archiveBytes: parsed.archive_bytes,
    config: parsed.config,
    detection: parsed.detection,
    createdAt: parsed.created_at,
    createdBy: parsed.created_by,
    scan: parsed.scan,
    review: parsed.review,
    eras: parsed.eras,
    failure: parsed.failure,
    createdVia: parsed.created_via,
  }
}

export function createVersionStore(database: Database): Versions {
  return {
    async find(id) {
      const found = database.get('SELECT * FROM versions WHERE id = $id', { id })
      return found && parseVersion(found)
    },
    async findEach(ids) {
      const found = database.all('SELECT * FROM versions WHERE id IN (SELECT value FROM json_each($ids))', {
        ids: JSON.stringify(ids),
      })
      return new Map(found.map(parseVersion).map((version) => [version.id, version]))
    },
    async list(ofServer) {
      return database
        .all('SELECT * FROM versions WHERE server_id = $ofServer ORDER BY number DESC', { ofServer })
        .map(parseVersion)
    },
    async findFailedEach(serverIds) {
      // Rising, so that the last one of a server is what stays in the map.
      const found = database.all(
        `SELECT server_id, number, failure FROM versions WHERE failure IS NOT NULL
           AND server_id IN (SELECT value FROM json_each($ids)) ORDER BY number`,
        { ids: JSON.stringify(serverIds) },
      )
      return new Map(found.map((raw) => failed.parse(raw)).map(({ server_id, ...rest }) => [server_id, rest]))
    },
    async create(version) {
      database.run(
        `INSERT INTO versions VALUES ($id, $serverId, $number, $treeHash, $archiveHash, $archiveFormat,
           $archiveBytes, $config, $detection, $createdAt, $createdBy, $scan, $review, $eras, $failure, $createdVia)`,
        {
          ...version,
          config: JSON.stringify(version.config),
          detection: JSON.stringify(version.detection),
          scan: encodeJson(version.scan),
          review: encodeJson(version.review),
          eras: encodeJson(version.eras),
          failure: encodeJson(version.failure),
        },
      )
    },
    async setReview(id, state) {
      database.run('UPDATE versions SET review = $state WHERE id = $id', { id, state: JSON.stringify(state) })
    },
    async setEras(id, eras) {
      database.run('UPDATE versions SET eras = $eras WHERE id = $id', { id, eras: JSON.stringify(eras) })
    },
    async setFailure(id, failure) {
      database.run('UPDATE versions SET failure = $failure WHERE id = $id', {
        id,
        failure: encodeJson(failure),
      })
    },
    async remove(id) {
      database.run('DELETE FROM versions WHERE id = $id', { id })
    },
    async countTreeUsers() {
      const rows = database.all(
        'SELECT tree_hash, count(DISTINCT server_id) AS users FROM versions GROUP BY tree_hash',
      )
      return new Map(rows.map((found) => treeUsers.parse(found)).map((each) => [each.tree_hash, each.users]))
    },
    async listTreeHashes() {
      return database
        .all('SELECT DISTINCT tree_hash FROM versions ORDER BY tree_hash')
        .map((found) => z.object({ tree_hash: z.string() }).parse(found).tree_hash)
    },
  }
}
