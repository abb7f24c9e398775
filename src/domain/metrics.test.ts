import { describe, expect, it } from 'vitest'
import { createMetrics, observe } from './metrics.ts'

const build = () =>
  createMetrics({
    calls: { name: 'calls_total', kind: 'counter', help: '.', labels: ['server', 'result'] },
    tools: {
      name: 'tools_total',
      kind: 'counter',
      help: '.',
      labels: ['server', 'tool'],
      cap: { label: 'tool', within: 'server', max: 2 },
    },
    time: { name: 'time_seconds', kind: 'histogram', help: '.', labels: [], buckets: [1, 2] },
  })
const show = (metric: ReturnType<typeof build>['calls']) =>
  [...metric.list()].map(({ labels, value }) => [...labels, value])

describe('createMetrics', () => {
  it('adds up each set of label values by itself', () => {
    const { calls } = build()
    calls.add(1, 'a', 'ok')
    calls.add(2, 'a', 'ok')
    calls.add(1, 'a', 'error')
    expect(show(calls)).toEqual([
      ['a', 'ok', 3],
      ['a', 'error', 1],
    ])
    expect(() => calls.add(1, 'a')).toThrow('calls_total has the labels server, result')
  })

  it('counts what is over the cap as other, for each server by itself', () => {
    const { tools } = build()
    for (const tool of ['x', 'y', 'z', 'w', 'x']) tools.add(1, 'a', tool)
    tools.add(1, 'b', 'z')
    tools.add(1, 'b', '')
    expect(show(tools)).toEqual([
      ['a', 'x', 2],
      ['a', 'y', 1],
      ['a', 'other', 2],
      ['b', 'z', 1],
      ['b', '', 1],
    ])
    expect([tools.hasRoom('a', 'z'), tools.hasRoom('a', 'x'), tools.hasRoom('b', 'y')]).toEqual([
      false,
      true,
      true,
    ])
  })

  it('keeps nothing of what is gone', () => {
    const { tools, calls } = build()
    for (const tool of ['x', 'y', 'z']) tools.add(1, 'a', tool)
    tools.forget('server', 'a')
    tools.add(1, 'a', 'z')
    expect(show(tools)).toEqual([['a', 'z', 1]])
    calls.add(1, 'a', 'ok')
    calls.replace([[7, 'b', 'ok']])
    expect(show(calls)).toEqual([['b', 'ok', 7]])
  })

  it('puts a value into the first bucket that holds it, and keeps the latest exemplar of each', () => {
    const { time } = build()
    for (const [at, value] of [1, 1.5, 2, 9].entries()) observe(time.series(), [1, 2], value, `t${at}`, at)
    expect([...time.list()]).toEqual([
      {
        labels: [],
        value: 13.5,
        counts: [1, 2, 1],
        exemplars: [
          { traceId: 't0', value: 1, at: 0 },
          { traceId: 't2', value: 2, at: 2 },
          { traceId: 't3', value: 9, at: 3 },
        ],
      },
    ])
  })
})
