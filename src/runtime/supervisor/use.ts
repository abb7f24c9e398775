/** Who still needs a process: what was asked of it last, and what holds it although nothing is asked. */
import type { Clock } from '../../domain/clock.ts'
import type { Activity } from './server-connection.ts'

export type Use = {
  readonly touch: () => void
  readonly hold: () => () => void
  readonly read: (inFlight: number) => Activity
}

export function createUse(clock: Clock): Use {
  let usedAt = clock.monotonic()
  let holds = 0
  return {
    touch() {
      usedAt = clock.monotonic()
    },
    hold() {
      let held = true
      holds++
      return () => {
        if (!held) return
        held = false
        holds--
        usedAt = clock.monotonic()
      }
    },
    read(inFlight) {
      // Whoever looks while a call is on its way finds it used now: the idle time begins with the answer.
      if (inFlight > 0 || holds > 0) usedAt = clock.monotonic()
      return { inFlight, holds, usedAt }
    },
  }
}
