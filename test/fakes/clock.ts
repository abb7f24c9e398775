import type { Clock } from '../../src/domain/clock.ts'

export type FakeClock = Clock & {
  advance(milliseconds: number): void
  /** Sets the wall clock; the monotonic one and what waits for it go on as they were. */
  set(now: number): void
}

/** Time that only a test moves. Begins at 2026-01-01T00:00:00Z. */
export function createFakeClock(start = Date.UTC(2026, 0, 1)): FakeClock {
  const time = createTime(start)
  return {
    ...time.clock,
    set: (now) => time.set(now),
    advance(milliseconds) {
      const end = time.clock.monotonic() + milliseconds
      while (time.runNext(end)) continue
      time.moveTo(end)
    },
  }
}

export type MovableClock = Clock & {
  /** Moves both clocks on and runs what is due, in order; between two tasks promises get their turn. */
  advance(milliseconds: number): Promise<void>
}

/** The same for what works in promises: each task's consequences come before the next task. */
export function createMovableClock(): MovableClock {
  const time = createTime(Date.UTC(2026, 0, 1))
  return {
    ...time.clock,
    async advance(milliseconds) {
      const end = time.clock.monotonic() + milliseconds
      await settle()
      while (time.runNext(end)) await settle()
      time.moveTo(end)
    },
  }
}

/** Lets streams, immediates and promises come to rest. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await new Promise((resolve) => setImmediate(resolve))
}

function createTime(start: number) {
  let passed = 0
  let ahead = 0
  let tasks: { readonly at: number; readonly task: () => void }[] = []
  const clock: Clock = {
    now: () => start + passed + ahead,
    monotonic: () => passed,
    after(milliseconds, task) {
      const entry = { at: passed + Math.max(0, milliseconds), task }
      tasks.push(entry)
      return () => {
        tasks = tasks.filter((other) => other !== entry)
      }
    },
  }
  return {
    clock,
    set(now: number) {
      ahead = now - start - passed
    },
    moveTo(end: number) {
      passed = end
    },
    /** The earliest task that is due at `end`; false when there is none. */
    runNext(end: number): boolean {
      const [next] = tasks.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
      if (next === undefined) return false
      tasks = tasks.filter((other) => other !== next)
      passed = Math.max(passed, next.at)
      next.task()
      return true
    },
  }
}
