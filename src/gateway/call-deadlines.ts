/** One timer watches every deadline of a lane, since a timer for each call would cost more than the call. */
import type { Clock } from '../domain/clock.ts'
import type { Call, CallQueue } from './call-queue.ts'
import type { GatewayConfig } from './gateway-config.ts'
import { buildTimeout, buildUnhealthy } from './lane-errors.ts'
import type { AppError } from '../domain/error.ts'

export interface CallDeadlines {
  /** There is a call; the timer runs for as long as there is any. */
  watch(): void
}

export function createCallDeadlines(
  calls: Pick<CallQueue, 'list'> & { readonly isReady: () => boolean },
  clock: Clock,
  config: Pick<GatewayConfig, 'callTimeoutMs'>,
  onLate: (call: Call, error: AppError) => void,
): CallDeadlines {
  let armed = false

  const explain = (call: Call, seconds: number): AppError => {
    if (call.state === 'queued' && !calls.isReady()) return buildUnhealthy(seconds)
    const waited = call.state === 'queued' ? 'The call waited for its turn.' : 'It got the call.'
    return buildTimeout(`${waited} The limit was ${seconds} s.`)
  }

  const sweep = () => {
    const now = clock.monotonic()
    for (const call of calls.list().filter(({ deadline }) => deadline <= now)) {
      const seconds = Math.round((now - call.startedAt) / 100) / 10
      onLate(call, explain(call, seconds))
    }
  }

  const watch = () => {
    if (armed) return
    armed = true
    clock.after(Math.min(500, Math.ceil(config.callTimeoutMs / 4)), () => {
      armed = false
      sweep()
      if (calls.list().length > 0) watch()
    })
  }

  return { watch }
}
