import { z } from 'zod'
import type { Clock } from '../../domain/clock.ts'
import { EVENT_TYPES, type EventRecord, type EventSink, type PlatformEvent } from '../../domain/event.ts'
import type { Events } from '../../hosting/ports.ts'
import type { Logger } from '../../system/log.ts'
import { integer, jsonColumn } from './columns.ts'
import type { Database, Row } from './database.ts'
import type { EventMemory } from './event-memory.ts'
import { reserveEventIds } from './meta-store.ts'

/** Events that wait for a store that fails; beyond it the oldest are lost to the store, and the log says so. */
const MAX_PENDING = 10_000
const RETRY_MS = 1_000
/** Until memories that could not be written are tried again. */
const CATCH_UP_MS = 10_000

const platformEvent = z.custom<PlatformEvent>(
  (value) => z.looseObject({ type: z.enum(EVENT_TYPES) }).safeParse(value).success,
)
const row = z.object({ id: integer, time: integer, actor: z.string(), event: jsonColumn(platformEvent) })

export function parseEvent(raw: Row): EventRecord {
  return row.parse(raw)
}

/**
 * Everything else waits while a batch waits for the disk: in a burst of events the next one comes after so many times
 * as long as the last one took, and is the larger.
 */
const REST = 4
const LONGEST_REST_MS = 250

/**
 * An outbox: `emit` numbers the event and tells the listeners at once; storing it follows in batches and is
 * tried again until it succeeds, so that a store that fails never changes what a verb answers.
 */
export function createEventStore(deps: {
  readonly database: Database
  readonly clock: Clock
  readonly log: Logger
  /** Absent in tests: nothing is remembered. */
  readonly memory?: EventMemory
}): EventSink & Events & { removeBefore(time: number): number; flush(): boolean } {
  const { database, clock, log, memory } = deps
  const listeners = new Set<(record: EventRecord) => void>()
  // Ids of events that a killed daemon announced but did not store yet are never given out twice.
  let nextId = reserveEventIds(database, MAX_PENDING)
  let pending: EventRecord[] = []
  let scheduled = false
  let dropped = 0

  /** By the monotonic clock. */
  let restsUntil = 0

  const schedule = (milliseconds: number) => {
    if (scheduled) return
    scheduled = true
    clock.after(Math.max(milliseconds, restsUntil - clock.monotonic()), () => {
      scheduled = false
      const began = clock.monotonic()
      const isDone = flush()
      const ended = clock.monotonic()
      restsUntil = ended + Math.min(LONGEST_REST_MS, (ended - began) * REST)
      if (!isDone) schedule(RETRY_MS)
    })
  }

  const flush = (): boolean => {
    const batch = pending
    if (batch.length === 0) return true
    try {
      database.transaction(() => {
        for (const { id, time, actor, event } of batch) {
          database.run('INSERT INTO events VALUES ($id, $time, $actor, $event)', {
            id,
            time,
            actor,
            event: JSON.stringify(event),
          })
          memory?.write({ id, time, actor, event })
        }
      })
    } catch (err) {
      log.error('events could not be stored and wait', { err, waiting: batch.length, dropped })
      return false
    }
    pending = pending.slice(batch.length)
    catchUp()
    return true
  }

  let isCatchingUp = false
  const catchUp = () => {
    if (memory === undefined || isCatchingUp || memory.catchUp()) return
    isCatchingUp = true
    clock.after(CATCH_UP_MS, () => {
      isCatchingUp = false
      catchUp()
    })
  }
  catchUp()

  return {
    emit(event, actor = 'platform') {
      const record = { id: nextId++, time: clock.now(), actor, event }
      pending.push(record)
      if (pending.length > MAX_PENDING) {
        pending.shift()
        dropped++
      }
      schedule(0)
      for (const listener of listeners) {
        try {
          listener(record)
        } catch (err) {
          log.error('a listener for events failed', { err, type: event.type })
        }
      }
    },
    async list({ after = 0, limit }) {
      const stored = database
        .all('SELECT * FROM events WHERE id > $after ORDER BY id LIMIT $limit', { after, limit })
        .map(parseEvent)
      const last = stored.at(-1)?.id ?? after
      return [...stored, ...pending.filter(({ id }) => id > last)].slice(0, limit)
    },
    async listLatest(limit) {
      const stored = database
        .all('SELECT * FROM events ORDER BY id DESC LIMIT $limit', { limit })
        .map(parseEvent)
        .toReversed()
      return [...stored, ...pending].slice(-limit)
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    removeBefore: (time) => database.run('DELETE FROM events WHERE time < $time', { time }),
    flush,
  }
}
