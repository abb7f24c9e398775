/** A call as two spans: that of the gateway for its client, and below it that of the gateway at the server. */
import type { EndedCall } from '../../domain/ended-call.ts'
import {
  buildAttributes,
  buildResource,
  buildScope,
  renderNanoseconds,
  type TelemetrySource,
} from './otlp.ts'
import { ATTRIBUTES, EXECUTE_TOOL } from './telemetry-names.ts'

/** SPAN_KIND_SERVER, SPAN_KIND_CLIENT; STATUS_CODE_ERROR. */
const KIND_SERVER = 2
const KIND_CLIENT = 3
const STATUS_ERROR = 2
/** W3C: sampled. */
const SAMPLED = 1

export type OtlpSpan = ReturnType<typeof buildSpans>[number]

/** @param server as people call it */
export function buildSpans(call: EndedCall, server: string) {
  const { trace, method, tool, prompt, outcome, errorCode, sent } = call
  const { traceId, parent, link } = trace
  const name = [method, tool ?? prompt].filter((part) => part !== null).join(' ')
  const failure = outcome === 'ok' ? null : errorCode === null ? outcome : `${errorCode}`
  const common = {
    [ATTRIBUTES.server]: server,
    [ATTRIBUTES.method]: method,
    [ATTRIBUTES.tool]: tool,
    [ATTRIBUTES.prompt]: prompt,
    [ATTRIBUTES.operation]: method === 'tools/call' ? EXECUTE_TOOL : null,
    [ATTRIBUTES.errorType]: failure,
    [ATTRIBUTES.statusCode]: errorCode === null ? null : `${errorCode}`,
  }
  const status = failure === null ? {} : { code: STATUS_ERROR, message: outcome }
  const own = {
    traceId,
    spanId: trace.serverSpan,
    parentSpanId: parent ?? '',
    flags: SAMPLED,
    name,
    kind: KIND_SERVER,
    startTimeUnixNano: renderNanoseconds(call.startedAt),
    endTimeUnixNano: renderNanoseconds(call.endedAt),
    attributes: buildAttributes({
      ...common,
      [ATTRIBUTES.protocolVersion]: call.protocolVersion,
      [ATTRIBUTES.transport]: 'tcp',
    }),
    links: link === null ? [] : [{ traceId: link.traceId, spanId: link.spanId }],
    status,
  }
  if (sent === null) return [own]
  const toServer = {
    ...own,
    spanId: trace.clientSpan,
    parentSpanId: trace.serverSpan,
    kind: KIND_CLIENT,
    startTimeUnixNano: renderNanoseconds(sent.at),
    endTimeUnixNano: renderNanoseconds(sent.answeredAt ?? call.endedAt),
    attributes: buildAttributes({
      ...common,
      [ATTRIBUTES.requestId]: sent.requestId === null ? null : `${sent.requestId}`,
    }),
    links: [],
  }
  return [own, toServer]
}

export function buildTracesBody(spans: readonly OtlpSpan[], source: TelemetrySource) {
  return {
    resourceSpans: [{ resource: buildResource(source), scopeSpans: [{ scope: buildScope(source), spans }] }],
  }
}
