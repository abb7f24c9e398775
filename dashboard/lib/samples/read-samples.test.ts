import { describe, expect, it } from 'vitest'
import { buildChart, perMinute, toPercent } from './read-samples.ts'

const samples = {
  server: 'weather',
  from: '2026-01-01T00:00:00.000Z',
  to: '2026-01-01T00:00:30.000Z',
  step_seconds: 10,
  columns: ['time', 'samples', 'calls', 'cpu_total_millicores'],
  rows: [
    [100, 10, 4, 250],
    [110, 0, null, null],
    [120, 10, 0, 1000],
  ],
}
const format = String

describe('buildChart', () => {
  it('takes columns by name, and keeps what was not measured', () => {
    const chart = buildChart(samples, [
      { label: 'Calls', column: 'calls', unit: 'per minute', format, scale: perMinute },
      { label: 'CPU', column: 'cpu_total_millicores', unit: 'percent', format, scale: toPercent },
      { label: 'New', column: 'not_there', unit: 'x', format },
    ])
    expect(chart.times).toEqual([100, 110, 120])
    expect(chart.series.map(({ values }) => values)).toEqual([
      [24, null, 0],
      [25, null, 100],
      [null, null, null],
    ])
  })
})
