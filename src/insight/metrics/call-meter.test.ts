import { describe, expect, it } from 'vitest'
import type { ServerId } from '../../domain/id.ts'
import { createPlatformMetrics } from '../../domain/metric-list.ts'
import { createCallMeter, type MeasuredCall } from './call-meter.ts'

const call = (over: Partial<MeasuredCall> = {}): MeasuredCall => ({
  serverId: 'srv_a' as ServerId,
  method: 'tools/call',
  tool: 'add',
  protocolVersion: '2025-11-25',
  outcome: 'ok',
  startedAt: 0,
  milliseconds: 10,
  traceId: null,
  ...over,
})

function measure(...calls: readonly MeasuredCall[]) {
  const metrics = createPlatformMetrics()
  const { callDuration } = metrics
  const meter = createCallMeter(metrics, (id) => id.slice(4))
  for (const one of calls) meter.note(one, 1)
  const list = () =>
    [...callDuration.list()].map(
      ({ labels, counts }) => `${labels.join(' ')} ${counts?.reduce((sum, count) => sum + count, 0)}`,
    )
  const overhead = () =>
    [...metrics.gatewayOverhead.list()].map(({ labels, value, counts }) => [labels[0], value, counts?.[0]])
  return { meter, list, overhead }
}

describe('the meter of calls', () => {
  it('tells server, method, tool, outcome and version apart', () => {
    const { list } = measure(
      call(),
      call(),
      call({ outcome: 'tool_error' }),
      call({ protocolVersion: '2026-07-28' }),
      call({ method: 'tools/list', tool: null }),
      call({ serverId: 'srv_b' as ServerId }),
      call(),
    )
    expect(list()).toEqual([
      'a tools/call add  2025-11-25 3',
      'a tools/call add tool_error 2025-11-25 1',
      'a tools/call add  2026-07-28 1',
      'a tools/list   2025-11-25 1',
      'b tools/call add  2025-11-25 1',
    ])
  })

  it('counts tools that never answered, and what no protocol knows, as other', () => {
    const { list } = measure(
      call({ tool: 'made-up', outcome: 'error' }),
      call({ tool: 'made-up-too', outcome: 'tool_error' }),
      call({ method: 'made/up', tool: null }),
      call({ method: 'ping', tool: null, protocolVersion: 'mine' }),
    )
    expect(list()).toEqual([
      'a tools/call other error 2025-11-25 1',
      'a tools/call other tool_error 2025-11-25 1',
      'a other   2025-11-25 1',
      'a ping   other 1',
    ])
  })

  it('tells 50 tools of a server apart', () => {
    const { list } = measure(...Array.from({ length: 10_000 }, (_, n) => call({ tool: `tool-${n}` })))
    expect(list()).toHaveLength(51)
    expect(list().at(-1)).toBe('a tools/call other  2025-11-25 9950')
  })

  it('begins anew with a server that was deleted', () => {
    const { meter, list, overhead } = measure(call(), call())
    expect(overhead()).toEqual([['a', 0.002, 2]])
    meter.forget('srv_a' as ServerId)
    meter.note(call(), null)
    expect(overhead()).toEqual([])
    expect(list()).toEqual(['a tools/call add  2025-11-25 1'])
  })
})
