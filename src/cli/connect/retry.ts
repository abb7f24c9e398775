/** When a message may be sent again: never one that may have been carried out and would be so twice. */
import type { Clock } from '../../domain/clock.ts'
import type { JsonObject } from '../../domain/json.ts'
import type { Ending } from './endpoint.ts'

export interface Retry {
  /** Sends once, and again while that is safe and `isDone` says no; at last the ending that stays. */
  until(isDone: () => boolean, send: () => Promise<Ending>, message: JsonObject): Promise<Ending>
  /** Waits before try `attempt`, counted from 1; longer each time. False when there is nothing to wait for any more. */
  pause(attempt: number): Promise<boolean>
}

/** A restart of the platform takes seconds; beyond this somebody has to look. */
const PATIENCE_MS = 30_000
const FIRST_MS = 100
const LONGEST_MS = 3000

export function createRetry(clock: Clock, over: AbortSignal, note: (text: string) => void): Retry {
  const pause = (attempt: number) =>
    new Promise<boolean>((resolve) => {
      if (over.aborted) return resolve(false)
      const stop = () => {
        cancel()
        resolve(false)
      }
      const cancel = clock.after(Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 10)), () => {
        over.removeEventListener('abort', stop)
        resolve(true)
      })
      over.addEventListener('abort', stop, { once: true })
    })

  return {
    pause,
    async until(isDone, send, message) {
      const begun = clock.monotonic()
      for (let attempt = 1; ; attempt++) {
        const ending = await send()
        if (isDone() || !maySendAgain(ending, message) || clock.monotonic() - begun > PATIENCE_MS)
          return ending
        if (attempt === 3) note(`waiting for the endpoint: ${describe(ending)}`)
        if (!(await pause(attempt))) return ending
      }
    },
  }
}

/** Reading twice is no harm, doing twice may be; 503 says that nothing was done. */
function maySendAgain(ending: Ending, { method }: JsonObject): boolean {
  if (ending.kind === 'unreachable') return true
  if (ending.kind === 'refused' && ending.status === 503) return true
  const unknown = ending.kind !== 'refused' || ending.status === 502 || ending.status === 504
  return unknown && typeof method === 'string' && !ACTS.has(method)
}

const ACTS: ReadonlySet<string> = new Set(['tools/call', 'tasks/cancel', 'tasks/update'])

function describe(ending: Ending): string {
  return ending.kind === 'refused'
    ? `it answers ${ending.status}`
    : 'reason' in ending
      ? ending.reason
      : 'no answer'
}
