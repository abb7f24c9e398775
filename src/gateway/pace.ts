/** How many messages one principal may send: constant work a message, and no word about it until it is too many. */
import type { ServerResponse } from 'node:http'
import type { Clock } from '../domain/clock.ts'
import { AppError } from '../domain/error.ts'
import type { Principal } from '../domain/principal.ts'
import { createRateLimiter } from '../domain/rate-limiter.ts'
import { sendProblem } from '../system/problem.ts'

export interface Pace {
  /** Counts `messages`; false when that is too many: then the answer is given. */
  admit(principal: Principal, res: ServerResponse, messages?: number): boolean
}

export function createPace(readRate: () => number, clock: Clock, onLimited = () => {}): Pace {
  const limiter = createRateLimiter(readRate, clock)
  return {
    admit({ id, kind }, res, messages = 1) {
      // Whoever has the local token has the platform itself.
      if (kind === 'local') return true
      for (let n = 0; n < messages; n++) {
        const allowance = limiter.take(id)
        if (allowance.isAllowed) continue
        onLimited()
        const { limit: perMinute, resetSeconds: seconds } = allowance
        const error = new AppError('rate_limited', `More than ${perMinute} messages a minute.`, {
          details: { policy: 'mcp', retry_after_seconds: seconds },
        })
        sendProblem(res, error, {
          'Retry-After': String(seconds),
          'RateLimit-Policy': `"mcp";q=${perMinute};w=60`,
          RateLimit: `"mcp";r=0;t=${seconds}`,
        })
        return false
      }
      return true
    },
  }
}
