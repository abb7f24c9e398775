/** How often one may ask, and what the answer says about it (draft-ietf-httpapi-ratelimit-headers-10). */
import type { Clock } from '../domain/clock.ts'
import { AppError } from '../domain/error.ts'
import { addressKey } from '../domain/peer.ts'
import type { Principal } from '../domain/principal.ts'
import { createRateLimiter, type Allowance, type RateLimiter } from '../domain/rate-limiter.ts'
import { factsOf } from './request-facts.ts'

/** A minute, of one principal or, where nobody is known, of one address. */
export type ApiRates = { readonly api: number; readonly uploads: number }

type Policy = keyof ApiRates

export interface ApiLimits {
  /** Counts one; throws `rate_limited`. The local owner is not counted: whoever has that token has the machine's data. */
  count(policy: Policy, request: Request, principal: Principal | null): void
  /** Tells the caller what is left. */
  mark(request: Request, response: Response): void
}

export function createApiLimits(rates: ApiRates, clock: Clock): ApiLimits {
  const build = (): Readonly<Record<Policy, RateLimiter>> => ({
    api: createRateLimiter(() => rates.api, clock),
    uploads: createRateLimiter(() => rates.uploads, clock),
  })
  // Tables of their own: strangers can come from any number of addresses, and must not fill that of those who are known.
  const known = build()
  const strangers = build()
  const counted = new WeakMap<Request, Map<Policy, Allowance>>()

  return {
    count(policy, request, principal) {
      if (principal?.kind === 'local') return
      const allowance =
        principal === null
          ? strangers[policy].take(addressKey(factsOf(request)?.peer.ip ?? null))
          : known[policy].take(principal.id)
      counted.set(request, (counted.get(request) ?? new Map<Policy, Allowance>()).set(policy, allowance))
      if (allowance.isAllowed) return
      const seconds = allowance.resetSeconds
      throw new AppError('rate_limited', `More than ${allowance.limit} a minute (${policy}).`, {
        details: { policy, retry_after_seconds: seconds },
      })
    },
    mark(request, response) {
      const all = [...(counted.get(request) ?? [])]
      if (all.length === 0) return
      const list = (render: (name: Policy, allowance: Allowance) => string) =>
        all.map(([name, allowance]) => render(name, allowance)).join(', ')
      response.headers.set(
        'ratelimit-policy',
        list((name, { limit }) => `"${name}";q=${limit};w=60`),
      )
      response.headers.set(
        'ratelimit',
        list((name, { remaining, resetSeconds }) => `"${name}";r=${remaining};t=${resetSeconds}`),
      )
    },
  }
}
