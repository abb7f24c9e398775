import type { Clock } from '../domain/clock.ts'
import type { ProcessKey } from '../domain/process-key.ts'
import type { CallRequest } from './call.ts'
import type { Call } from './call-queue.ts'
import type { GatewayConfig } from './gateway-config.ts'
import { traceCall } from './trace.ts'

/** A request as its lane keeps it from here on. */
export function buildCall(
  request: CallRequest,
  { owner }: ProcessKey,
  clock: Clock,
  { callTimeoutMs, callCeilingMs }: Pick<GatewayConfig, 'callTimeoutMs' | 'callCeilingMs'>,
): Call {
  const now = clock.monotonic()
  const before = request.earlier === undefined ? 0 : clock.now() - request.earlier.startedAt
  const startedAt = now - Math.max(0, before)
  const { params, traceId } = traceCall(request, owner !== null)
  return {
    request,
    params,
    traceId,
    startedAt,
    ceiling: startedAt + callCeilingMs,
    deadline: now + callTimeoutMs,
    upstream: null,
    state: 'queued',
  }
}
