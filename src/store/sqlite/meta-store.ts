import { z } from 'zod'
import type { Database } from './database.ts'

const idRow = z.object({ value: z.string() })
const row = z.object({ value: z.coerce.number().int() })

/** Counts the starts of the daemon on this data directory: a late answer to an earlier one is recognised by it. */
export function nextGeneration(database: Database): number {
  const found = database.get(
    `INSERT INTO meta VALUES ('generation', '1')
       ON CONFLICT (key) DO UPDATE SET value = CAST(value AS INTEGER) + 1 RETURNING value`,
  )
  return row.parse(found).value
}

/** What tells this database from every other, made once. */
export function readInstallationId(database: Database, candidate: string): string {
  database.run(`INSERT INTO meta VALUES ('installation', $candidate) ON CONFLICT (key) DO NOTHING`, {
    candidate,
  })
  return idRow.parse(database.get(`SELECT value FROM meta WHERE key = 'installation'`)).value
}

/**
 * The first event id of this start: `room` beyond all that earlier ones stored or began with, and so beyond whatever
 * they announced and were killed before they stored.
 */
export function reserveEventIds(database: Database, room: number): number {
  const found = database.get(
    `INSERT INTO meta VALUES ('first_event', (SELECT coalesce(max(id), 0) FROM events) + $room)
       ON CONFLICT (key) DO UPDATE
       SET value = max(CAST(value AS INTEGER), (SELECT coalesce(max(id), 0) FROM events)) + $room RETURNING value`,
    { room },
  )
  return row.parse(found).value
}
