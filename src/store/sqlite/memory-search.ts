/** Finds memories: by the index of words, and by exact id, server and tag. */
import { z } from 'zod'
import { CATEGORIES, type FoundMemory, type MemoryFilter, type MemoryPage } from '../../domain/memory.ts'
import { rankMemories, type Candidate } from '../../domain/rank-memories.ts'
import { integer } from './columns.ts'
import type { Database, Row } from './database.ts'
import { buildWhere, parseMemory } from './memory-columns.ts'
import { buildMatch, createWordChooser, splitQuestion } from './memory-words.ts'

/** Of each way to match. `total` of a search is never beyond all of them. */
const CANDIDATES = 200
/** Of the index of words, before it is asked which of them may be seen. */
const BEST = 1_000
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
const COLUMNS = 'm.rid, m.category, m.last_seen, m.importance, m.node_id'

/**
 * Matches are collected before anything is joined to them: with both in one step the planner walks an index of
 * `memories` and asks the index of words about each row, which takes minutes. A test looks at the plan.
 */
export function buildTextSql(where: string, most = -1): string {
  return `WITH h AS MATERIALIZED (
      SELECT rowid AS rid, bm25(memories_fts, 1.0, 0.5, 2.0) AS rank FROM memories_fts WHERE memories_fts MATCH $match
        ORDER BY 2, 1 DESC LIMIT ${most})
    SELECT ${COLUMNS} FROM h CROSS JOIN memories m ON m.rid = h.rid
      WHERE ${where} ORDER BY h.rank, m.rid DESC LIMIT ${CANDIDATES}`
}

function isNarrow({ category, kind, server, since, until, tags = [], minSeverity }: MemoryFilter): boolean {
  return (
    [category, kind, server, since, until, minSeverity].some((one) => one !== undefined) || tags.length > 0
  )
}

/** @param node the own one: what others wrote weighs less */
export function createMemorySearch(database: Database, now: () => number, node: string) {
  const choose = createWordChooser(database)
  const parse = (rows: readonly Row[]) =>
    rows.map((raw): Candidate => {
      const { last_seen, node_id, ...rest } = candidate.parse(raw)
      return { ...rest, lastSeen: last_seen, weight: node_id === node ? 1 : FOREIGN }
    })

  return (
    query: string,
    filter: MemoryFilter,
    { limit, offset }: MemoryPage,
  ): { readonly items: readonly FoundMemory[]; readonly total: number } => {
    const time = now()
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
      if (words.length === 0) return []
      const given = { ...parameters, match: buildMatch(choose(words)) }
      // A filter leaves too few of the best of the index.
      if (isNarrow(filter)) return parse(database.all(buildTextSql(where), given))
      // They suffice, unless what may be seen is rare among them.
      const best = parse(database.all(buildTextSql(where, BEST), given))
      return best.length === CANDIDATES ? best : parse(database.all(buildTextSql(where), given))
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
      },
      time,
    )
    const items = ranked.slice(offset, offset + limit).flatMap(({ rid, score, matchedBy }) => {
      const found = database.get('SELECT * FROM memories WHERE rid = $rid', { rid })
      return found === null ? [] : [{ ...parseMemory(found), score, matchedBy }]
    })
    return { items, total: ranked.length }
  }
}
