import { z } from 'zod'
import { CHANGES, DEFINITION_KINDS } from '../../domain/definition.ts'
import type { VersionId } from '../../domain/id.ts'
import type { PinRecord, Pins } from '../../hosting/ports.ts'
import { integer, jsonColumn, jsonObject, versionId } from './columns.ts'
import type { Database, Row } from './database.ts'

const kind = z.enum(DEFINITION_KINDS)
const definition = z.object({ kind, name: z.string(), content: jsonObject })
const drift = z.object({
  kind,
  name: z.string(),
  change: z.enum(CHANGES),
  before: definition.nullable(),
  after: definition.nullable(),
  seenAt: integer,
})
const row = z.object({
  version_id: versionId,
  facet: z.string(),
  definitions: jsonColumn(z.array(definition)),
  drift: jsonColumn(z.array(drift)),
  pinned_at: integer,
  pinned_by: z.string(),
})

function parsePins(raw: Row): PinRecord {
  const { version_id, pinned_at, pinned_by, ...rest } = row.parse(raw)
  return { ...rest, versionId: version_id, pinnedAt: pinned_at, pinnedBy: pinned_by }
}

export function createPinStore(database: Database): Pins {
  return {
    async find(ofVersion, facet) {
      const sql = 'SELECT * FROM pins WHERE version_id = $ofVersion AND facet = $facet'
      const found = database.get(sql, { ofVersion, facet })
      return found === null ? null : parsePins(found)
    },
    async list(ofVersion) {
      return database.all('SELECT * FROM pins WHERE version_id = $ofVersion', { ofVersion }).map(parsePins)
    },
    async listDrifted(versionIds) {
      const found = database.all(
        `SELECT * FROM pins WHERE drift <> '[]' AND version_id IN (SELECT value FROM json_each($ids))`,
        { ids: JSON.stringify(versionIds) },
      )
      const each = new Map<VersionId, PinRecord[]>()
      for (const record of found.map(parsePins)) {
        each.set(record.versionId, [...(each.get(record.versionId) ?? []), record])
      }
      return each
    },
    async save({ definitions, drift: drifted, ...record }) {
      // A version that was removed meanwhile keeps nothing.
      database.run(
        `INSERT INTO pins SELECT $versionId, $facet, $definitions, $drift, $pinnedAt, $pinnedBy
           FROM versions WHERE id = $versionId
         ON CONFLICT (version_id, facet) DO UPDATE SET definitions = excluded.definitions, drift = excluded.drift,
           pinned_at = excluded.pinned_at, pinned_by = excluded.pinned_by`,
        { ...record, definitions: JSON.stringify(definitions), drift: JSON.stringify(drifted) },
      )
    },
  }
}
