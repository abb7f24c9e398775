/** Writes the memory of an event with the event itself; where that fails, the event stands and its memory follows. */
import { z } from 'zod'
import type { EventRecord } from '../../domain/event.ts'
import { rememberEvent } from '../../domain/remember-event.ts'
import type { Logger } from '../../system/log.ts'
import { integer } from './columns.ts'
import type { Database, Row } from './database.ts'
import { readEventDetails } from './event-details.ts'
import type { MemoryStore } from './memory-store.ts'

/** Of one server on one day; what is more becomes one that counts. */
const MAX_PER_DAY = 200
const DAY_MS = 86_400_000
/** UTF-16 units of a sentence that an event yields. */
const MAX_SENTENCE = 4096
/** Of what is owed, at a time: the daemon does other things too. */
const BATCH = 200

const counted = z.object({ n: integer })

export interface EventMemory {
  /** Inside the transaction that stores the event. Never throws. */
  write(record: EventRecord): void
  /** What could not be written with its event; false while it still cannot be. */
  catchUp(): boolean
}

export function createEventMemory(deps: {
  readonly database: Database
  readonly memories: MemoryStore
  readonly parseEvent: (row: Row) => EventRecord
  readonly log: Logger
}): EventMemory {
  const { database, memories, parseEvent, log } = deps
  let isOwing = database.get('SELECT 1 FROM memory_pending LIMIT 1') !== null

  /** Counts for the day first: false beyond what is kept one by one. */
  const hasRoom = (server: string, day: number): boolean => {
    const { n } = counted.parse(
      database.get(
        `INSERT INTO memory_counts (day, server, n) VALUES ($day, $server, 1)
           ON CONFLICT (day, server) DO UPDATE SET n = n + 1 RETURNING n`,
        { day, server },
      ),
    )
    // What is owed may be of the day before.
    if (n === 1) database.run('DELETE FROM memory_counts WHERE day < $day - 7', { day })
    return n <= MAX_PER_DAY
  }

  const remember = ({ id, time, actor, event }: EventRecord): void => {
    const memory = rememberEvent(event, id, actor)
    if (memory === null) return
    const { server = null } = memory
    const details = readEventDetails(database, event)
    const fingerprint = details.fingerprint ?? memory.fingerprint ?? null
    const isKnown =
      fingerprint !== null &&
      database.get('SELECT 1 FROM memories WHERE fingerprint = $fingerprint AND deleted_at IS NULL', {
        fingerprint,
      }) !== null
    const day = Math.floor(time / DAY_MS)
    if (server !== null && !isKnown && !hasRoom(server, day)) {
      const date = new Date(day * DAY_MS).toISOString().slice(0, 10)
      memories.add({
        category: 'monitoring',
        kind: 'memories.summarised',
        content: `More happened to server ${server} on ${date} than is remembered one by one; occurrences counts it`,
        actor: 'platform',
        server,
        tags: ['memories.summarised', server],
        data: { kept: MAX_PER_DAY },
        fingerprint: `more:${server}:${date}`,
      })
      return
    }
    memories.add({
      ...memory,
      fingerprint,
      content: memory.content.slice(0, MAX_SENTENCE),
      data: { ...memory.data, ...details.data },
    })
  }

  return {
    write(record) {
      database.run('SAVEPOINT memory')
      try {
        remember(record)
      } catch (err) {
        database.run('ROLLBACK TO memory')
        database.run('INSERT INTO memory_pending (event_id) VALUES ($id)', { id: record.id })
        if (!isOwing) log.error('what happened could not be remembered, and will be later', { err })
        isOwing = true
      }
      database.run('RELEASE memory')
    },
    catchUp() {
      if (!isOwing) return true
      try {
        database.transaction(() => {
          const rows = database.all(
            `SELECT p.event_id AS owed, e.* FROM memory_pending p LEFT JOIN events e ON e.id = p.event_id
               ORDER BY p.event_id LIMIT ${BATCH}`,
          )
          for (const row of rows) {
            // Null: so old meanwhile that the event itself was removed.
            if (row['id'] !== null) remember(parseEvent(row))
            database.run('DELETE FROM memory_pending WHERE event_id = $id', {
              id: integer.parse(row['owed']),
            })
          }
          isOwing = rows.length === BATCH
        })
      } catch {
        return false
      }
      return !isOwing
    },
  }
}
