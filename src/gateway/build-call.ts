import type { Clock } from '../domain/clock.ts'
import type { ProcessKey } from '../domain/process-key.ts'
import type { ServerTraits } from '../domain/server-traits.ts'
import type { CallRequest } from './call.ts'
import type { Call } from './call-queue.ts'
import type { GatewayConfig } from './gateway-config.ts'
import { traceCall, type Tracer } from './trace.ts'

/** A request as its lane keeps it from here on. */
export function buildCall(
  request: CallRequest,
  { owner }: ProcessKey,
  clock: Clock,
  config: Pick<GatewayConfig, 'callTimeoutMs' | 'callCeilingMs'>,
  traits: Pick<ServerTraits, 'callTimeoutMs'>,
  tracer: Tracer | null = null,
): Call {
  const now = clock.monotonic()
  const before = request.earlier === undefined ? 0 : clock.now() - request.earlier.startedAt
  const startedAt = now - Math.max(0, before)
  // What a server asks for itself never goes past what the operator allows.
  const timeoutMs = Math.min(traits.callTimeoutMs ?? config.callTimeoutMs, config.callCeilingMs)
  const { params, traceId, spans } = traceCall(request, owner !== null, tracer)
  return {
    request,
    params,
    traceId,
    spans,
    startedAt,
    timeoutMs,
    ceiling: startedAt + config.callCeilingMs,
    deadline: now + timeoutMs,
    sentAt: 0,
    answeredAt: 0,
    upstream: null,
    state: 'queued',
    shift: null,
  }
}
