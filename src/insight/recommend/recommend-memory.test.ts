import { describe, expect, it } from 'vitest'
import type { MemoryHistory } from './history.ts'
import { recommendMemory } from './recommend-memory.ts'

/** 2026-11-15. */
const TODAY = 20_772
const NOW = TODAY + 0.5
const context = { now: NOW, fleetMedianMib: 98, capMib: 4096 }
const server = { currentMib: 512, samples: 20_000, tier: 'balanced' } as const

function buildHistory(days: number, mibOf: (age: number) => number = () => 80): MemoryHistory {
  return {
    peaks: Array.from({ length: days }, (_, index) => ({
      id: `mem-${index + 1}`,
      day: TODAY - index - 1,
      mib: mibOf(index + 1),
      full: true,
    })),
    kills: [],
  }
}

describe('recommendMemory', () => {
  it('says what to change, with the numbers that give the proposal', () => {
    expect(
      recommendMemory(
        buildHistory(14, (age) => (age === 1 ? 104 : 80)),
        server,
        context,
      ),
    ).toEqual({
      kind: 'recommended',
      direction: 'lower',
      currentMib: 512,
      proposedMib: 168,
      tier: 'balanced',
      confidence: { value: 1, days: 1, samples: 1, censor: 1, stationary: 1 },
      explanation: {
        formula: '104·1.10 + 0.5·sqrt(104·98), rounded up to 8',
        because: [
          { id: 'ev1', text: 'highest daily peak in 14 days 104 MiB on 2026-11-14', source: 'mem-1' },
          { id: 'ev2', text: 'margin 10 % + 0.5·sqrt(104·98) = 61 MiB', source: 'rule' },
        ],
      },
      backtest: { days: 14, exceeded: 0, unusedBefore: 0.8, unusedAfter: 0.38 },
      mayApplyAlone: true,
    })
  })

  it('advises, but does not apply alone, between 0.3 and 0.7', () => {
    expect(recommendMemory(buildHistory(7), server, context)).toMatchObject({
      kind: 'recommended',
      confidence: { value: 0.5 },
      mayApplyAlone: false,
    })
  })

  it('takes nothing away on too little history', () => {
    expect(recommendMemory(buildHistory(0), server, context)).toEqual({
      kind: 'skipped',
      why: 'nothing measured yet',
    })
    expect(recommendMemory(buildHistory(2), server, context)).toEqual({
      kind: 'skipped',
      why: 'not enough history: confidence 0.14 of 0.3',
    })
  })

  it('raises after a kill without any history', () => {
    const killed = {
      peaks: [{ id: 'today', day: TODAY, mib: 64, full: false }],
      kills: [{ id: 'kill', at: NOW, limitMib: 64 }],
    }
    const advice = recommendMemory(
      killed,
      { ...server, currentMib: 64, samples: 3 },
      { now: NOW, capMib: 4096 },
    )
    expect(advice).toMatchObject({
      kind: 'recommended',
      direction: 'raise',
      proposedMib: 112,
      mayApplyAlone: true,
      explanation: {
        because: [
          { text: 'highest daily peak in 14 days 64 MiB on 2026-11-15' },
          {
            text: 'killed for lack of memory at 64 MiB on 2026-11-15: more than that was needed',
            source: 'kill',
          },
          {},
        ],
      },
    })
  })

  it('leaves a limit alone that is nearly right', () => {
    expect(recommendMemory(buildHistory(14), { ...server, currentMib: 144 }, context)).toEqual({
      kind: 'fits',
      why: '144 MiB fits; the formula gives 136',
    })
  })
})
