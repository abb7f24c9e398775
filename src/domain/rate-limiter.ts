/** Token buckets: so many at once, so many a minute. Constant work a request, a bounded number of keys. */
import type { Clock } from './clock.ts'

/** What one asker has left. */
export type Allowance = {
  readonly isAllowed: boolean
  readonly limit: number
  readonly remaining: number
  /** Seconds until one more is possible, or, while some are left, until all are. */
  readonly resetSeconds: number
}

export interface RateLimiter {
  /** Takes one for `key`. */
  take(key: string): Allowance
  /** Seconds until `take` succeeds; 0 when it does now. Takes nothing. */
  waitSeconds(key: string): number
  /** Fills the bucket of `key`. */
  forgive(key: string): void
}

type Bucket = { tokens: number; at: number; movedAt: number }

const WINDOW_MS = 60_000
const MAX_KEYS = 10_000
/** A busy key goes to the end of the table this often, not at every request. */
const MOVE_MS = 1_000

/**
 * @param rate a minute; also the most at once: whoever asks evenly never waits. As a function, it may change: what is
 * left then fits the new one.
 */
export function createRateLimiter(
  rate: number | (() => number),
  clock: Pick<Clock, 'monotonic'>,
  maxKeys = MAX_KEYS,
): RateLimiter {
  /** Roughly in order of last use, so that the first one is the likeliest to be full again. */
  const buckets = new Map<string, Bucket>()
  const readRate = typeof rate === 'number' ? () => rate : rate
  /** When the table is full of askers, strangers share one bucket: nobody is let in by making keys. */
  const crowd: Bucket = { tokens: readRate(), at: clock.monotonic(), movedAt: 0 }

  const refill = (bucket: Bucket) => {
    const now = clock.monotonic()
    const perMinute = readRate()
    bucket.tokens = Math.min(perMinute, bucket.tokens + (now - bucket.at) * (perMinute / WINDOW_MS))
    bucket.at = now
    return bucket
  }
  const find = (key: string) => {
    const found = buckets.get(key)
    if (found !== undefined) {
      refill(found)
      if (found.at - found.movedAt < MOVE_MS) return found
      found.movedAt = found.at
      buckets.delete(key)
      buckets.set(key, found)
      return found
    }
    if (buckets.size >= maxKeys) {
      const [oldest] = buckets
      if (oldest === undefined || refill(oldest[1]).tokens < readRate()) return refill(crowd)
      buckets.delete(oldest[0])
    }
    const at = clock.monotonic()
    const made = { tokens: readRate(), at, movedAt: at }
    buckets.set(key, made)
    return made
  }
  const secondsFor = (tokens: number) => Math.ceil(tokens / (readRate() / WINDOW_MS) / 1000)

  return {
    take(key) {
      const bucket = find(key)
      const isAllowed = bucket.tokens >= 1
      if (isAllowed) bucket.tokens--
      const { tokens } = bucket
      const perMinute = readRate()
      return {
        isAllowed,
        limit: perMinute,
        remaining: Math.floor(tokens),
        resetSeconds: secondsFor(isAllowed ? perMinute - tokens : 1 - tokens),
      }
    },
    waitSeconds(key) {
      const found = buckets.get(key)
      return found === undefined ? 0 : secondsFor(Math.max(0, 1 - refill(found).tokens))
    },
    forgive(key) {
      buckets.delete(key)
    },
  }
}
