/** How often somebody may guess a password: by account, by address, and ever more slowly. */
import type { Clock } from '../domain/clock.ts'
import { AppError } from '../domain/error.ts'
import { addressKey } from '../domain/peer.ts'
import { createRateLimiter } from '../domain/rate-limiter.ts'

export type SignInRates = {
  readonly perAccount: number
  readonly perAddress: number
}

export interface SignInLimits {
  /** Counts one try; throws `rate_limited`. Alike for accounts that are there and that are not. */
  enter(name: string, ip: string | null): void
  /** The password was wrong. */
  fail(name: string, ip: string | null): void
  succeed(name: string, ip: string | null): void
}

/** From this many wrong passwords in a row on, each one doubles the wait. */
const FREE_FAILURES = 5
const FIRST_WAIT_MS = 15_000
const MAX_WAIT_MS = 900_000
const MAX_KEYS = 10_000

export function createSignInLimits(rates: SignInRates, clock: Clock): SignInLimits {
  const accounts = createRateLimiter(() => rates.perAccount, clock)
  const addresses = createRateLimiter(() => rates.perAddress, clock)
  /** Of one account from one address, so that nobody can keep somebody else out for long. */
  const failures = new Map<string, { count: number; until: number }>()
  const pair = (name: string, ip: string | null) => `${nameKey(name)} ${addressKey(ip)}`

  return {
    enter(name, ip) {
      const wait = Math.ceil(((failures.get(pair(name, ip))?.until ?? 0) - clock.monotonic()) / 1000)
      if (wait > 0) throw buildTooMany(wait)
      const address = addresses.take(addressKey(ip))
      if (!address.isAllowed) throw buildTooMany(address.resetSeconds)
      const account = accounts.take(nameKey(name))
      if (!account.isAllowed) throw buildTooMany(account.resetSeconds)
    },
    fail(name, ip) {
      const key = pair(name, ip)
      const count = (failures.get(key)?.count ?? 0) + 1
      failures.delete(key)
      const [oldest] = failures.keys()
      if (failures.size >= MAX_KEYS && oldest !== undefined) failures.delete(oldest)
      const doubled = FIRST_WAIT_MS * 2 ** Math.min(20, count - FREE_FAILURES)
      const wait = count < FREE_FAILURES ? 0 : Math.min(MAX_WAIT_MS, doubled)
      failures.set(key, { count, until: clock.monotonic() + wait })
    },
    succeed(name, ip) {
      failures.delete(pair(name, ip))
      accounts.forgive(nameKey(name))
    },
  }
}

function buildTooMany(retryAfterSeconds: number, what = 'sign-ins'): AppError {
  return new AppError('rate_limited', `Too many ${what}; try again in ${retryAfterSeconds} s.`, {
    details: { retry_after_seconds: retryAfterSeconds },
  })
}

/** As long as a name may be: longer ones are nobody's and share a bucket with their beginning. */
function nameKey(name: string): string {
  return name.toLowerCase().slice(0, 64)
}
