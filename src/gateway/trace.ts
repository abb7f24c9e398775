/** R38: the trace context of a call, from its client to its server. */
import type { IncomingHttpHeaders } from 'node:http'
import type { JsonObject } from '../domain/json.ts'
import type { EndedCall } from '../domain/ended-call.ts'
import type { ServerId } from '../domain/id.ts'
import {
  isTraceList,
  parseTraceId,
  parseTraceparent,
  renderTraceparent,
  type CallTrace,
  type TraceParent,
} from '../domain/trace-context.ts'
import { AppError } from '../domain/error.ts'
import { createSpanId, createTraceId } from '../system/random.ts'
import type { CallRequest, Outcome } from './call.ts'
import { readMeta } from './envelope.ts'

/** What the headers of a request say. */
export type TraceHeaders = {
  readonly traceparent: string
  readonly tracestate?: string
  readonly baggage?: string
}

/** Nothing where there is none, which is most calls: then the call pays nothing for it. */
export function readTrace(headers: IncomingHttpHeaders): TraceHeaders | undefined {
  const { traceparent, tracestate, baggage } = headers
  if (typeof traceparent !== 'string' || !isTraceList(traceparent)) return undefined
  if (parseTraceId(traceparent) === null) return undefined
  return {
    traceparent,
    ...(isTraceList(tracestate) ? { tracestate } : {}),
    ...(isTraceList(baggage) ? { baggage } : {}),
  }
}

/** Which calls are traced, and what becomes of them. Absent where nothing is exported. */
export interface Tracer {
  /** @param traceId of the trace that begins here, where there is no parent. Null: this one is not traced. */
  begin(parent: TraceParent | null, link: TraceParent | null, traceId: string): CallTrace | null
  end(call: EndedCall, serverId: ServerId): void
}

export type Traced = {
  readonly params: JsonObject | undefined
  /** Null where the call is not traced. */
  readonly spans: CallTrace | null
  /** Null where the client's own is none that could be looked for. */
  readonly traceId: string | null
}

/** As `carryContext`, and with a child context for the server where the call is traced. */
export function traceCall(request: CallRequest, isOwn: boolean, tracer: Tracer | null): Traced {
  const { params, traceId } = carryContext(request, isOwn)
  if (tracer === null || traceId === null) return { params, traceId, spans: null }
  const said = parseTraceparent(readMeta(request.params)?.['traceparent'])
  const header = parseTraceparent(request.trace?.traceparent)
  const parent = said ?? header
  const spans = tracer.begin(parent, said === null ? null : header, traceId)
  if (spans === null && parent !== null) return { params, traceId, spans }
  const child = { traceId, spanId: spans?.clientSpan ?? createSpanId(), isSampled: spans !== null }
  const _meta = { ...readMeta(params), traceparent: renderTraceparent(child) }
  return { params: { ...params, _meta }, traceId, spans }
}

type Carried = Omit<Traced, 'spans'>

/**
 * What goes to the server: the context in `_meta`, else that of the headers, else a new one. Baggage is a client's
 * own data: only a process that serves nobody else gets it.
 */
function carryContext({ params, trace, unrecorded }: CallRequest, isOwn: boolean): Carried {
  if (unrecorded === true) return { params, traceId: null }
  const meta = readMeta(params)
  const given = meta?.['traceparent']
  if (given !== undefined) {
    const traceId = typeof given === 'string' ? parseTraceId(given) : null
    if (isOwn || meta?.['baggage'] === undefined) return { params, traceId }
    const { baggage: _, ...kept } = meta
    return { params: { ...params, _meta: kept }, traceId }
  }
  if (trace !== undefined) {
    const { baggage, ...context } = trace
    const { baggage: said, ...kept }: JsonObject = meta ?? {}
    const carried = isOwn ? (said ?? baggage) : undefined
    const full: JsonObject = { ...kept, ...context, ...(carried === undefined ? {} : { baggage: carried }) }
    return { params: { ...params, _meta: full }, traceId: parseTraceId(trace.traceparent) }
  }
  const traceId = createTraceId()
  const traceparent = renderTraceparent({ traceId, spanId: createSpanId(), isSampled: true })
  if (meta === undefined) return { params: { ...params, _meta: { traceparent } }, traceId }
  const { baggage, tracestate: _, ...kept } = meta
  const own: JsonObject = isOwn && baggage !== undefined ? { baggage } : {}
  return { params: { ...params, _meta: { ...kept, traceparent, ...own } }, traceId }
}

/** So that whoever reads the answer finds the call in the records and logs. */
export function nameTrace(outcome: Outcome, traceId: string | null): Outcome {
  if (traceId === null || outcome.kind !== 'failed') return outcome
  const { code, message, hint, details, cause } = outcome.error
  const named = new AppError(code, message, { hint, details: { ...details, trace_id: traceId }, cause })
  return { kind: 'failed', error: named }
}
