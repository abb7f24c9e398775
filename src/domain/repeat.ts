import type { Clock } from './clock.ts'

/** Runs `task`, which must not reject, again and again, one at a time, each so long after the one before has ended. */
export function startRepeating(
  clock: Clock,
  milliseconds: number,
  task: () => void | Promise<void>,
): () => void {
  let cancel = () => {}
  let isOver = false
  const schedule = () => {
    if (isOver) return
    cancel = clock.after(milliseconds, () => {
      const work = task()
      if (work === undefined) schedule()
      else void work.then(schedule)
    })
  }
  schedule()
  return () => {
    isOver = true
    cancel()
  }
}
