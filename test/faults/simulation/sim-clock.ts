/** Time of a simulation: moved by hand, with the consequences of each task before the next. */
import type { Clock } from '../../../src/domain/clock.ts'

export type SimClock = Clock & { advance(milliseconds: number): Promise<void> }

type Task = { readonly at: number; readonly run: () => void }

export function createSimClock(): SimClock {
  const start = Date.UTC(2026, 0, 1)
  let passed = 0
  let tasks: Task[] = []
  return {
    now: () => start + passed,
    monotonic: () => passed,
    after(milliseconds, run) {
      const task = { at: passed + Math.max(0, milliseconds), run }
      // Kept in order; those of the same moment in the order they came.
      let place = tasks.length
      while (place > 0 && (tasks[place - 1]?.at ?? 0) > task.at) place--
      tasks.splice(place, 0, task)
      return () => {
        tasks = tasks.filter((other) => other !== task)
      }
    },
    async advance(milliseconds) {
      const end = passed + milliseconds
      await rest()
      for (let next = tasks[0]; next !== undefined && next.at <= end; next = tasks[0]) {
        tasks.shift()
        passed = Math.max(passed, next.at)
        next.run()
        await rest()
      }
      passed = end
    },
  }
}

/** Everything here happens in promises and streams, which come to rest within a few turns. */
async function rest(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
}
