/**
 * A hybrid logical clock (Kulkarni et al. 2014): close to the wall clock, and later than everything that was seen, so
 * that what was written knowing of something sorts after it, however wrong a clock is. One safe integer: milliseconds
 * * 1024 + counter, which may run over into the milliseconds.
 */
const PER_MS = 1024
/** A stamp further ahead is no clock that goes wrong, and would drag every other along. */
const MAX_AHEAD_MS = 86_400_000

export interface HybridClock {
  next(): number
  /** Takes note of another's stamp; false: it is so far ahead that it must not count. */
  see(stamp: number): boolean
}

export function createHybridClock(now: () => number, last: number): HybridClock {
  let newest = last
  return {
    next: () => (newest = Math.max(newest + 1, now() * PER_MS)),
    see(stamp) {
      if (!Number.isSafeInteger(stamp) || stamp < 0 || stamp > (now() + MAX_AHEAD_MS) * PER_MS) return false
      newest = Math.max(newest, stamp)
      return true
    },
  }
}
