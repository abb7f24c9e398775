/** Finds memories: by the index of words, and by exact id, server and tag. */
import { z } from 'zod'
import { CATEGORIES, type MemoryFilter, type MemoryPage, type SearchedMemories } from '../../domain/memory.ts'
import type { Near } from '../../domain/meaning.ts'
import { rankMemories, type Candidate } from '../../domain/rank-memories.ts'
import { integer } from './columns.ts'
import type { Database, Row } from './database.ts'
import { buildWhere, parseMemory } from './memory-columns.ts'
import { buildMatch, createWordChooser, splitQuestion } from './memory-words.ts'
import { createVectorIndex } from './vector-index.ts'

/** Of each way to match. `total` of a search is never beyond all of them. */
const CANDIDATES = 200
/** Of the index of words, before it is asked which of them may be seen. */
const BEST = 400
/** Words that stand nearly everywhere tell nothing of what is older. */
const NEWEST = 20_000
/** What another platform wrote counts for so much. */
const FOREIGN = 0.5
/** Words that are looked up as the name of a server or a tag. */
const MAX_EXACT = 8

const candidate = z.object({
  rid: integer,
  category: z.enum(CATEGORIES),
  last_seen: integer,
  importance: z.number(),
  node_id: z.string(),
})
const LAST = 'SELECT coalesce(max(rid), 0) AS rid FROM memories'
const COLUMNS = 'm.rid, m.category, m.last_seen, m.importance, m.node_id'

const MATCHED = 'memories_fts MATCH $match AND memories_fts.rowid > $after'
const WEIGHED = 'bm25(memories_fts, 1.0, 0.5, 2.0)'

/**
 * Both ways read the index of words first and then each memory by its key; the other way round, as the planner would
 * have it where an index of `memories` fits the filter, each of those is looked up in the index of words, which takes
 * minutes. CROSS JOIN keeps the order; a test looks at the plan.
 *
 * This one weighs what passes the filter alone.
 */
export function buildFilteredSql(where: string): string {
  return `SELECT ${COLUMNS} FROM memories_fts CROSS JOIN memories m ON m.rid = memories_fts.rowid
    WHERE ${MATCHED} AND ${where} ORDER BY ${WEIGHED}, m.rid DESC LIMIT ${CANDIDATES}`
}

/** This one weighs all and looks at the best alone; `seen` says how many those were. */
export function buildBestSql(where: string): string {
  return `WITH h AS MATERIALIZED (
      SELECT memories_fts.rowid AS rid, ${WEIGHED} AS rank FROM memories_fts WHERE ${MATCHED}
        ORDER BY 2, 1 DESC LIMIT ${BEST})
    SELECT ${COLUMNS}, (SELECT count(*) FROM h) AS seen FROM h CROSS JOIN memories m ON m.rid = h.rid
      WHERE ${where} ORDER BY h.rank, m.rid DESC LIMIT ${CANDIDATES}`
}

function isNarrow({ category, kind, server, since, until, tags = [], minSeverity }: MemoryFilter): boolean {
  return (
    [category, kind, server, since, until, minSeverity].some((one) => one !== undefined) || tags.length > 0
  )
}

/** @param node the own one: what others wrote weighs less */
export function createMemorySearch(database: Database, node: string) {
  const choose = createWordChooser(database)
  const { find: findNear, load: loadVectors } = createVectorIndex(database, COLUMNS)
  const parse = (rows: readonly Row[]) =>
    rows.map((raw): Candidate => {
      const { last_seen, node_id, ...rest } = candidate.parse(raw)
      return { ...rest, lastSeen: last_seen, weight: node_id === node ? 1 : FOREIGN }
    })

  const search = (
    query: string,
    filter: MemoryFilter,
    { limit, offset }: MemoryPage,
    time: number,
    near: Near | null = null,
  ): SearchedMemories => {
    const { sql: where, parameters } = buildWhere(filter, time)
    const words = splitQuestion(query)
    const whole = query.toWellFormed().trim().toLowerCase().split(/\s+/).slice(0, MAX_EXACT)
    const exact = [...new Set([...whole, ...words.slice(0, MAX_EXACT)])].filter((word) => word !== '')
    const each = (sql: string) =>
      parse(exact.flatMap((word) => database.all(sql, { ...parameters, word })))
        .filter(({ rid }, at, all) => all.findIndex((other) => other.rid === rid) === at)
        .sort((a, b) => b.lastSeen - a.lastSeen || b.rid - a.rid)
        .slice(0, CANDIDATES)
    const readText = () => {
      const chosen = choose(query)
      if (chosen.words.length === 0) return []
      const newest = chosen.areCommon ? integer.parse(database.get(LAST)?.['rid']) - NEWEST : 0
      const given = { ...parameters, match: buildMatch(chosen), after: Math.max(0, newest) }
      const readAll = () => parse(database.all(buildFilteredSql(where), given))
      // A filter leaves too few of the best of the index.
      if (isNarrow(filter)) return readAll()
      // They suffice, unless what may be seen is rare among them.
      const best = database.all(buildBestSql(where), given)
      const seen = best[0]?.['seen']
      return best.length === CANDIDATES || (seen !== undefined && integer.parse(seen) < BEST)
        ? parse(best)
        : readAll()
    }
    const ranked = rankMemories(
      {
        id: each(`SELECT ${COLUMNS} FROM memories m WHERE m.id = $word AND ${where}`),
        server: each(
          `SELECT ${COLUMNS} FROM memories m INDEXED BY memories_server WHERE m.server = $word AND ${where}
             ORDER BY m.last_seen DESC LIMIT ${CANDIDATES}`,
        ),
        tag: each(
          `SELECT ${COLUMNS} FROM memory_tags own CROSS JOIN memories m ON m.rid = own.rid
             WHERE own.tag = $word AND ${where} ORDER BY own.rid DESC LIMIT ${CANDIDATES}`,
        ),
        text: readText(),
        vector:
          near === null
            ? []
            : parse(findNear(near, where, parameters, isNarrow(filter)).map(({ row }) => row)),
      },
      time,
    )
    const items = ranked.slice(offset, offset + limit).flatMap(({ rid, score, matchedBy }) => {
      const found = database.get('SELECT * FROM memories WHERE rid = $rid', { rid })
      return found === null ? [] : [{ ...parseMemory(found), score, matchedBy }]
    })
    return { items, total: ranked.length, rankedBy: { vectors: near !== null, note: null } }
  }
  return { search, loadVectors }
}
