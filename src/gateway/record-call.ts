import type { CallOutcome } from '../domain/call-outcome.ts'
import type { ServerId } from '../domain/id.ts'
import { readToolName } from './call.ts'
import type { Call } from './call-queue.ts'
import type { LaneDeps } from './lane.ts'
import type { CallRecord } from './ports.ts'

/** For the end of each call; one without an answer is in the log too. */
export function createCallRecorder(
  serverId: ServerId,
  { clock, record: note, logger }: Pick<LaneDeps, 'clock' | 'record' | 'logger'>,
): (call: Call, outcome: CallOutcome) => void {
  return ({ request, startedAt, sentAt, answeredAt, traceId }, outcome) => {
    if (request.unrecorded === true) return
    const milliseconds = clock.monotonic() - startedAt
    const method = request.method.slice(0, 128)
    const tool = readToolName(request)
    const own = answeredAt > 0 && sentAt > 0 ? milliseconds - (answeredAt - sentAt) : null
    const record: CallRecord = {
      serverId,
      principalId: request.principalId,
      method,
      tool,
      protocolVersion: request.protocolVersion,
      outcome,
      startedAt: Math.round(clock.now() - milliseconds),
      milliseconds,
      traceId,
    }
    note(record, own)
    if (outcome !== 'timeout' && outcome !== 'lost') return
    logger.warn('a call got no answer', { server_id: serverId, method, tool, outcome, trace_id: traceId })
  }
}
