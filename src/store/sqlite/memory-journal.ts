/** What of the memories may leave this platform: an operation each for whoever pulls, a row each for every peer. */
import { createHybridClock, type HybridClock } from '../../domain/hybrid-clock.ts'
import type { Memory } from '../../domain/memory.ts'
import type { Database } from './database.ts'

export type MayLeave = Pick<Memory, 'id' | 'category' | 'confidentiality' | 'share'>

export interface MemoryJournal {
  readonly clock: HybridClock
  /** Inside the transaction that writes the memory. @param isNew it was made here: peers get it */
  wrote(memory: MayLeave, hlc: number, isNew: boolean): void
  /** It happened again, or may be seen by fewer. */
  changed(memory: MayLeave, hlc: number): void
  /** Numbers go on after this one. */
  reach(seq: number): void
  /** It is gone, or nothing that others may have any more. */
  withdrew(id: string, hlc: number): void
}

const mayLeave = ({ confidentiality, share }: MayLeave): boolean => share && confidentiality === 'normal'

export function createMemoryJournal(deps: {
  readonly database: Database
  readonly now: () => number
  readonly node: string
  /** Peers that get what is new. */
  readonly peers: readonly string[]
}): MemoryJournal {
  const { database, now, node, peers } = deps
  const read = (sql: string) => Number(database.get(sql, { node })?.['n'] ?? 0)
  let seq = Math.max(
    read('SELECT max(seq) AS n FROM memory_ops WHERE origin = $node'),
    read('SELECT seq AS n FROM memory_origins WHERE origin = $node'),
  )
  const clock = createHybridClock(
    now,
    Number(database.get('SELECT max(hlc) AS n FROM memory_ops')?.['n'] ?? 0),
  )

  /** The last word about a memory is enough: what was said of it before goes. */
  const append = (id: string, op: 'put' | 'drop', hlc: number) => {
    database.run(
      `INSERT INTO memory_ops (origin, seq, hlc, op, id) VALUES ($node, $seq, $hlc, $op, $id)
         ON CONFLICT (id, origin) DO UPDATE SET seq = excluded.seq, hlc = excluded.hlc, op = excluded.op`,
      { node, seq: ++seq, hlc, op, id },
    )
  }
  const withdrew = (id: string, hlc: number) => {
    // Nobody was ever told of it otherwise.
    if (database.get('SELECT 1 FROM memory_ops WHERE id = $id', { id }) === null) return
    append(id, 'drop', hlc)
    database.run('DELETE FROM memory_outbox WHERE event_id = $id', { id })
  }
  return {
    clock,
    wrote(memory, hlc, isNew) {
      if (!mayLeave(memory)) return
      append(memory.id, 'put', hlc)
      for (const peer of isNew ? peers : []) {
        database.run(
          `INSERT INTO memory_outbox (peer, event_id, category, created_at) VALUES ($peer, $id, $category, $now)
             ON CONFLICT DO NOTHING`,
          { peer, id: memory.id, category: memory.category, now: now() },
        )
      }
    },
    changed(memory, hlc) {
      if (mayLeave(memory)) append(memory.id, 'put', hlc)
      else withdrew(memory.id, hlc)
    },
    withdrew,
    reach(to) {
      seq = Math.max(seq, to)
    },
  }
}
