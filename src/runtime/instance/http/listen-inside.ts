/** The stream of what a server tells by itself, opened again for as long as the connection lasts. */
import type { Clock } from '../../../domain/clock.ts'
import type { JsonObject } from '../../../domain/json.ts'
import type { HttpClient } from './http-client.ts'
import { mediaTypeOf, readEvents } from './read-answer.ts'

const FIRST_WAIT_MS = 1000
const LONGEST_WAIT_MS = 30_000

export type ListenOptions = {
  readonly client: HttpClient
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly onMessage: (message: JsonObject) => void
  readonly onNoise: (text: string) => void
}

/** Listens from the first `restart` on; a later one drops what it has, since it belonged to another session. */
export function listenInside({ client, clock, signal, onMessage, onNoise }: ListenOptions): {
  restart(): void
} {
  /** The latest run; an earlier one ends by itself. */
  let current = 0
  let begunAt = -Infinity

  const run = async (own: number): Promise<void> => {
    let lastEventId: string | null = null
    let wait = FIRST_WAIT_MS
    const isOver = () => signal.aborted || own !== current
    // A server that refuses each session right after it gave it would have us open them one after the other.
    const isHasty = clock.monotonic() - begunAt < FIRST_WAIT_MS
    begunAt = clock.monotonic()
    if (isHasty) await new Promise<void>((resolve) => clock.after(wait, resolve))
    while (!isOver()) {
      try {
        const response = await client.listen(lastEventId)
        // 405: it has no such stream, and need not.
        if (response.status === 405) return void response.body.destroy()
        if (response.status === 200 && mediaTypeOf(response) === 'text/event-stream') {
          const stop = () => response.body.destroy()
          stops.set(own, stop)
          await readEvents(response, {
            onMessage(message) {
              wait = FIRST_WAIT_MS
              if (!isOver()) onMessage(message)
            },
            onNoise,
            onEventId: (id) => void (lastEventId = id),
          })
        } else response.body.destroy()
      } catch {
        // It is tried again; that a server ends is told by its process.
      }
      stops.delete(own)
      if (isOver()) return
      await new Promise<void>((resolve) => clock.after(wait, resolve))
      wait = Math.min(wait * 2, LONGEST_WAIT_MS)
    }
  }
  const stops = new Map<number, () => void>()

  return {
    restart() {
      for (const stop of stops.values()) stop()
      void run(++current)
    },
  }
}
