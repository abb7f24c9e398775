import { describe, expect, it } from 'vitest'
import { createRowHeights, MAX_PIXELS, scaleOf } from './row-heights.ts'

describe('row heights', () => {
  it('are all the same until one was seen', () => {
    const heights = createRowHeights(20)
    expect([heights.total(1_000_000), heights.top(999_999), heights.indexAt(399, 100)]).toEqual([
      20_000_000, 19_999_980, 19,
    ])
  })

  it('move what comes after a higher row, near and far', () => {
    const heights = createRowHeights(20)
    expect(heights.measure(3, 60)).toBe(true)
    expect(heights.measure(3, 60)).toBe(false)
    expect([heights.top(3), heights.top(4), heights.top(5000), heights.total(10)]).toEqual([
      60, 120, 100_040, 240,
    ])
    expect([heights.indexAt(119, 10), heights.indexAt(120, 10)]).toEqual([3, 4])
  })

  it('forget what became low again', () => {
    const heights = createRowHeights(20)
    heights.measure(3, 60)
    heights.measure(3, 20)
    expect(heights.total(10)).toBe(200)
  })

  it('go along when rows come in front', () => {
    const heights = createRowHeights(20)
    heights.measure(3, 60)
    heights.shift(600)
    expect([heights.height(3), heights.height(603), heights.top(604)]).toEqual([20, 60, 12_120])
  })

  it('never ask a browser for more pixels than it draws', () => {
    expect(scaleOf(1_000_000, 600)).toBe(1)
    const total = 40_000_000
    const scale = scaleOf(total, 600)
    // The end of the scroll bar is the end of the rows.
    expect((MAX_PIXELS - 600) * scale).toBeCloseTo(total - 600)
  })
})
