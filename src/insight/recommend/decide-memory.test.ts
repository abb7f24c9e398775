import { describe, expect, it } from 'vitest'
import { decideMemory } from './decide-memory.ts'
import type { MemoryHistory } from './history.ts'
import type { Tier } from '../../domain/recommendation.ts'
import { TIER_RULES } from './memory-tiers.ts'

const TODAY = 20_000
const context = { now: TODAY + 0.5, capMib: 4096 }

function buildHistory(peaks: readonly [age: number, mib: number][]): MemoryHistory {
  return {
    peaks: peaks.map(([age, mib]) => ({ id: `day-${age}`, day: TODAY - age, mib, full: age > 0 })),
    kills: [],
  }
}

const wanted = (history: MemoryHistory, tier: Tier = 'balanced') =>
  Math.round(decideMemory(history, TIER_RULES[tier], context)?.wantedMib ?? -1)

describe('decideMemory', () => {
  it('gives a small server a relatively larger margin', () => {
    for (const [peak, limit] of [
      [70, 119],
      [140, 213],
      [300, 417],
      [1200, 1493],
    ] as const) {
      expect(wanted(buildHistory([[1, peak]]))).toBe(limit)
    }
    expect(decideMemory(buildHistory([[1, 70]]), TIER_RULES.balanced, context)).toMatchObject({
      limitMib: 120,
      rules: 'use',
    })
  })

  it('doubles that part of the margin in the safe tier', () => {
    expect(wanted(buildHistory([[1, 100]]), 'safe')).toBe(210)
  })

  it('counts a peak in full for 14 days and then not at all', () => {
    expect(
      wanted(
        buildHistory([
          [0, 70],
          [14, 140],
        ]),
      ),
    ).toBe(213)
    expect(
      wanted(
        buildHistory([
          [0, 70],
          [15, 140],
        ]),
      ),
    ).toBe(119)
  })

  it('lets peaks fade in the efficient tier', () => {
    expect(
      wanted(
        buildHistory([
          [0, 50],
          [21, 140],
        ]),
        'efficient',
      ),
    ).toBe(102)
  })

  it('takes the size of the fleet into the margin', () => {
    const decision = decideMemory(buildHistory([[1, 104]]), TIER_RULES.balanced, {
      ...context,
      fleetMedianMib: 98,
    })
    expect(decision).toMatchObject({ limitMib: 168, scaleMib: 98 })
  })

  it('L-8: raises 64 to 112 to 184 MiB when the kernel kills at the limit', () => {
    const killedAt = (limitMib: number) =>
      decideMemory(
        {
          ...buildHistory([[0, limitMib]]),
          kills: [{ id: 'kill', at: context.now, limitMib }],
        },
        TIER_RULES.balanced,
        context,
      )?.limitMib
    expect(killedAt(64)).toBe(112)
    expect(killedAt(112)).toBe(184)
  })

  it('never takes use seen at a limit for all that was needed', () => {
    const kills = [{ id: 'kill', at: context.now - 13, limitMib: 2000 }]
    const history = { ...buildHistory([[0, 70]]), kills }
    expect(decideMemory(history, TIER_RULES.balanced, context)).toMatchObject({
      wantedMib: 2500,
      limitMib: 2504,
      rules: 'kill',
    })
    expect(decideMemory(history, TIER_RULES.safe, context)?.wantedMib).toBe(3000)
    const later = { ...context, now: context.now + 2 }
    expect(decideMemory(history, TIER_RULES.balanced, later)).toMatchObject({ limitMib: 120, rules: 'use' })
  })

  it('counts what a start needs', () => {
    const history = { ...buildHistory([[1, 70]]), startup: { id: 'start', mib: 140 } }
    expect(decideMemory(history, TIER_RULES.balanced, context)).toMatchObject({
      limitMib: 216,
      base: { mib: 140, from: 'startup' },
    })
  })

  it('stays between the floor and what the host allows', () => {
    expect(decideMemory(buildHistory([[1, 5]]), TIER_RULES.balanced, context)).toMatchObject({
      limitMib: 48,
      rules: 'floor',
    })
    expect(decideMemory(buildHistory([[1, 9000]]), TIER_RULES.balanced, context)).toMatchObject({
      limitMib: 4096,
      rules: 'cap',
    })
  })

  it('says nothing when nothing was measured', () => {
    expect(decideMemory(buildHistory([]), TIER_RULES.balanced, context)).toBeUndefined()
    expect(decideMemory(buildHistory([[20, 70]]), TIER_RULES.balanced, context)).toBeUndefined()
  })
})
