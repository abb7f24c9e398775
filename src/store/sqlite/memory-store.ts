import { z } from 'zod'
import type { Clock } from '../../domain/clock.ts'
import {
  CATEGORIES,
  CONFIDENTIALITY,
  SEVERITIES,
  type Confidentiality,
  type Memories,
  type Memory,
  type MemoryFilter,
  type MemoryPage,
  type NewMemory,
  type Reader,
  type SearchedMemories,
  type StoredMemory,
} from '../../domain/memory.ts'
import { createUuid } from '../../system/random.ts'
import { integer } from './columns.ts'
import type { Database } from './database.ts'
import { countMemoriesBefore, forgetMemoriesBefore, removeHiddenMemories } from './forget-memories.ts'
import { buildWhere, cleanMemory, parseMemory } from './memory-columns.ts'
import type { MemoryExchange } from '../../domain/memory-change.ts'
import type { Near } from '../../domain/meaning.ts'
import type { VectorRecords } from '../../embed/ports.ts'
import { createVectorStore } from './vector-store.ts'
import { createMemoryExchange } from './memory-exchange.ts'
import { createMemoryLinks } from './memory-links.ts'
import { createMemoryJournal } from './memory-journal.ts'
import { createReaderHere, type MemoryReader } from './memory-reader.ts'

const stored = z.object({ id: z.string(), occurrences: integer, created_at: integer })
const repeated = stored.extend({
  category: z.enum(CATEGORIES),
  confidentiality: integer.transform((level) => CONFIDENTIALITY[level] ?? 'pii'),
  share: integer.transform((share) => share === 1),
})
/** Rows of an export that are held at once. */
const PIECE = 200

export type MemoryStore = Memories & {
  /** With other platforms. */
  readonly exchange: MemoryExchange
  /** As `store`, inside the transaction of whoever calls. */
  add(memory: NewMemory): StoredMemory
  countBefore(time: number): number
  /** Those last seen before: here, and nowhere else. Answers how many. */
  forgetBefore(time: number): Promise<number>
  /** By words and by what is meant. */
  searchNear(query: string, filter: MemoryFilter, page: MemoryPage, near: Near): Promise<SearchedMemories>
  /** Of the memories that have one. */
  readonly vectors: VectorRecords
}

export function createMemoryStore(deps: {
  readonly database: Database
  readonly clock: Clock
  readonly node: string
  /** Takes out what must never be kept. */
  readonly mask: (text: string) => string
  /** Peers that get what may leave; absent: none. */
  readonly peers?: readonly string[]
  /** Absent: questions are answered on the connection that writes. */
  readonly reader?: MemoryReader
}): MemoryStore {
  const { database, clock, node, mask, peers = [] } = deps
  const journal = createMemoryJournal({ database, now: () => clock.now(), node, peers })
  const { reader = createReaderHere(database, node) } = deps

  const repeat = (fingerprint: string, level: number): StoredMemory | null => {
    const hlc = journal.clock.next()
    const found = database.get(
      `UPDATE memories SET occurrences = occurrences + 1, last_seen = $now, updated_at = $now,
           confidentiality = max(confidentiality, $level), hlc = $hlc, origin = $node
         WHERE fingerprint = $fingerprint AND deleted_at IS NULL
         RETURNING id, occurrences, created_at, category, confidentiality, share`,
      { fingerprint, level, now: clock.now(), hlc, node },
    )
    if (found === null) return null
    const { id, occurrences, created_at, ...rest } = repeated.parse(found)
    journal.changed({ id, ...rest }, hlc)
    return { id, created: false, occurrences, createdAt: created_at }
  }

  /** False: it is there already. */
  const insertRow = (
    memory: Memory,
    fingerprint: string | null,
    { hlc, origin }: { readonly hlc: number; readonly origin: string },
  ): boolean => {
    const severity = memory.severity === null ? null : SEVERITIES.indexOf(memory.severity)
    const found = database.get(
      `INSERT INTO memories (id, content, context, category, kind, server, node_id, actor, created_at, updated_at,
           expires_at, severity, importance, confidentiality, share, fingerprint, occurrences, last_seen, tags, data, origin, hlc)
         VALUES ($id, $content, $context, $category, $kind, $server, $node, $actor, $createdAt, $now,
           $expiresAt, $severity, $importance, $level, $share, $fingerprint, $occurrences, $lastSeen, $tags, $data, $origin, $hlc)
         ON CONFLICT (id) DO NOTHING RETURNING rid`,
      {
        id: memory.id,
        content: memory.content,
        context: memory.context,
        category: memory.category,
        kind: memory.kind,
        server: memory.server,
        node: memory.node,
        actor: memory.actor,
        createdAt: memory.createdAt,
        now: clock.now(),
        expiresAt: memory.expiresAt,
        severity,
        importance: memory.importance,
        level: CONFIDENTIALITY.indexOf(memory.confidentiality),
        share: memory.share ? 1 : 0,
        fingerprint,
        occurrences: memory.occurrences,
        lastSeen: memory.lastSeen,
        tags: memory.tags.join(' '),
        data: JSON.stringify(memory.data),
        origin,
        hlc,
      },
    )
    if (found === null) return false
    const rid = integer.parse(found['rid'])
    for (const tag of memory.tags) {
      database.run('INSERT INTO memory_tags (tag, rid) VALUES ($tag, $rid)', { tag, rid })
    }
    return true
  }

  /** @param isNew it was made here, not brought from elsewhere */
  const insert = (memory: Memory, fingerprint: string | null, isNew: boolean): boolean => {
    const hlc = journal.clock.next()
    const isStored = insertRow(memory, fingerprint, { hlc, origin: node })
    if (isStored) journal.wrote(memory, hlc, isNew)
    return isStored
  }

  /** Confidentiality only rises. */
  const raise = (id: string, to: Confidentiality) => {
    const level = CONFIDENTIALITY.indexOf(to)
    const hlc = journal.clock.next()
    const found = database.run(
      `UPDATE memories SET confidentiality = $level, hlc = $hlc, origin = $node, updated_at = $now
         WHERE id = $id AND confidentiality < $level`,
      { id, level, hlc, node, now: clock.now() },
    )
    if (found > 0) journal.withdrew(id, hlc)
  }

  const hide = (id: string) => {
    const hlc = journal.clock.next()
    const found = database.run(
      `UPDATE memories SET expires_at = $now, hlc = $hlc, origin = $node, updated_at = $now
         WHERE id = $id AND node_id = $node AND expires_at IS NULL`,
      { id, hlc, node, now: clock.now() },
    )
    if (found > 0) journal.withdrew(id, hlc)
  }

  const links = createMemoryLinks(database)
  const link = (id: string, { links: to = [], follows = [] }: NewMemory) => {
    for (const one of to) links.add(id, one)
    for (const one of follows) links.follow(id, one)
  }

  const add = (given: NewMemory): StoredMemory => {
    const { fingerprint = null, confidentiality = 'normal' } = given
    const again = fingerprint === null ? null : repeat(fingerprint, CONFIDENTIALITY.indexOf(confidentiality))
    if (again !== null) {
      link(again.id, given)
      return again
    }
    const now = clock.now()
    const cleaned = cleanMemory(given, mask)
    const { content, context, tags, data, category, kind, actor } = cleaned
    const { server = null, severity = null, importance = 0.5, share = true, expiresAt = null } = given
    const fields = { content, context, tags, category, kind, actor, server, severity, importance, expiresAt }
    const id = createUuid()
    insert(
      {
        ...fields,
        id,
        node,
        confidentiality,
        share,
        data: data as Memory['data'],
        occurrences: 1,
        createdAt: now,
        lastSeen: now,
      },
      fingerprint,
      true,
    )
    link(id, given)
    return { id, created: true, occurrences: 1, createdAt: now }
  }

  const own = (ceiling: Confidentiality, reader: Reader) => buildWhere({ ceiling, reader }, clock.now())

  return {
    node,
    add,
    vectors: createVectorStore(database, reader),
    exchange: createMemoryExchange({
      database,
      clock,
      node,
      journal,
      mask,
      insert: (memory, stamp) => void insertRow(memory, null, stamp),
      raise,
    }),
    countBefore: (time) => countMemoriesBefore(database, time),
    forgetBefore: (time) => forgetMemoriesBefore(database, time),
    store: async (memory) => database.transaction(() => add(memory)),
    replace: async (ids, by) =>
      database.transaction(() => {
        const stored = add(by)
        for (const id of ids) hide(id)
        return stored
      }),
    removeHidden: async (kind, before) => removeHiddenMemories(database, kind, before),
    search: async (query, filter, page) => reader.ask('search', query, filter, page, clock.now()),
    searchNear: async (query, filter, page, near) =>
      reader.ask('search', query, filter, page, clock.now(), near),
    recent: async (filter, page) => reader.ask('recent', filter, page, clock.now()),
    async findOwn(fingerprint) {
      const found = database.get(
        `SELECT id FROM memories WHERE fingerprint = $fingerprint AND deleted_at IS NULL AND node_id = $node
           AND (expires_at IS NULL OR expires_at > $now)`,
        { fingerprint, node, now: clock.now() },
      )
      return found === null ? null : z.string().parse(found['id'])
    },
    async find(id, ceiling, reader) {
      const { sql, parameters } = own(ceiling, reader)
      const found = database.get(`SELECT m.* FROM memories m WHERE m.id = $id AND ${sql}`, {
        ...parameters,
        id,
      })
      return found === null ? null : parseMemory(found)
    },
    links: async (id, ceiling, who) => links.list(id, ceiling, who, clock.now()),
    stats: async (ceiling, who) => reader.ask('stats', ceiling, who, clock.now()),
    async *export(ceiling, reader) {
      const { sql, parameters } = own(ceiling, reader)
      let after = 0
      for (;;) {
        const rows = database.all(
          `SELECT m.* FROM memories m WHERE m.rid > $after AND ${sql} ORDER BY m.rid LIMIT ${PIECE}`,
          { ...parameters, after },
        )
        for (const row of rows) yield parseMemory(row)
        if (rows.length < PIECE) return
        after = integer.parse(rows.at(-1)?.['rid'])
      }
    },
    async import(memories) {
      return database.transaction(() => {
        let added = 0
        for (const memory of memories) {
          const cleaned = cleanMemory(memory, mask)
          if (insert({ ...memory, ...cleaned, data: cleaned.data as Memory['data'] }, null, false)) added++
          else raise(memory.id, memory.confidentiality)
        }
        return { added, present: memories.length - added }
      })
    },
  }
}
