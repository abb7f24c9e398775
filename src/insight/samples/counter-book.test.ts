import { describe, expect, it } from 'vitest'
import { createCounterBook, type CountedProcess } from './counter-book.ts'

const nothing = {
  periods: null,
  throttledPeriods: null,
  throttledMs: null,
  oomKills: null,
  readBytes: null,
  writtenBytes: null,
}
const process = (id: string, oomKills: number, change: Partial<CountedProcess> = {}): CountedProcess => ({
  id,
  isAdopted: false,
  memory: 50,
  memoryPeak: 80,
  counters: { ...nothing, oomKills },
  ...change,
})

describe('createCounterBook', () => {
  const riseOf = (looks: readonly (readonly CountedProcess[])[]) => {
    const book = createCounterBook()
    return looks.map((look) => {
      const { oomKills, starts } = book.read(look).risen
      return [oomKills, starts]
    })
  }

  it('counts a new process from nothing, and one that was taken over from what it showed', () => {
    expect(riseOf([[process('a', 2)], [process('a', 3)]])).toEqual([
      [2, 1],
      [1, 0],
    ])
    expect(riseOf([[process('a', 2, { isAdopted: true })], [process('a', 3, { isAdopted: true })]])).toEqual([
      [0, 0],
      [1, 0],
    ])
  })

  it('goes on over a restart and over a counter that was reset, and never back', () => {
    expect(riseOf([[process('a', 5)], [process('b', 1)], [process('b', 4)], [process('b', 1)]])).toEqual([
      [5, 1],
      [1, 1],
      [3, 0],
      [1, 0],
    ])
  })

  it('makes no zero of what is not counted', () => {
    const { risen } = createCounterBook().read([process('a', 1)])
    expect(risen).toEqual({ ...nothing, oomKills: 1, starts: 1 })
    expect(createCounterBook().read([]).risen).toEqual({ ...nothing, starts: 0 })
  })

  it('tells of a peak only in the moment in which it rose', () => {
    const book = createCounterBook()
    const peaks = [80, 80, 120, 120].map(
      (memoryPeak) => book.read([process('a', 0, { memoryPeak })]).peaks[0],
    )
    expect(peaks).toEqual([80, 50, 120, 50])
  })
})
