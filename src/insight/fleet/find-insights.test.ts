import { describe, expect, it } from 'vitest'
import type { IncidentId } from '../../domain/id.ts'
import type { TimelineEntry } from '../../domain/incident.ts'
import { findBadDependencies, findRemedies, type FleetServer } from './find-insights.ts'
import { findChance, findInterval, findThreshold } from './statistics.ts'

/** Forty servers, eight of them with what breaks them. */
function buildFleet(classOf: (index: number) => boolean): readonly FleetServer[] {
  return Array.from({ length: 40 }, (_, index) => ({
    name: `server-${index}`,
    dependencies: ['zod', ...(index % 5 === 0 ? ['bad'] : []), ...(index % 3 === 0 ? ['fine'] : [])],
    classes: classOf(index) ? ['native_crash' as const] : [],
  }))
}
const isPlanted = (index: number) => index % 5 === 0 || index === 7

describe('cross-deployment learning: what all servers show', () => {
  it('finds the dependency that was planted in eight, and no other', () => {
    const found = findBadDependencies(buildFleet(isPlanted))
    expect(found).toMatchObject([{ class: 'native_crash', subject: 'bad', n: 8, effect: 1 }])
    expect(found[0]!.text).toMatch(
      /^native_crash in 8 of 8 servers with bad \(100 %, 68–100 %\), and in 1 of 32 without; chance 1\.2e-7 among 2/,
    )
  })

  it('finds nothing in twenty shuffles of the same', () => {
    const labels = Array.from({ length: 40 }, (_, index) => isPlanted(index))
    let state = 12_345
    const random = () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32
    for (let turn = 0; turn < 20; turn++) {
      for (let index = labels.length - 1; index > 0; index--) {
        const other = Math.floor(random() * (index + 1))
        const label = labels[index]!
        labels[index] = labels[other]!
        labels[other] = label
      }
      expect(findBadDependencies(buildFleet((index) => labels[index]!))).toEqual([])
    }
  })

  it('says how often a change ended a kind of trouble', () => {
    const entry = (kind: TimelineEntry['kind'], text: string) => ({
      id: '',
      at: 0,
      kind,
      text,
      eventId: null,
    })
    const raised = entry('change', 'memory_mb was raised from 64 to 112')
    const build = (
      timeline: readonly TimelineEntry[],
      resolution: string | null = 'It ran long enough.',
    ) => ({
      id: 'inc_a' as IncidentId,
      server: 'a',
      class: 'out_of_memory' as const,
      timeline,
      resolvedAt: resolution === null ? null : 1,
      resolution,
    })
    const trouble = entry('trouble', 'ended')
    const found = findRemedies([
      build([trouble, raised, trouble, raised]),
      build([trouble, entry('change', 'version 7'), raised]),
      build([trouble, raised], null),
      build([trouble, raised], 'It was stopped: asked'),
    ])
    expect(found).toMatchObject([
      { kind: 'action_by_class', subject: 'a change of memory_mb', n: 3, effect: 2 / 3, servers: ['a'] },
    ])
    expect(found[0]!.text).toBe(
      'after a change of memory_mb, out_of_memory was over in 2 of 3 cases (67 %, 21–94 %)',
    )
  })
})

describe('statistics', () => {
  it('are those of the books', () => {
    // The lady who tastes tea: all four of eight.
    expect(findChance(4, 4, 4, 8)).toBeCloseTo(1 / 70, 10)
    expect(findChance(3, 4, 4, 8)).toBeCloseTo(17 / 70, 10)
    expect(findThreshold([0.001, 0.02, 0.015, 0.9], 0.05)).toBe(0.02)
    expect(findThreshold([0.5, 0.6], 0.05)).toBe(0)
    const [low, high] = findInterval(8, 10)
    expect(low).toBeCloseTo(0.4902, 3)
    expect(high).toBeCloseTo(0.9433, 3)
  })
})
