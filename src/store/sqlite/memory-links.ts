import { z } from 'zod'
import {
  LINKS,
  type Confidentiality,
  type Follows,
  type MemoryLink,
  type NewLink,
  type Reader,
} from '../../domain/memory.ts'
import { integer } from './columns.ts'
import type { Database } from './database.ts'
import { buildWhere } from './memory-columns.ts'

/** Of one memory, each way. */
const SHOWN = 50

const link = z.object({
  rel: z.enum(LINKS),
  id: z.string(),
  kind: z.string(),
  content: z.string(),
  created_at: integer,
})

export function createMemoryLinks(database: Database) {
  const add = (src: string, { rel, to }: NewLink) => {
    if (src === to) return
    database.run('INSERT OR IGNORE INTO memory_links VALUES ($src, $rel, $dst)', { src, rel, dst: to })
  }
  return {
    add,
    /** To the newest memory that `follows` describes, where there is one. */
    follow(src: string, { rel, tag, kind }: Follows) {
      const found = database.get(
        `SELECT m.id AS id FROM memory_tags t CROSS JOIN memories m ON m.rid = t.rid
           WHERE t.tag = $tag AND m.kind = $kind AND m.id <> $src AND m.deleted_at IS NULL
           ORDER BY m.last_seen DESC, m.rid DESC LIMIT 1`,
        { tag: tag.toLowerCase(), kind, src },
      )
      if (found !== null) add(src, { rel, to: String(found['id']) })
    },
    /** Both ways, as far as this reader may see the other end. */
    list(id: string, ceiling: Confidentiality, reader: Reader, now: number): readonly MemoryLink[] {
      const { sql, parameters } = buildWhere({ ceiling, reader }, now)
      const read = (own: 'src' | 'dst', other: 'src' | 'dst') =>
        database
          .all(
            `SELECT l.rel, m.id, m.kind, m.content, m.created_at FROM memory_links l
               CROSS JOIN memories m ON m.id = l.${other}
               WHERE l.${own} = $id AND ${sql} ORDER BY m.created_at, m.rid LIMIT ${SHOWN}`,
            { ...parameters, id },
          )
          .map((raw): MemoryLink => {
            const { created_at, ...rest } = link.parse(raw)
            return { ...rest, createdAt: created_at, isBack: own === 'dst' }
          })
      return [...read('src', 'dst'), ...read('dst', 'src')]
    },
  }
}
