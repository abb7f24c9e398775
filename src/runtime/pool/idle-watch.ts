/** Notices when nobody has used a process for a while. It sleeps until that could be so, and costs a call nothing. */
import type { Clock } from '../../domain/clock.ts'
import type { SupervisedServer } from '../supervisor/supervised-server.ts'

/** What is looked at again at once was used in this very moment. */
const SHORTEST_MS = 50
/** A timer takes 24 days at most; beyond that it would fire at once. */
const LONGEST_MS = 3_600_000

/**
 * Answers a function to call when the limit may be another than before.
 * @param limitMs null: it may be idle for as long as it likes. @param onIdle once for each run, when nothing can be lost.
 */
export function watchIdle(
  clock: Clock,
  process: Pick<SupervisedServer, 'onChange' | 'run'>,
  limitMs: () => number | null,
  onIdle: () => void,
): () => void {
  let cancel = () => {}
  const look = () => {
    const run = process.run()
    const limit = limitMs()
    const activity = run?.activity()
    if (run === null || limit === null || activity === null || activity === undefined) return
    const left = limit - (clock.monotonic() - activity.usedAt)
    if (left <= 0 && run.retire()) return onIdle()
    cancel = clock.after(Math.min(Math.max(left, SHORTEST_MS), LONGEST_MS), look)
  }
  process.onChange((state) => {
    cancel()
    if (state.kind === 'running') look()
  })
  return () => {
    cancel()
    look()
  }
}
