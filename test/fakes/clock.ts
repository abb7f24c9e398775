import type { Clock } from '../../src/domain/clock.ts'

/** Time that only a test moves. */
export function createFakeClock(
  start = Date.UTC(2026, 0, 1),
): Clock & { advance(milliseconds: number): void } {
  let passed = 0
  let tasks: { readonly at: number; readonly task: () => void }[] = []
  return {
    now: () => start + passed,
    monotonic: () => passed,
    after(milliseconds, task) {
      const entry = { at: passed + milliseconds, task }
      tasks.push(entry)
      return () => {
        tasks = tasks.filter((other) => other !== entry)
      }
    },
    advance(milliseconds) {
      const end = passed + milliseconds
      for (;;) {
        const next = tasks.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
        if (next === undefined) break
        tasks = tasks.filter((other) => other !== next)
        passed = Math.max(passed, next.at)
        next.task()
      }
      passed = end
    },
  }
}
