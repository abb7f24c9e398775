/**
 * Memories that are past their time go from this platform. Nobody else is told: what others took over is theirs. What is
 * known of each origin stays known, so that nobody gives back what was forgotten here, unless it happens again.
 */
import type { Database } from './database.ts'
import { PIECE, removeInPieces } from './remove-in-pieces.ts'

const OLD = 'deleted_at IS NULL AND last_seen < $time'
const PICK = `SELECT id FROM memories WHERE ${OLD} ORDER BY last_seen LIMIT ${PIECE}`

export function countMemoriesBefore(database: Database, time: number): number {
  return Number(database.get(`SELECT count(*) AS n FROM memories WHERE ${OLD}`, { time })?.['n'] ?? 0)
}

export function forgetMemoriesBefore(database: Database, time: number): Promise<number> {
  return removeInPieces(() =>
    database.transaction(() => {
      database.run(
        `INSERT INTO memory_origins (origin, seq)
           SELECT origin, max(seq) FROM memory_ops WHERE id IN (${PICK}) GROUP BY origin
           ON CONFLICT (origin) DO UPDATE SET seq = max(seq, excluded.seq)`,
        { time },
      )
      database.run(`DELETE FROM memory_ops WHERE id IN (${PICK})`, { time })
      database.run(`DELETE FROM memory_outbox WHERE event_id IN (${PICK})`, { time })
      return database.run(`DELETE FROM memories WHERE id IN (${PICK})`, { time })
    }),
  )
}

/** Of one kind, what expired before this time; that it is gone, those who had it were told when it was hidden. */
export function removeHiddenMemories(database: Database, kind: string, time: number): Promise<number> {
  return removeInPieces(() =>
    database.run(
      `DELETE FROM memories WHERE id IN
         (SELECT id FROM memories WHERE kind = $kind AND expires_at < $time LIMIT ${PIECE})`,
      { kind, time },
    ),
  )
}
