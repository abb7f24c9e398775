/** The same metrics as /metrics has, for OTLP: cumulative since the start. */
import type { Metric, Series } from '../../domain/metrics.ts'
import {
  buildAttributes,
  buildResource,
  buildScope,
  renderNanoseconds,
  type TelemetrySource,
} from './otlp.ts'
import { LABEL_NAMES, METRIC_NAMES } from './telemetry-names.ts'

const CUMULATIVE = 2

/** Times in milliseconds since the epoch. */
export function buildMetricsBody(
  metrics: Iterable<Metric>,
  source: TelemetrySource,
  times: { readonly since: number; readonly now: number },
) {
  const built = [...metrics].flatMap((metric) => buildMetric(metric, times) ?? [])
  return {
    resourceMetrics: [
      { resource: buildResource(source), scopeMetrics: [{ scope: buildScope(source), metrics: built }] },
    ],
  }
}

function buildMetric(metric: Metric, { since, now }: { readonly since: number; readonly now: number }) {
  const { definition } = metric
  const { name, kind, help, labels, buckets = [] } = definition
  const series = [...metric.list()]
  if (series.length === 0) return null
  const common = ({ labels: values }: Series) => ({
    attributes: buildAttributes(
      Object.fromEntries(labels.map((label, at) => [LABEL_NAMES[label] ?? label, values[at]])),
    ),
    startTimeUnixNano: renderNanoseconds(since),
    timeUnixNano: renderNanoseconds(now),
  })
  const unit = name.includes('_seconds') ? 's' : name.includes('_bytes') ? 'By' : '1'
  const head = { name: METRIC_NAMES[name] ?? name, description: help, unit }
  if (kind === 'histogram') {
    const dataPoints = series.map((one) => ({
      ...common(one),
      count: `${(one.counts ?? []).reduce((sum, count) => sum + count, 0)}`,
      sum: one.value,
      bucketCounts: (one.counts ?? []).map(String),
      explicitBounds: buckets,
    }))
    return { ...head, histogram: { aggregationTemporality: CUMULATIVE, dataPoints } }
  }
  const dataPoints = series.map((one) => ({ ...common(one), asDouble: one.value }))
  if (kind === 'gauge') return { ...head, gauge: { dataPoints } }
  return { ...head, sum: { aggregationTemporality: CUMULATIVE, isMonotonic: true, dataPoints } }
}
