import { describe, expect, it } from 'vitest'
import { NO_DETAIL } from './server.ts'
import { sumUsage } from './process-view.ts'

const usage = {
  memoryBytes: 100,
  memoryPeakBytes: 150,
  cpuSeconds: 1.5,
  cpuThrottledSeconds: 0,
  processes: 2,
  oomKills: 1,
  cpuPercent: 3.3,
  detail: { ...NO_DETAIL, descriptors: 4 },
  at: 5,
}

describe('sumUsage', () => {
  it('adds up what all take, as of the latest sample', () => {
    expect(sumUsage([usage, { ...usage, cpuPercent: null, at: 7 }, { ...usage, cpuPercent: 0.4 }])).toEqual({
      memoryBytes: 300,
      memoryPeakBytes: 450,
      cpuSeconds: 4.5,
      cpuThrottledSeconds: 0,
      processes: 6,
      oomKills: 3,
      cpuPercent: 3.7,
      detail: { ...NO_DETAIL, descriptors: 12 },
      at: 7,
    })
  })

  it('knows no percentage before the second sample, and nothing of none', () => {
    expect(sumUsage([{ ...usage, cpuPercent: null }])?.cpuPercent).toBeNull()
    expect(sumUsage([])).toBeNull()
  })
})
