/**
 * Answers that take long become streams: a connection on which nothing comes is cut by what lies between, and only a
 * stream has an event id to come back with. One timer for all, since one for each call would cost more than the call.
 */
import { ChurnSet } from '../domain/churn.ts'
import type { Clock } from '../domain/clock.ts'

export interface SlowAnswer {
  onSlow(): void
}

export interface SlowAnswers {
  add(answer: SlowAnswer): void
  delete(answer: SlowAnswer): void
}

/** `onSlow` is called after `milliseconds`, at the latest after twice that. */
export function createSlowAnswers(clock: Clock, milliseconds: number): SlowAnswers {
  let young = new ChurnSet<SlowAnswer>()
  let old = new ChurnSet<SlowAnswer>()
  let armed = false

  const arm = () => {
    if (armed) return
    armed = true
    clock.after(milliseconds, () => {
      armed = false
      const due = old
      old = young
      young = new ChurnSet()
      for (const answer of due.values()) answer.onSlow()
      if (old.size > 0 || young.size > 0) arm()
    })
  }

  return {
    add(answer) {
      young.add(answer)
      arm()
    },
    delete(answer) {
      if (!young.delete(answer)) old.delete(answer)
    },
  }
}
