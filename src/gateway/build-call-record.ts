import type { CallOutcome } from '../domain/call-outcome.ts'
import type { Clock } from '../domain/clock.ts'
import type { ServerId } from '../domain/id.ts'
import { readToolName } from './call.ts'
import type { Call } from './call-queue.ts'
import type { CallRecord } from './ports.ts'

export function buildCallRecord(
  { request, startedAt, traceId }: Call,
  serverId: ServerId,
  outcome: CallOutcome,
  clock: Clock,
): CallRecord {
  const milliseconds = clock.monotonic() - startedAt
  return {
    serverId,
    principalId: request.principalId,
    method: request.method.slice(0, 128),
    tool: readToolName(request),
    protocolVersion: request.protocolVersion,
    outcome,
    startedAt: Math.round(clock.now() - milliseconds),
    milliseconds,
    traceId,
  }
}
