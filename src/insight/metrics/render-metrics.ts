/** Metrics as text: Prometheus 0.0.4, or OpenMetrics 1.0 for who asks for it. */
import type { Exemplar, Metric, MetricDefinition, Series } from '../../domain/metrics.ts'

export type MetricsFormat = 'prometheus' | 'openmetrics'

export const METRICS_TYPES: Readonly<Record<MetricsFormat, string>> = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
}

/** RFC 9110 §12.5.1 as far as it matters here: OpenMetrics where it is named and not wanted less than text. */
export function chooseMetricsFormat(accept: string): MetricsFormat {
  const qualityOf = (pattern: RegExp) => {
    const ranges = accept
      .toLowerCase()
      .split(',')
      .filter((range) => pattern.test(range))
    return Math.max(0, ...ranges.map((range) => Number(/;\s*q=([\d.]+)/.exec(range)?.[1] ?? 1)))
  }
  const open = qualityOf(/^\s*application\/openmetrics-text\s*(?:;(?!.*version=(?!1\.0\.0|0\.0\.1)).*)?$/)
  return open > 0 && open >= qualityOf(/^\s*text\/plain/) ? 'openmetrics' : 'prometheus'
}

/** Series of one chunk, after which whoever renders may let others go first. */
const CHUNK = 25

export function* renderMetrics(metrics: Iterable<Metric>, format: MetricsFormat): Generator<string> {
  for (const metric of metrics) {
    const { definition } = metric
    const series = [...metric.list()]
    if (series.length === 0) continue
    let text = renderHead(definition, format)
    for (const [at, one] of series.entries()) {
      text += renderSeries(definition, one, format)
      if (at % CHUNK !== CHUNK - 1) continue
      yield text
      text = ''
    }
    yield text
  }
  if (format === 'openmetrics') yield '# EOF\n'
}

function renderHead({ name, kind, help }: MetricDefinition, format: MetricsFormat): string {
  const family = format === 'openmetrics' ? familyOf(name) : name
  const unit = format === 'openmetrics' ? /_(seconds|bytes)$/.exec(family)?.[1] : undefined
  return [
    `# HELP ${family} ${escapeText(help, format === 'openmetrics')}\n`,
    `# TYPE ${family} ${kind}\n`,
    unit === undefined ? '' : `# UNIT ${family} ${unit}\n`,
  ].join('')
}

/** OpenMetrics names a counter without its suffix. */
function familyOf(name: string): string {
  return name.replace(/_total$/, '')
}

function renderSeries(definition: MetricDefinition, series: Series, format: MetricsFormat): string {
  const { name, labels, buckets = [] } = definition
  const joined = renderLabels(labels, series)
  const suffix = joined === '' ? '' : `{${joined}}`
  const { counts, exemplars } = series
  if (counts === null) return `${name}${suffix} ${renderNumber(series.value)}\n`
  const before = joined === '' ? '' : `${joined},`
  let text = ''
  let total = 0
  for (const [at, count] of counts.entries()) {
    total += count
    const bound = buckets[at] === undefined ? '+Inf' : renderBound(buckets[at])
    const exemplar = format === 'openmetrics' ? renderExemplar(exemplars?.[at] ?? null) : ''
    text += `${name}_bucket{${before}le="${bound}"} ${total}${exemplar}\n`
  }
  return `${text}${name}_sum${suffix} ${renderNumber(series.value)}\n${name}_count${suffix} ${total}\n`
}

/** A series keeps its labels for good. */
const rendered = new WeakMap<Series, string>()

function renderLabels(names: readonly string[], series: Series): string {
  const known = rendered.get(series)
  if (known !== undefined) return known
  const pairs = names.flatMap((name, at) => {
    const value = series.labels[at] ?? ''
    return value === '' ? [] : [`${name}="${escapeText(value, true)}"`]
  })
  const text = pairs.join(',')
  rendered.set(series, text)
  return text
}

function renderExemplar(exemplar: Exemplar | null): string {
  if (exemplar === null) return ''
  const { traceId, value, at } = exemplar
  return ` # {trace_id="${traceId}"} ${renderNumber(value)} ${(at / 1000).toFixed(3)}`
}

/** Canonical for OpenMetrics, and the same in both formats, so that a change of format changes no series. */
function renderBound(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : `${value}`
}

function renderNumber(value: number): string {
  if (value === Infinity) return '+Inf'
  return value === -Infinity ? '-Inf' : `${value}`
}

function escapeText(text: string, quotes: boolean): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
  return quotes ? escaped.replaceAll('"', '\\"') : escaped
}
