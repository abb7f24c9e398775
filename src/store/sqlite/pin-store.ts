import { z } from 'zod'
import { CHANGES, DEFINITION_KINDS } from '../../domain/definition.ts'
import type { Pins } from '../../hosting/ports.ts'
import { integer, jsonColumn, jsonObject, versionId } from './columns.ts'
import type { Database } from './database.ts'

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
  definitions: jsonColumn(z.array(definition)),
  drift: jsonColumn(z.array(drift)),
  pinned_at: integer,
  pinned_by: z.string(),
})

export function createPinStore(database: Database): Pins {
  return {
    async find(ofVersion) {
      const found = database.get('SELECT * FROM pins WHERE version_id = $ofVersion', { ofVersion })
      if (found === null) return null
      const { version_id, pinned_at, pinned_by, ...rest } = row.parse(found)
      return { ...rest, versionId: version_id, pinnedAt: pinned_at, pinnedBy: pinned_by }
    },
    async save({ definitions, drift: drifted, ...record }) {
      // A version that was removed meanwhile keeps nothing.
      database.run(
        `INSERT INTO pins SELECT $versionId, $definitions, $drift, $pinnedAt, $pinnedBy
           FROM versions WHERE id = $versionId
         ON CONFLICT (version_id) DO UPDATE SET definitions = excluded.definitions, drift = excluded.drift,
           pinned_at = excluded.pinned_at, pinned_by = excluded.pinned_by`,
        { ...record, definitions: JSON.stringify(definitions), drift: JSON.stringify(drifted) },
      )
    },
  }
}
