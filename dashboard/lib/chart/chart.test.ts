import { describe, expect, it } from 'vitest'
import { parseRange, renderRange } from './range.ts'
import { renderCsv, summarize, thin, withGaps, type ChartData } from './series.ts'

const data = (times: number[], values: (number | null)[], label = 'Memory'): ChartData => ({
  times,
  series: [{ label, values, format: (value) => `${value} MiB`, unit: 'MiB' }],
})

describe('withGaps', () => {
  it('leaves what is whole as it is', () => {
    const whole = data([10, 20, 30], [1, 2, 3])
    expect(withGaps(whole, 10)).toBe(whole)
  })

  it('puts nothing where nothing was seen', () => {
    const { times, series } = withGaps(data([10, 20, 100, 110, 300], [1, 2, 3, 4, 5]), 10)
    expect(times).toEqual([10, 20, 30, 100, 110, 120, 300])
    expect(series[0]?.values).toEqual([1, 2, null, 3, 4, null, 5])
  })
})

describe('summarize', () => {
  const say = (chart: ChartData) => summarize(chart, (seconds) => `${seconds}`)
  it.each([
    [data([1, 2, 3], [4, 9, 6]), 'From 1 to 3: Memory 6 MiB at the end, from 4 MiB to 9 MiB.'],
    [data([1, 2], [null, null]), 'From 1 to 2: Memory: not measured.'],
    [data([1, 2], [3, null]), 'From 1 to 2: Memory 3 MiB at the end, from 3 MiB to 3 MiB.'],
    [data([], []), 'Nothing was measured in this time.'],
  ])('%#', (chart, expected) => {
    expect(say(chart)).toBe(expected)
  })
})

describe('renderCsv', () => {
  it('has a header with units, times in UTC, and empty cells for gaps', () => {
    expect(renderCsv(data([0, 60], [1.5, null]))).toBe(
      'time,Memory (MiB)\r\n1970-01-01T00:00:00.000Z,1.5\r\n1970-01-01T00:01:00.000Z,\r\n',
    )
  })

  it('makes no formula of a name', () => {
    expect(renderCsv(data([], [], '=cmd()'))).toBe("time,'=cmd() (MiB)\r\n")
    expect(renderCsv(data([], [], 'a,"b"'))).toBe('time,"a,""b"" (MiB)"\r\n')
  })
})

describe('thin', () => {
  it('keeps both ends and a bounded number between', () => {
    const many = data(
      Array.from({ length: 1000 }, (_, index) => index),
      Array.from({ length: 1000 }, (_, index) => index * 2),
    )
    const few = thin(many, 5)
    expect(few.times).toEqual([0, 250, 500, 749, 999])
    expect(few.series[0]?.values).toEqual([0, 500, 1000, 1498, 1998])
  })
})

describe('ranges', () => {
  it.each<[string, ReturnType<typeof parseRange>]>([
    ['15m', { from: 1_000_000_000 - 900, to: 1_000_000_000, name: '15m' }],
    ['7d', { from: 1_000_000_000 - 604_800, to: 1_000_000_000, name: '7d' }],
    ['999990000-999995000', { from: 999_990_000, to: 999_995_000, name: null }],
    ['999995000-999990000', { from: 1_000_000_000 - 3600, to: 1_000_000_000, name: '1h' }],
    ['constructor', { from: 1_000_000_000 - 3600, to: 1_000_000_000, name: '1h' }],
  ])('%s', (text, expected) => {
    expect(parseRange(text, 1_000_000_000)).toEqual(expected)
  })

  it('are whole seconds, and never too short to show anything', () => {
    expect(renderRange(999_990_000.7, 999_990_001.2)).toBe('999990000-999990030')
  })
})
