/** Traces of calls and the metrics, sent to a collector over OTLP. Nothing of it exists where none is configured. */
import { readFile, stat } from 'node:fs/promises'
import type { PlatformConfig } from '../config/schema.ts'
import type { Clock } from '../domain/clock.ts'
import { AppError } from '../domain/error.ts'
import type { ServerId } from '../domain/id.ts'
import type { PlatformMetrics } from '../domain/metric-list.ts'
import { startRepeating } from '../domain/repeat.ts'
import type { Tracer } from '../gateway/trace.ts'
import { buildMetricsBody } from '../insight/telemetry/build-otlp-metrics.ts'
import { buildSpans, buildTracesBody, type OtlpSpan } from '../insight/telemetry/build-spans.ts'
import { createExportQueue, type SendResult } from '../insight/telemetry/export-queue.ts'
import type { Logger } from '../system/log.ts'
import { httpRequest } from '../system/outbound.ts'
import { createSpanId } from '../system/random.ts'

export interface Telemetry {
  /** Null: no call is traced. */
  readonly tracer: Tracer | null
  /** Sends what waits, for a moment at most. */
  close(): Promise<void>
}

type TelemetryDeps = {
  readonly config: PlatformConfig['telemetry']['otlp']
  readonly metrics: PlatformMetrics
  /** Brings the metrics up to date. */
  readonly refresh: () => Promise<void>
  readonly nameOf: (serverId: ServerId) => string
  readonly clock: Clock
  readonly logger: Logger
  readonly source: { readonly version: string; readonly instance: string }
}

const TIMEOUT_MS = 10_000
const FAREWELL_MS = 2_000
const MAX_HEADERS_BYTES = 16 * 1024
/** OTLP: these say that the same may be taken later. */
const RETRIED: ReadonlySet<number> = new Set([429, 502, 503, 504])

export async function openTelemetry(deps: TelemetryDeps): Promise<Telemetry> {
  const { config, metrics, clock, logger, source, nameOf } = deps
  if (config.endpoint === null) return { tracer: null, close: async () => {} }
  const base = config.endpoint.replace(/\/$/, '')
  const headers = config.headers_file === null ? {} : await readHeaders(config.headers_file)
  const ending = new AbortController()
  let isFailing = false

  const send = async (signal: 'traces' | 'metrics', body: object): Promise<SendResult> => {
    const result = await post(new URL(`${base}/v1/${signal}`), headers, JSON.stringify(body), ending.signal)
    metrics.otlpExports.add(1, signal, result.kind)
    if (result.kind === 'sent') isFailing = false
    else if (!isFailing) {
      isFailing = true
      logger.warn('the collector does not take what is exported', { signal, reason: result.reason })
    }
    return result.kind
  }

  const queue = createExportQueue<OtlpSpan>({
    clock,
    send: (spans) => send('traces', buildTracesBody(spans, source)),
    onDropped: (count) => metrics.otlpDropped.add(count),
  })
  const tracer: Tracer = {
    begin(parent, link, traceId) {
      if (!(parent === null ? isSampled(traceId, config.sample_ratio) : parent.isSampled)) return null
      const spans = { serverSpan: createSpanId(), clientSpan: createSpanId() }
      return { traceId, parent: parent?.spanId ?? null, link, ...spans }
    },
    end: (call, serverId) => queue.add(buildSpans(call, nameOf(serverId))),
  }
  const since = clock.now()
  const exportMetrics = async () => {
    try {
      await deps.refresh()
      await send('metrics', buildMetricsBody(Object.values(metrics), source, { since, now: clock.now() }))
    } catch (err) {
      logger.error('metrics could not be exported', { err })
    }
  }
  const stop = config.metrics ? startRepeating(clock, config.interval * 1000, exportMetrics) : () => {}

  return {
    tracer: config.traces ? tracer : null,
    async close() {
      stop()
      const cancel = clock.after(FAREWELL_MS, () => ending.abort())
      await Promise.all([queue.flush(), config.metrics ? exportMetrics() : null])
      cancel()
      ending.abort()
      queue.close()
    },
  }
}

/** The same trace is decided alike everywhere: by the random part of its id (W3C Trace Context level 2). */
function isSampled(traceId: string, ratio: number): boolean {
  return ratio >= 1 || Number.parseInt(traceId.slice(18), 16) / 2 ** 56 < ratio
}

type Posted = { readonly kind: SendResult; readonly reason: string }

async function post(
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: string,
  ending: AbortSignal,
): Promise<Posted> {
  try {
    const { status, body: answer } = await httpRequest({
      url,
      method: 'POST',
      headers: {
        ...headers,
        'content-type': 'application/json',
        'content-length': `${Buffer.byteLength(body)}`,
      },
      body,
      signal: AbortSignal.any([ending, AbortSignal.timeout(TIMEOUT_MS)]),
    })
    // Nothing in it is needed; a partial success is one.
    answer.resume()
    if (status >= 200 && status < 300) return { kind: 'sent', reason: '' }
    return { kind: RETRIED.has(status) ? 'retry' : 'refused', reason: `it answered ${status}` }
  } catch (error) {
    return { kind: 'retry', reason: error instanceof Error ? error.message : 'it cannot be reached' }
  }
}

async function readHeaders(path: string): Promise<Readonly<Record<string, string>>> {
  const found = await stat(path).catch((cause: unknown) => {
    throw invalid(`${path} cannot be read`, cause)
  })
  if ((found.mode & 0o077) !== 0) throw invalid(`${path} is open to others; use chmod 600`)
  if (found.size > MAX_HEADERS_BYTES) throw invalid(`${path} is too large`)
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line.trim() !== '')
  return Object.fromEntries(
    lines.map((line, at) => {
      const match = /^([A-Za-z0-9-]+):[ \t]*([\x20-\x7e]+?)\s*$/.exec(line)
      if (match === null) throw invalid(`${path}, line ${at + 1}, is no “Name: value”`)
      return [match[1], match[2]]
    }),
  ) as Record<string, string>
}

function invalid(why: string, cause?: unknown): AppError {
  return new AppError('invalid_platform_config', `mcp_hosting.telemetry.otlp.headers_file: ${why}.`, {
    cause,
  })
}
