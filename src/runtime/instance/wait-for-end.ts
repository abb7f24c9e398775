import type { Readable } from 'node:stream'
import type { Clock } from '../../domain/clock.ts'

/** Resolves when a flowing stream has ended or closed, after `milliseconds` at the latest. */
export function waitForEnd(stream: Readable, clock: Clock, milliseconds: number): Promise<void> {
  if (stream.readableEnded || stream.destroyed) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      cancel()
      for (const name of ['end', 'close', 'error']) stream.off(name, done)
      resolve()
    }
    const cancel = clock.after(milliseconds, done)
    for (const name of ['end', 'close', 'error']) stream.on(name, done)
  })
}
