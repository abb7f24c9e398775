import { describe, expect, it } from 'vitest'
import { addLatency, encodeLatencies, type LatencyHistogram } from '../../domain/latency-histogram.ts'
import type { Application } from '../../domain/recommendation.ts'
import { judgeChange } from './judge-change.ts'

const calls = (milliseconds: number): LatencyHistogram => {
  const histogram: LatencyHistogram = new Map()
  for (let call = 0; call < 300; call++) addLatency(histogram, milliseconds + (call % 10))
  return histogram
}
const change: Application = {
  at: 0,
  by: 'alice',
  before: 512,
  after: 360,
  inPlace: true,
  watchedUntil: 1,
  baseline: { latencies: encodeLatencies(calls(100)), throttled: 0 },
}
const quiet = { kills: [], throttled: 0, latencies: calls(100) }
const memory = { resource: 'memory_mb', direction: 'lower' } as const
const cpu = { resource: 'cpu_percent', direction: 'lower' } as const

describe('judgeChange', () => {
  it('L-9: less memory is judged by its kills, with both numbers', () => {
    expect(judgeChange(memory, change, quiet)).toBeNull()
    expect(judgeChange(memory, change, { ...quiet, kills: [360] })).toBe(
      'it ran out of memory at 360 MiB, after a change from 512 to 360',
    )
    expect(judgeChange(cpu, change, { ...quiet, kills: [360] })).toBeNull()
  })

  it('L-9: by throttling that was not there before', () => {
    expect(judgeChange(cpu, change, { ...quiet, throttled: 0.06 })).toBe(
      'it was held back in 6 % of its CPU periods, 0 % before',
    )
    expect(judgeChange(cpu, change, { ...quiet, throttled: 0.05 })).toBeNull()
    const usual = { ...change, baseline: { ...change.baseline, throttled: 0.2 } }
    expect(judgeChange(cpu, usual, { ...quiet, throttled: 0.2 })).toBeNull()
  })

  it('L-9: by calls that became slower', () => {
    expect(judgeChange(memory, change, { ...quiet, latencies: calls(150) })).toMatch(
      /^its calls became slower: p95 \d+(\.\d+)? ms in 300 calls before, \d+(\.\d+)? ms in 300 after$/,
    )
  })

  it('more is judged by what it was for', () => {
    const raise = { resource: 'memory_mb', direction: 'raise' } as const
    expect(judgeChange(raise, change, { kills: [], throttled: 1, latencies: calls(500) })).toBeNull()
    expect(judgeChange(raise, change, { ...quiet, kills: [360] })).toMatch(/^it ran out of memory at 360/)
  })
})
