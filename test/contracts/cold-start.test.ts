/** The first limit of a server that nobody set one for, against its bar: each of a hundred predicted from the others. */
import { describe, expect, it } from 'vitest'
import { byParts, byRuntime, generateRows, leaveOneOut } from '../bench/cold-start/leave-one-out.ts'

describe('cross-deployment learning: the first limit of a server', () => {
  it.each([101, 102, 103])('is right for all but 2 %% at most at 3.2 times the need, seed %d', (seed) => {
    const rows = generateRows(seed, 100)
    const ours = leaveOneOut(rows, byParts)
    expect(ours.oom).toBeLessThanOrEqual(0.02)
    expect(ours.footprint).toBeLessThanOrEqual(3.2)
  })

  it('is better on both counts than what those of its runtime needed', () => {
    const seeds = [101, 102, 103]
    const mean = (predict: typeof byParts) => {
      const all = seeds.map((seed) => leaveOneOut(generateRows(seed, 100), predict))
      const of = (key: 'oom' | 'footprint') => all.reduce((sum, each) => sum + each[key], 0) / all.length
      return { oom: of('oom'), footprint: of('footprint') }
    }
    const ours = mean(byParts)
    const theirs = mean(byRuntime)
    expect(ours.oom).toBeLessThan(theirs.oom)
    expect(ours.footprint).toBeLessThan(theirs.footprint)
  })

  it('is worse when what a server needs has nothing to do with what it is made of', () => {
    const rows = generateRows(101, 100)
    const shuffled = rows.map((row, index) => ({ ...row, peakMib: rows[(index * 37) % 100]!.peakMib }))
    const honest = leaveOneOut(rows, byParts)
    const lied = leaveOneOut(shuffled, byParts)
    expect(lied.footprint).toBeGreaterThan(1.5 * honest.footprint)
  })
})
