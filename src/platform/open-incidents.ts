import type { Clock } from '../domain/clock.ts'
import { startRepeating } from '../domain/repeat.ts'
import { createIncidentBook, type IncidentBook } from '../hosting/incidents/incident-book.ts'
import type { Supervision } from '../hosting/ports.ts'
import type { Store } from '../store/open-store.ts'
import type { Logger } from '../system/log.ts'
import { createId } from '../system/random.ts'

const LOOK_MS = 10_000

/** Trouble as incidents, from the first event on. */
export function openIncidents(
  stack: AsyncDisposableStack,
  deps: {
    readonly store: Store
    readonly supervision: Pick<Supervision, 'state'>
    readonly clock: Clock
    readonly logger: Logger
  },
): IncidentBook {
  const { store, clock, logger } = deps
  const book = createIncidentBook({
    ...store,
    supervision: deps.supervision,
    clock,
    createId,
    onDefect: (err) => logger.error('what happened could not be made an incident', { err }),
  })
  stack.defer(() => book.close())
  stack.defer(startRepeating(clock, LOOK_MS, () => book.look()))
  return book
}
