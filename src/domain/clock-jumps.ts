/** Tells when the wall clock was set: for a while nothing is judged by its age then. */
import type { Clock } from './clock.ts'

export type ClockJump = {
  /** Milliseconds that the wall clock went ahead; negative: back. */
  readonly by: number
  /** How long ago, milliseconds. */
  readonly age: number
}

export interface ClockJumps {
  /** The last jump, until the clock has been steady for a day. Asked now and then, so that none is missed. */
  find(): ClockJump | null
}

/** More than a time server corrects in steps. */
const JUMP_MS = 300_000
const STEADY_MS = 86_400_000

export function watchClockJumps(clock: Pick<Clock, 'now' | 'monotonic'>): ClockJumps {
  const offsetOf = () => clock.now() - clock.monotonic()
  let offset = offsetOf()
  let jump: { readonly by: number; readonly at: number } | null = null
  return {
    find() {
      const now = clock.monotonic()
      const by = offsetOf() - offset
      // A slow drift is followed.
      offset += by
      if (Math.abs(by) > JUMP_MS) jump = { by: Math.round(by), at: now }
      if (jump !== null && now - jump.at > STEADY_MS) jump = null
      return jump === null ? null : { by: jump.by, age: Math.round(now - jump.at) }
    },
  }
}
