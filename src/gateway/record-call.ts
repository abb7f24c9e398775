import type { CallOutcome } from '../domain/call-outcome.ts'
import type { ServerId } from '../domain/id.ts'
import type { Clock } from '../domain/clock.ts'
import type { CallTrace } from '../domain/trace-context.ts'
import { readToolName, type Outcome } from './call.ts'
import type { Call } from './call-queue.ts'
import type { LaneDeps } from './lane.ts'
import type { CallRecord } from './ports.ts'
import type { Tracer } from './trace.ts'

/** For the end of each call; one without an answer is in the log too. */
export function createCallRecorder(
  serverId: ServerId,
  { clock, record: note, logger, tracer }: Pick<LaneDeps, 'clock' | 'record' | 'logger' | 'tracer'>,
): (call: Call, outcome: CallOutcome, ended?: Outcome) => void {
  return (call, outcome, ended) => {
    const { request, startedAt, sentAt, answeredAt, traceId, spans } = call
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
    if (spans !== null) tracer?.end(describeCall(call, spans, record, clock, ended), serverId)
    if (outcome !== 'timeout' && outcome !== 'lost') return
    logger.warn('a call got no answer', {
      server_id: serverId,
      actor: request.principalId,
      method,
      tool,
      outcome,
      trace_id: traceId,
      ...(spans === null ? {} : { span_id: spans.serverSpan }),
    })
  }
}

function describeCall(
  { request: { params }, startedAt, sentAt, answeredAt, upstream }: Call,
  trace: CallTrace,
  { method, tool, protocolVersion, outcome }: CallRecord,
  clock: Clock,
  ended: Outcome | undefined,
): Parameters<Tracer['end']>[0] {
  // Of one clock: the wall clock may be set while the call goes on.
  const toWall = (monotonic: number) => clock.now() - (clock.monotonic() - monotonic)
  const name = method === 'prompts/get' ? params?.['name'] : null
  const sent = {
    at: toWall(sentAt),
    requestId: upstream?.id ?? null,
    answeredAt: answeredAt > 0 ? toWall(answeredAt) : null,
  }
  return {
    trace,
    method,
    tool,
    prompt: typeof name === 'string' ? name.slice(0, 128) : null,
    protocolVersion,
    outcome,
    errorCode: ended?.kind === 'error' ? ended.error.code : null,
    startedAt: toWall(startedAt),
    endedAt: clock.now(),
    sent: sentAt > 0 ? sent : null,
  }
}
