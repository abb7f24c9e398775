import { describe, expect, it } from 'vitest'
import { decideGrid } from './sample-grid.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const NOW = 500 * DAY + 7000

describe('decideGrid', () => {
  const stepOf = (back: number, long = back) =>
    decideGrid({ from: NOW - back, to: NOW - back + long, step: null }, NOW).step

  it('takes the finest step that is kept of the time and has at most 2,000 points', () => {
    expect([HOUR, DAY, 7 * DAY, 30 * DAY, 400 * DAY].map((back) => stepOf(back))).toEqual([
      10, 60, 900, 1800, 21_600,
    ])
    expect([2, 20, 100].map((days) => stepOf(days * DAY, HOUR))).toEqual([60, 300, 3600])
  })

  it('begins and ends at whole steps', () => {
    expect(decideGrid({ from: NOW - 60_000, to: NOW, step: 60 }, NOW)).toEqual({
      from: 500 * DAY - 60_000,
      to: 500 * DAY + 60_000,
      step: 60,
    })
  })

  it('tells nothing finer than what is kept, whatever is asked', () => {
    const asked = { from: NOW - 2 * DAY, to: NOW - 2 * DAY + HOUR, step: 90 }
    expect(decideGrid(asked, NOW).step).toBe(120)
  })

  it.each([
    [{ from: NOW, to: NOW, step: null }, 'from has to be before to'],
    [{ from: NOW - HOUR, to: NOW, step: 15 }, 'multiple of 10'],
    [{ from: NOW - 20 * HOUR, to: NOW, step: 10 }, 'more than 2000 points'],
    [{ from: NOW - 412 * DAY, to: NOW, step: null }, 'at most 411 days'],
  ])('refuses %j', (asked, why) => {
    expect(() => decideGrid(asked, NOW)).toThrow(why)
  })
})
