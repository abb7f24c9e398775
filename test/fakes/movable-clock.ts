import type { Clock } from '../../src/domain/clock.ts'

export type MovableClock = Clock & {
  /** Moves both clocks on and runs what is due, in order; between two tasks promises get their turn. */
  advance(milliseconds: number): Promise<void>
}

/** Time that passes only when told. Begins at 2026-01-01T00:00:00Z. */
export function createMovableClock(): MovableClock {
  const start = Date.UTC(2026, 0, 1)
  let elapsed = 0
  let timers: { readonly at: number; readonly task: () => void }[] = []
  return {
    now: () => start + elapsed,
    monotonic: () => elapsed,
    after(milliseconds, task) {
      const timer = { at: elapsed + Math.max(0, milliseconds), task }
      timers.push(timer)
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    },
    async advance(milliseconds) {
      const until = elapsed + milliseconds
      await settle()
      for (;;) {
        const next = timers.filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at)[0]
        if (next === undefined) break
        elapsed = next.at
        timers = timers.filter((other) => other !== next)
        next.task()
        await settle()
      }
      elapsed = until
    },
  }
}

/** Lets streams, immediates and promises come to rest. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await new Promise((resolve) => setImmediate(resolve))
}
