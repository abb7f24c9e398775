/** W3C Trace Context, as it travels in headers and in `_meta`. */

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:$|-)/
/** Longer than anybody must pass on (512). */
const MAX_STATE = 2048
/** Printable ASCII: what may be in a header. */
const PRINTABLE = /^[\x20-\x7e]+$/

/** Which trace it names; null where it is no `traceparent`. */
export function parseTraceId(traceparent: string): string | null {
  return TRACEPARENT.exec(traceparent)?.[1] ?? null
}

/** `tracestate` and `baggage`: lists of others, of which only the form is looked at. */
export function isTraceList(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_STATE && PRINTABLE.test(value)
}

/** The headers for what a message says in `_meta`; a state without its parent means nothing. */
export function buildTraceHeaders(meta: Readonly<Record<string, unknown>>): Record<string, string> {
  const { traceparent, tracestate } = meta
  if (!isTraceList(traceparent) || parseTraceId(traceparent) === null) return {}
  return isTraceList(tracestate) ? { traceparent, tracestate } : { traceparent }
}

export type TraceParent = { readonly traceId: string; readonly spanId: string; readonly isSampled: boolean }

/** Null where it is no `traceparent`. */
export function parseTraceparent(text: unknown): TraceParent | null {
  if (typeof text !== 'string' || parseTraceId(text) === null) return null
  const [, traceId = '', spanId = '', flags = ''] = text.split('-')
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 }
}

export function renderTraceparent({ traceId, spanId, isSampled }: TraceParent): string {
  return `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`
}

/** The spans of one call that is traced. */
export type CallTrace = {
  readonly traceId: string
  /** The span of whoever called; null at the beginning of a trace. */
  readonly parent: string | null
  /** What the HTTP headers say where `_meta` says something else. */
  readonly link: TraceParent | null
  readonly serverSpan: string
  readonly clientSpan: string
}
