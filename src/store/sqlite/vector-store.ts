import { z } from 'zod'
import { CONFIDENTIALITY } from '../../domain/memory.ts'
import type { VectorRecords } from '../../embed/ports.ts'
import { integer } from './columns.ts'
import type { Database } from './database.ts'
import type { MemoryReader } from './memory-reader.ts'

const latest = z.object({ rid: integer })
const waiting = z.object({ rid: integer, id: z.string(), content: z.string(), context: z.string() })

/** Characters: more than any model gets, so that a secret which is cut here does not leave. */
const BEGINNING = 8_192

/** What may leave: what other platforms may have too, and at most what the setting says. */
export const MAY_BE_EMBEDDED = 'm.deleted_at IS NULL AND m.share = 1 AND m.confidentiality <= $level'

export function createVectorStore(database: Database, reader: MemoryReader): VectorRecords {
  return {
    latest: () => latest.parse(database.get('SELECT coalesce(max(rid), 0) AS rid FROM memories')).rid,
    listWaiting: ({ space, from, to, level, isNewestFirst, limit }) =>
      database
        .all(
          `SELECT m.rid, m.id, substr(m.content, 1, ${BEGINNING}) AS content, substr(m.context, 1, ${BEGINNING}) AS context
             FROM memories m LEFT JOIN memory_vectors v ON v.rid = m.rid
             WHERE m.rid BETWEEN $from AND $to AND (v.space IS NULL OR v.space <> $space) AND ${MAY_BE_EMBEDDED}
             ORDER BY m.rid ${isNewestFirst ? 'DESC' : 'ASC'} LIMIT $limit`,
          { from, to, space, limit, level: CONFIDENTIALITY.indexOf(level) },
        )
        .map((raw) => {
          const { rid, id, content, context } = waiting.parse(raw)
          return { rid, id, text: context === '' ? content : `${content}\n\n${context}` }
        }),
    put(space, level, vectors) {
      // Nothing is lost that could not be asked for again.
      database.unsyncedTransaction(() => {
        for (const { id, packed } of vectors) {
          database.run(
            `INSERT OR REPLACE INTO memory_vectors (rid, space, e)
               SELECT m.rid, $space, $packed FROM memories m WHERE m.id = $id AND ${MAY_BE_EMBEDDED}`,
            { id, space, packed, level: CONFIDENTIALITY.indexOf(level) },
          )
        }
      })
    },
    async warm(space) {
      while (await reader.ask('loadVectors', space)) continue
    },
    count: (space, level) => reader.ask('countVectors', space, level),
  }
}
