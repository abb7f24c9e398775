/** Questions about memories that may take longer than the event loop has: each is one call, with plain data both ways. */
import { z } from 'zod'
import {
  CATEGORIES,
  CONFIDENTIALITY,
  type Confidentiality,
  type Memory,
  type MemoryFilter,
  type MemoryPage,
  type MemoryStats,
  type Reader,
} from '../../domain/memory.ts'
import { integer } from './columns.ts'
import type { Database, Parameters } from './database.ts'
import { buildWhere, parseMemory } from './memory-columns.ts'
import { createMemorySearch } from './memory-search.ts'
import { MAY_BE_EMBEDDED } from './vector-store.ts'

const total = z.object({ n: integer })
const categoryRow = z.object({
  category: z.enum(CATEGORIES),
  count: integer,
  oldest: integer,
  newest: integer,
})
const nodeRow = z.object({ node: z.string(), count: integer, newestAt: integer })
/** Nobody pages further, and counting all of them would take as long as they are many. */
const MAX_TOTAL = 10_100

export type MemoryReads = ReturnType<typeof createMemoryReads>

export function createMemoryReads(database: Database, node: string) {
  const { search, loadVectors } = createMemorySearch(database, node)
  return {
    search,
    loadVectors,
    recent(
      filter: MemoryFilter,
      { limit, offset }: MemoryPage,
      now: number,
    ): { readonly items: readonly Memory[]; readonly total: number } {
      const { sql, parameters } = buildWhere(filter, now)
      const found = database.all(
        `SELECT m.* FROM memories m WHERE ${sql} ORDER BY m.last_seen DESC, m.rid DESC LIMIT $limit OFFSET $offset`,
        { ...parameters, limit, offset },
      )
      const counted = database.get(
        `SELECT count(*) AS n FROM (SELECT 1 FROM memories m WHERE ${sql} LIMIT ${MAX_TOTAL})`,
        parameters,
      )
      return { items: found.map(parseMemory), total: total.parse(counted).n }
    },
    countVectors(space: string, level: Confidentiality) {
      const count = (sql: string, parameters: Parameters) => total.parse(database.get(sql, parameters)).n
      return {
        stored: count('SELECT count(*) AS n FROM memory_vectors WHERE space = $space', { space }),
        eligible: count(`SELECT count(*) AS n FROM memories m WHERE ${MAY_BE_EMBEDDED}`, {
          level: CONFIDENTIALITY.indexOf(level),
        }),
      }
    },
    stats(ceiling: Confidentiality, reader: Reader, now: number): MemoryStats {
      const { sql, parameters } = buildWhere({ ceiling, reader }, now)
      const rows = database
        .all(
          `SELECT m.category AS category, count(*) AS count, min(m.created_at) AS oldest, max(m.last_seen) AS newest
             FROM memories m WHERE ${sql} GROUP BY m.category ORDER BY m.category`,
          parameters,
        )
        .map((raw) => categoryRow.parse(raw))
      const nodes = database
        .all(
          `SELECT m.node_id AS node, count(*) AS count, max(m.last_seen) AS newestAt
             FROM memories m WHERE ${sql} GROUP BY m.node_id ORDER BY m.node_id`,
          parameters,
        )
        .map((raw) => nodeRow.parse(raw))
      return {
        categories: rows.map(({ category, count }) => ({ category, count })),
        nodes,
        oldestAt: rows.length === 0 ? null : Math.min(...rows.map(({ oldest }) => oldest)),
        newestAt: rows.length === 0 ? null : Math.max(...rows.map(({ newest }) => newest)),
      }
    },
  }
}
