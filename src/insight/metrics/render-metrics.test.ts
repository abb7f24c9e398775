import { describe, expect, it } from 'vitest'
import { createMetrics, observe, type MetricDefinition } from '../../domain/metrics.ts'
import { chooseMetricsFormat, renderMetrics, type MetricsFormat } from './render-metrics.ts'

const DEFINITIONS = {
  calls: {
    name: 'x_calls_total',
    kind: 'counter',
    help: 'Calls; a "quote", a \\ and\na line.',
    labels: ['server'],
  },
  memory: { name: 'x_memory_bytes', kind: 'gauge', help: 'Memory.', labels: [] },
  time: { name: 'x_time_seconds', kind: 'histogram', help: 'Time.', labels: ['kind'], buckets: [0.5, 1] },
} as const satisfies Record<string, MetricDefinition>

function render(format: MetricsFormat, fill: (metrics: ReturnType<typeof build>) => void): string {
  const metrics = build()
  fill(metrics)
  return [...renderMetrics(Object.values(metrics), format)].join('')
}
const build = () => createMetrics(DEFINITIONS)

describe('renderMetrics', () => {
  it('writes Prometheus text', () => {
    const text = render('prometheus', ({ calls, memory, time }) => {
      calls.add(2, 'a"b\\c\nd')
      memory.set(1.5)
      for (const seconds of [0.5, 0.7, 3]) time.observe(seconds, '')
    })
    expect(text).toBe(
      [
        '# HELP x_calls_total Calls; a "quote", a \\\\ and\\na line.',
        '# TYPE x_calls_total counter',
        'x_calls_total{server="a\\"b\\\\c\\nd"} 2',
        '# HELP x_memory_bytes Memory.',
        '# TYPE x_memory_bytes gauge',
        'x_memory_bytes 1.5',
        '# HELP x_time_seconds Time.',
        '# TYPE x_time_seconds histogram',
        'x_time_seconds_bucket{le="0.5"} 1',
        'x_time_seconds_bucket{le="1.0"} 2',
        'x_time_seconds_bucket{le="+Inf"} 3',
        'x_time_seconds_sum 4.2',
        'x_time_seconds_count 3',
        '',
      ].join('\n'),
    )
  })

  it('writes OpenMetrics: families without suffix, units, exemplars, the end mark', () => {
    const trace = '0af7651916cd43dd8448eb211c80319c'
    const text = render('openmetrics', ({ calls, time }) => {
      calls.add(1, 'a')
      observe(time.series('ok'), DEFINITIONS.time.buckets, 0.7, trace, 1_700_000_000_123)
    })
    expect(text).toBe(
      [
        '# HELP x_calls Calls; a \\"quote\\", a \\\\ and\\na line.',
        '# TYPE x_calls counter',
        'x_calls_total{server="a"} 1',
        '# HELP x_time_seconds Time.',
        '# TYPE x_time_seconds histogram',
        '# UNIT x_time_seconds seconds',
        'x_time_seconds_bucket{kind="ok",le="0.5"} 0',
        `x_time_seconds_bucket{kind="ok",le="1.0"} 1 # {trace_id="${trace}"} 0.7 1700000000.123`,
        'x_time_seconds_bucket{kind="ok",le="+Inf"} 1',
        'x_time_seconds_sum{kind="ok"} 0.7',
        'x_time_seconds_count{kind="ok"} 1',
        '# EOF',
        '',
      ].join('\n'),
    )
  })

  it('comes in pieces, so that whoever sends it can let others go first', () => {
    const metrics = build()
    for (let n = 0; n < 60; n++) metrics.calls.add(1, `server-${n}`)
    const pieces = [...renderMetrics(Object.values(metrics), 'prometheus')]
    expect(pieces.map((piece) => piece.split('\n').length - 1)).toEqual([27, 25, 10])
  })
})

describe('chooseMetricsFormat', () => {
  it.each([
    ['', 'prometheus'],
    ['*/*', 'prometheus'],
    ['text/plain;version=0.0.4', 'prometheus'],
    ['application/openmetrics-text', 'openmetrics'],
    ['application/openmetrics-text; version=1.0.0; charset=utf-8', 'openmetrics'],
    ['application/openmetrics-text;version=2.0.0', 'prometheus'],
    ['application/openmetrics-text;q=0', 'prometheus'],
    ['application/openmetrics-text;q=0.3,text/plain;q=0.9', 'prometheus'],
    // As Prometheus 2 asks.
    [
      'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
      'openmetrics',
    ],
  ])('takes %j for %s', (accept, format) => {
    expect(chooseMetricsFormat(accept)).toBe(format)
  })
})
