import type { Clock } from '../domain/clock.ts'
import { startRepeating } from '../domain/repeat.ts'
import type { MemoryPeers } from '../domain/memory-peers.ts'
import { createGrowthBook, type GrowthBook } from '../hosting/incidents/growth-book.ts'
import { createIncidentBook, type IncidentBook } from '../hosting/incidents/incident-book.ts'
import type { Supervision } from '../hosting/ports.ts'
import type { Store } from '../store/open-store.ts'
import type { Logger } from '../system/log.ts'
import { createId } from '../system/random.ts'

const LOOK_MS = 10_000
/** The blocks that it looks at. */
const MEMORY_MS = 600_000

/** Trouble as incidents, from the first event on. */
export function openIncidents(
  stack: AsyncDisposableStack,
  deps: {
    readonly store: Store
    readonly supervision: Pick<Supervision, 'state'>
    readonly recall: MemoryPeers['recall']
    readonly clock: Clock
    readonly logger: Logger
  },
): { readonly incidents: IncidentBook; readonly growth: GrowthBook } {
  const { store, clock, logger } = deps
  const book = createIncidentBook({
    ...store,
    supervision: deps.supervision,
    recall: deps.recall,
    clock,
    createId,
    onDefect: (err) => logger.error('what happened could not be made an incident', { err }),
  })
  stack.defer(() => book.close())
  stack.defer(startRepeating(clock, LOOK_MS, () => book.look()))
  const growth = createGrowthBook({ ...store, incidents: book, clock })
  const lookAtMemory = () =>
    growth.look().catch((err: unknown) => logger.error('growth of memory could not be looked for', { err }))
  stack.defer(startRepeating(clock, MEMORY_MS, lookAtMemory))
  return { incidents: book, growth }
}
