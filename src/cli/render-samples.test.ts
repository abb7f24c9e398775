import { describe, expect, it } from 'vitest'
import { renderCourse, renderSamples } from './render-samples.ts'

const answer = {
  server: 'weather',
  from: '2026-11-26T00:00:00.000Z',
  to: '2026-11-26T00:03:00.000Z',
  step_seconds: 60,
  columns: ['time', 'samples', 'memory_min_bytes', 'memory_mean_bytes', 'memory_max_bytes', 'calls'],
  rows: [
    [0, 60, 1_048_576, 2_097_152, 3_145_728, 2],
    [60, 0, null, null, null, null],
    [120, 60, 2_097_152, 4_194_304, 5_242_880, 3],
  ],
}

describe('renderSamples', () => {
  it('tells gauges by their bounds, counters by their sum, and nothing of what is not known', () => {
    expect(renderSamples(answer)).toEqual([
      ['memory', '1 MiB', '3 MiB', '5 MiB', null, '▅ █'],
      ['calls', null, null, null, '5', '▆ █'],
    ])
  })
})

describe('renderCourse', () => {
  it('shows the highest of each of forty parts, and gaps as blanks', () => {
    expect(renderCourse([0, 1, 2, 4, 8])).toBe('▁▂▃▅█')
    expect(renderCourse([null, 5])).toBe(' █')
    expect(renderCourse(Array.from({ length: 2000 }, (_, index) => index))).toHaveLength(40)
    expect(renderCourse([0, 0])).toBe('▁▁')
  })
})
