import { describe, expect, it } from 'vitest'
import { countCpu, createCpuHistory, decideCpu, decideProcesses } from './decide-cpu.ts'

const window = (millicores: number, quotaMillicores: number, throttledShare = 0) => ({
  atHours: 1,
  millicores,
  quotaMillicores,
  throttledShare,
})

describe('decideCpu', () => {
  it('serves 99 % of the load with an eighth to spare', () => {
    const histogram = createCpuHistory()
    for (let step = 0; step < 100; step++) countCpu(histogram, window(200, 1000))
    expect(decideCpu(histogram, window(200, 1000), 2000)).toBe(234)
  })

  it('L-6: finds the demand of a server that is always held back within 30 minutes', () => {
    const histogram = createCpuHistory()
    let quota = 100
    let minutes = 0
    for (; quota < 1000; minutes += 5) {
      const last = window(quota, quota, 1)
      countCpu(histogram, last)
      quota = decideCpu(histogram, last, 8000)
    }
    expect(quota).toBeGreaterThanOrEqual(1000)
    expect(minutes).toBeLessThanOrEqual(30)
  })

  it('is not lowered by the use that a quota clipped', () => {
    const histogram = createCpuHistory()
    for (let step = 0; step < 100; step++) countCpu(histogram, window(100, 100, 0.5))
    expect(decideCpu(histogram, undefined, 2000)).toBeGreaterThan(150)
  })

  it('stays between a tenth of a core and the host', () => {
    const histogram = createCpuHistory()
    countCpu(histogram, window(1, 1000))
    expect(decideCpu(histogram, undefined, 2000)).toBe(100)
    countCpu(histogram, window(9000, 9000))
    expect(decideCpu(histogram, undefined, 2000)).toBe(2000)
  })
})

it('decideProcesses: twice the most seen and 16, at least 32', () => {
  expect([3, 8, 40].map(decideProcesses)).toEqual([32, 32, 96])
})
