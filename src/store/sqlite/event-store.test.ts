import { expect, it } from 'vitest'
import { createFakeClock } from '../../../test/fakes/clock.ts'
import { silent } from '../../../test/fakes/hosting.ts'
import { openDatabase } from './database.ts'
import { createEventStore } from './event-store.ts'

it('lets a burst of events wait for the disk a fifth of the time at most', () => {
  const time = createFakeClock()
  let spent = 0
  const clock = { ...time, monotonic: () => time.monotonic() + spent }
  const database = openDatabase(':memory:')
  let took = 30
  const slow = {
    ...database,
    transaction: <T>(work: () => T): T => {
      spent += took
      return database.transaction(work)
    },
  }
  const store = createEventStore({ database: slow, clock, log: silent })
  const stored = () => Number(database.get('SELECT count(*) AS n FROM events')?.['n'])
  const emit = () => store.emit({ type: 'platform.stopping' })
  emit()
  time.advance(0)
  expect(stored()).toBe(1)
  emit()
  emit()
  time.advance(119)
  expect(stored()).toBe(1)
  took = 0
  time.advance(1)
  expect(stored()).toBe(3)
  emit()
  time.advance(0)
  expect(stored()).toBe(4)
  // Whoever ends does not wait.
  took = 30
  emit()
  time.advance(0)
  emit()
  store.flush()
  expect(stored()).toBe(6)
  database.close()
})
