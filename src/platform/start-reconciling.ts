import type { Clock } from '../domain/clock.ts'
import type { EventRecord } from '../domain/event.ts'
import { startRepeating } from '../domain/repeat.ts'
import type { Hosting } from '../hosting/hosting.ts'
import type { Supervisor } from '../runtime/supervisor/supervisor.ts'
import type { Logger } from '../system/log.ts'

const EVERY_MS = 1000
/** Changes come in groups: one look for all of them. */
const SOON_MS = 200

/** Each second, and soon after a server changed. The result ends it. */
export function startReconciling(deps: {
  readonly supervisor: Pick<Supervisor, 'reconcile'>
  readonly hosting: Pick<Hosting, 'switching'>
  readonly events: { subscribe(listener: (record: EventRecord) => void): () => void }
  readonly clock: Clock
  readonly logger: Logger
}): () => void {
  const { supervisor, hosting, clock } = deps
  const look = async () => {
    try {
      await supervisor.reconcile(() => hosting.switching())
    } catch (error) {
      deps.logger.error('What is could not be compared with what should be', { err: error })
    }
  }
  let cancelSoon: (() => void) | null = null
  const lookSoon = () => {
    cancelSoon ??= clock.after(SOON_MS, () => {
      cancelSoon = null
      void look()
    })
  }
  const leave = deps.events.subscribe(({ event }) => {
    if (event.type === 'server.status' || event.type === 'server.process') lookSoon()
  })
  void look()
  const stop = startRepeating(clock, EVERY_MS, look)
  return () => {
    leave()
    cancelSoon?.()
    stop()
  }
}
