import { describe, expect, it } from 'vitest'
import type { MemoryHistory } from './history.ts'
import { backtestMemory, judgeConfidence } from './judge-history.ts'

const TODAY = 20_000
const NOW = TODAY + 0.5

function buildHistory(mibOf: (age: number) => number, killAges: readonly number[] = []): MemoryHistory {
  return {
    peaks: Array.from({ length: 14 }, (_, index) => ({
      id: `day-${index + 1}`,
      day: TODAY - index - 1,
      mib: mibOf(index + 1),
      full: true,
    })),
    kills: killAges.map((age) => ({ id: `kill-${age}`, at: NOW - age, limitMib: 128 })),
  }
}

describe('judgeConfidence', () => {
  it('is 1 for two steady weeks', () => {
    expect(
      judgeConfidence(
        buildHistory(() => 100),
        14,
        5000,
        NOW,
      ),
    ).toEqual({
      value: 1,
      days: 1,
      samples: 1,
      censor: 1,
      stationary: 1,
    })
  })

  it('falls with few days, few samples, kills, and days unlike those before', () => {
    const steady = buildHistory(() => 100)
    expect(judgeConfidence({ ...steady, peaks: steady.peaks.slice(0, 7) }, 14, 720, NOW)).toMatchObject({
      value: 0.25,
      days: 0.5,
      samples: 0.5,
    })
    expect(
      judgeConfidence(
        buildHistory(() => 100, [1, 2, 3]),
        14,
        5000,
        NOW,
      ),
    ).toMatchObject({
      value: 0.5,
      censor: 0,
    })
    const risen = buildHistory((age) => (age <= 3 ? 200 : 100))
    expect(judgeConfidence(risen, 14, 5000, NOW)).toMatchObject({ value: 0.5, stationary: 0 })
  })

  it('is 0 without a day', () => {
    expect(judgeConfidence({ peaks: [], kills: [] }, 14, 5000, NOW).value).toBe(0)
  })
})

describe('backtestMemory', () => {
  it('says what the proposal would have left unused, and how often it was too little', () => {
    const history = buildHistory((age) => (age === 5 ? 104 : 90))
    expect(backtestMemory(history, { currentMib: 512, proposedMib: 168 }, NOW)).toEqual({
      days: 14,
      exceeded: 0,
      unusedBefore: 0.8,
      unusedAfter: 0.38,
    })
    expect(backtestMemory(history, { currentMib: 512, proposedMib: 96 }, NOW)).toMatchObject({ exceeded: 1 })
  })

  it('counts a kill at a limit that the proposal does not exceed', () => {
    const history = buildHistory(() => 100, [2])
    expect(backtestMemory(history, { currentMib: 256, proposedMib: 128 }, NOW)?.exceeded).toBe(1)
    expect(backtestMemory(history, { currentMib: 256, proposedMib: 136 }, NOW)?.exceeded).toBe(0)
  })

  it('is nothing without a day', () => {
    expect(
      backtestMemory({ peaks: [], kills: [] }, { currentMib: 512, proposedMib: 128 }, NOW),
    ).toBeUndefined()
  })
})
