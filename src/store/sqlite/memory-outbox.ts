/** What waits for each peer, and how much of it was let go. */
import { z } from 'zod'
import type { Clock } from '../../domain/clock.ts'
import type { NewMemory } from '../../domain/memory.ts'
import type { Outbox, Waiting } from '../../hive/ports.ts'
import { integer } from './columns.ts'
import type { Database } from './database.ts'
import { parseMemory } from './memory-columns.ts'

const KEPT_MS = 30 * 86_400_000
const MAX_WAITING = 50_000

const waitingRow = z.object({ attempt: integer, state: z.string() })
const counted = z.object({ n: integer })
const peerRow = z.object({ sent: integer, dropped: integer, told: integer })

export function createMemoryOutbox(deps: {
  readonly database: Database
  readonly clock: Clock
  readonly node: string
  /** Inside the transaction of whoever calls. */
  readonly remember: (memory: NewMemory) => void
  /** How many may wait for one peer. */
  readonly max?: number
}): Outbox {
  const { database, clock, node, remember, max = MAX_WAITING } = deps
  const remove = (peer: string, id: string) =>
    database.run('DELETE FROM memory_outbox WHERE peer = $peer AND event_id = $id', { peer, id })
  const add = (column: 'sent' | 'dropped' | 'told', peer: string, n: number) =>
    database.run(`UPDATE memory_peers SET ${column} = ${column} + $n WHERE peer = $peer`, { peer, n })
  const countWaiting = (peer: string) =>
    counted.parse(database.get('SELECT count(*) AS n FROM memory_outbox WHERE peer = $peer', { peer })).n
  const readPeer = (peer: string) => {
    const found = database.get('SELECT sent, dropped, told FROM memory_peers WHERE peer = $peer', { peer })
    return found === null ? { sent: 0, dropped: 0, told: 0 } : peerRow.parse(found)
  }

  return {
    async next(peer, limit) {
      const now = clock.now()
      // It may have been deleted or become more private since it was put here.
      database.run(
        `DELETE FROM memory_outbox WHERE peer = $peer AND event_id IN (
           SELECT o.event_id FROM memory_outbox o LEFT JOIN memories m ON m.id = o.event_id
             WHERE o.peer = $peer AND o.next_at <= $now AND
               (m.id IS NULL OR m.deleted_at IS NOT NULL OR m.confidentiality > 0 OR m.share = 0)
             LIMIT $limit)`,
        { peer, now, limit },
      )
      return database
        .all(
          `SELECT o.event_id, o.attempt, o.state, m.* FROM memory_outbox o JOIN memories m ON m.id = o.event_id
             WHERE o.peer = $peer AND o.next_at <= $now AND
               m.deleted_at IS NULL AND m.confidentiality = 0 AND m.share = 1
             ORDER BY o.event_id LIMIT $limit`,
          { peer, now, limit },
        )
        .map((raw): Waiting => {
          const { attempt, state } = waitingRow.parse(raw)
          return { memory: parseMemory(raw), attempt, isDoubtful: state === 'sent' }
        })
    },
    async begin(peer, id) {
      database.run(`UPDATE memory_outbox SET state = 'sent' WHERE peer = $peer AND event_id = $id`, {
        peer,
        id,
      })
    },
    async done(peer, id) {
      database.transaction(() => {
        if (remove(peer, id) > 0) add('sent', peer, 1)
      })
    },
    async refuse(peer, id, error, nextAt) {
      database.transaction(() => {
        if (nextAt === null) {
          if (remove(peer, id) > 0) add('dropped', peer, 1)
          return
        }
        database.run(
          `UPDATE memory_outbox SET state = 'waiting', attempt = attempt + 1, error = $error, next_at = $nextAt
             WHERE peer = $peer AND event_id = $id`,
          { peer, id, error, nextAt },
        )
      })
    },
    async fill(peer) {
      database.transaction(() => {
        const isNew = database.run(
          'INSERT INTO memory_peers (peer, filled_at) VALUES ($peer, $now) ON CONFLICT DO NOTHING',
          { peer, now: clock.now() },
        )
        if (isNew === 0) return
        database.run(
          `INSERT INTO memory_outbox (peer, event_id, category, created_at)
             SELECT $peer, m.id, m.category, m.created_at FROM memories m
               WHERE m.deleted_at IS NULL AND m.confidentiality = 0 AND m.share = 1 AND m.node_id = $node
                 AND m.created_at >= $since AND (m.category IN ('incidents', 'optimization') OR m.rid IN (
                   SELECT max(p.rid) FROM memories p WHERE p.kind GLOB 'profile.*' AND p.deleted_at IS NULL
                     GROUP BY p.server))
               LIMIT $max
             ON CONFLICT DO NOTHING`,
          { peer, node, since: clock.now() - KEPT_MS, max },
        )
      })
    },
    async trim(peer) {
      database.transaction(() => {
        let dropped = database.run('DELETE FROM memory_outbox WHERE peer = $peer AND created_at < $old', {
          peer,
          old: clock.now() - KEPT_MS,
        })
        const surplus = countWaiting(peer) - max
        if (surplus > 0) {
          dropped += database.run(
            `DELETE FROM memory_outbox WHERE peer = $peer AND event_id IN (
               SELECT event_id FROM memory_outbox WHERE peer = $peer
                 ORDER BY category <> 'monitoring', event_id LIMIT $surplus)`,
            { peer, surplus },
          )
        }
        if (dropped > 0) add('dropped', peer, dropped)
        const { dropped: all, told } = readPeer(peer)
        // Once it is over: one memory for all of them.
        if (all === told || countWaiting(peer) > 0) return
        add('told', peer, all - told)
        remember({
          category: 'monitoring',
          kind: 'memories.not_forwarded',
          content: `${all - told} ${all - told === 1 ? 'memory was' : 'memories were'} not forwarded to ${peer}: too many, too old or refused`,
          actor: 'platform',
          share: false,
          severity: 'low',
          tags: ['memories.not_forwarded', peer],
          data: { peer, count: all - told },
        })
      })
    },
    async counts(peer) {
      const { sent, dropped } = readPeer(peer)
      return { waiting: countWaiting(peer), sent, dropped }
    },
  }
}
