import { describe, expect, it } from 'vitest'
import { buildSample } from '../../test/fakes/sample-rows.ts'
import { groupSamples } from './join-samples.ts'

describe('groupSamples', () => {
  it('adds counters up, keeps bounds and marks, and weighs means by their looks and calls', () => {
    const rows = [
      buildSample({
        at: 60_000,
        samples: 10,
        memoryMin: 5,
        memoryMean: 6,
        memoryMax: 9,
        oomKills: 1,
        calls: 1,
        latencyP95: 10,
        clockSet: 1,
      }),
      buildSample({
        at: 110_000,
        samples: 30,
        memoryMin: 4,
        memoryMean: 10,
        memoryMax: 12,
        oomKills: 2,
        calls: 3,
        latencyP95: 20,
        clockSet: 0,
      }),
      buildSample({ at: 120_000, memoryMin: 1 }),
    ]
    expect(groupSamples(rows, 60)).toEqual([
      buildSample({
        at: 60_000,
        step: 60,
        samples: 40,
        memoryMin: 4,
        memoryMean: 9,
        memoryMax: 12,
        oomKills: 3,
        calls: 4,
        latencyP95: 17.5,
        clockSet: 1,
      }),
      buildSample({ at: 120_000, step: 60, memoryMin: 1 }),
    ])
  })

  it('makes no zero of what nobody measured', () => {
    const [joined] = groupSamples([buildSample({ at: 0 }), buildSample({ at: 10_000 })], 60)
    expect(joined).toEqual(buildSample({ at: 0, step: 60, samples: 20 }))
  })
})
