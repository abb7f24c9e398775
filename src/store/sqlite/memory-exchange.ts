/**
 * Memories of several platforms become one set: a union by id, where the later stamp wins, and what is gone stays gone.
 * A memory that rose above `normal` anywhere is gone for everybody but its own platform, which keeps it to itself.
 */
import { z } from 'zod'
import type { Clock } from '../../domain/clock.ts'
import {
  parseSharedMemory,
  renderSharedMemory,
  type MemoryChange,
  type MemoryExchange,
} from '../../domain/memory-change.ts'
import type { Confidentiality, Memory } from '../../domain/memory.ts'
import { integer } from './columns.ts'
import type { Database } from './database.ts'
import { cleanMemory, parseMemory } from './memory-columns.ts'
import type { MemoryJournal } from './memory-journal.ts'

const KEPT_MS = 90 * 86_400_000

const op = z.object({ origin: z.string(), seq: integer, hlc: integer, op: z.string(), id: z.string() })
const vectorRow = z.object({ origin: z.string(), seq: integer })
const versionRow = z.object({
  rid: integer,
  hlc: integer,
  origin: z.string(),
  node_id: z.string(),
  confidentiality: integer,
  deleted_at: integer.nullable(),
})
const stampRow = z.object({ hlc: integer, origin: z.string() })

export function createMemoryExchange(deps: {
  readonly database: Database
  readonly clock: Clock
  readonly node: string
  readonly journal: MemoryJournal
  readonly mask: (text: string) => string
  /** Inserts a row with this stamp, and says nothing of it to anybody. */
  readonly insert: (memory: Memory, stamp: { readonly hlc: number; readonly origin: string }) => void
  readonly raise: (id: string, to: Confidentiality) => void
}): MemoryExchange {
  const { database, clock, node, journal, mask, insert, raise } = deps

  const readVector = () => {
    const rows = database.all(
      `SELECT origin, max(seq) AS seq FROM
         (SELECT origin, max(seq) AS seq FROM memory_ops GROUP BY origin UNION ALL SELECT origin, seq FROM memory_origins)
         GROUP BY origin ORDER BY origin`,
    )
    return new Map(
      rows.map((raw) => {
        const { origin, seq } = vectorRow.parse(raw)
        return [origin, seq]
      }),
    )
  }

  const render = ({ origin, seq, hlc, id, op: kind }: z.infer<typeof op>): MemoryChange => {
    const found =
      kind === 'put'
        ? database.get(
            'SELECT * FROM memories WHERE id = $id AND deleted_at IS NULL AND confidentiality = 0 AND share = 1',
            { id },
          )
        : null
    if (found === null) return { origin, seq, id, writer: origin, hlc, memory: null }
    const stamp = stampRow.parse(found)
    return {
      origin,
      seq,
      id,
      writer: stamp.origin,
      hlc: stamp.hlc,
      memory: renderSharedMemory(parseMemory(found)),
    }
  }

  /** Content and all; the row stays, so that nobody who comes late brings it back. */
  const bury = (id: string, hlc: number, writer: string) => {
    database.run('DELETE FROM memories WHERE id = $id', { id })
    database.run(
      `INSERT INTO memories (id, content, category, kind, node_id, actor, created_at, updated_at, last_seen, deleted_at,
           share, origin, hlc)
         VALUES ($id, '', 'global', 'gone', $writer, 'platform', $now, $now, $now, $now, 0, $writer, $hlc)`,
      { id, writer, hlc, now: clock.now() },
    )
  }

  /** False: it is not taken. */
  const take = ({ id, writer, hlc, memory }: MemoryChange): boolean => {
    if (!journal.clock.see(hlc)) return false
    const found = database.get(
      'SELECT rid, hlc, origin, node_id, confidentiality, deleted_at FROM memories WHERE id = $id',
      { id },
    )
    const known = found === null ? null : versionRow.parse(found)
    if (known !== null && known.deleted_at !== null) return true
    if (memory === null) {
      // Somebody knows of it what makes it private: it is not taken from whoever wrote it.
      if (known?.node_id === node) raise(id, 'internal')
      else bury(id, hlc, writer)
      return true
    }
    // Whoever says so did not write it: nobody else makes memories of this platform.
    if (memory.node === node && known === null) return false
    if (known !== null) {
      const isLater = hlc > known.hlc || (hlc === known.hlc && writer > known.origin)
      if (!isLater || known.confidentiality > 0 || known.node_id === node) return true
      database.run('DELETE FROM memories WHERE rid = $rid', { rid: known.rid })
    }
    const cleaned = cleanMemory(parseSharedMemory(id, memory), mask)
    insert({ ...cleaned, data: cleaned.data as Memory['data'] }, { hlc, origin: writer })
    return true
  }

  /** Others may learn it from here. */
  const note = ({ origin, seq, hlc, id, memory }: MemoryChange) => {
    database.run(
      `INSERT INTO memory_ops (origin, seq, hlc, op, id) VALUES ($origin, $seq, $hlc, $op, $id)
         ON CONFLICT (id, origin) DO UPDATE SET seq = excluded.seq, hlc = excluded.hlc, op = excluded.op
           WHERE excluded.seq > memory_ops.seq
         ON CONFLICT (origin, seq) DO NOTHING`,
      { origin, seq, hlc, op: memory === null ? 'drop' : 'put', id },
    )
  }
  const reach = (origin: string, seq: number) =>
    database.run(
      `INSERT INTO memory_origins (origin, seq) VALUES ($origin, $seq)
         ON CONFLICT (origin) DO UPDATE SET seq = max(seq, excluded.seq)`,
      { origin, seq },
    )

  return {
    node,
    vector: async () => readVector(),
    async changes(since, max, reader) {
      const vector = readVector()
      const found: MemoryChange[] = []
      for (const origin of vector.keys()) {
        if (origin === reader || found.length > max) continue
        const rows = database.all(
          `SELECT origin, seq, hlc, op, id FROM memory_ops WHERE origin = $origin AND seq > $seq ORDER BY seq LIMIT $most`,
          { origin, seq: since.get(origin) ?? 0, most: max + 1 - found.length },
        )
        found.push(...rows.map((raw) => render(op.parse(raw))))
      }
      return {
        node,
        vector: Object.fromEntries(vector),
        changes: found.slice(0, max),
        has_more: found.length > max,
      }
    },
    async merge({ changes, vector }) {
      return database.transaction(() => {
        let refused = 0
        for (const change of changes) {
          // Nobody tells this platform what it said itself.
          if (change.origin === node) refused++
          else {
            if (take(change)) note(change)
            else refused++
            reach(change.origin, change.seq)
          }
        }
        // After a restore others know of more than this platform does: its numbers go on after theirs.
        journal.reach(vector[node] ?? 0)
        database.run('DELETE FROM memories WHERE deleted_at < $old', { old: clock.now() - KEPT_MS })
        return { taken: changes.length - refused, refused }
      })
    },
  }
}
