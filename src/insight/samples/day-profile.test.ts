import { describe, expect, it } from 'vitest'
import { buildSample } from '../../../test/fakes/sample-rows.ts'
import type { ServerId, VersionId } from '../../domain/id.ts'
import type { SampleRow } from '../../domain/sample.ts'
import { findBucket } from '../recommend/load-histogram.ts'
import { createDayProfile } from './day-profile.ts'

const place = { serverId: 'srv_1' as ServerId, versionId: 'ver_1' as VersionId, day: 3 }
const none = new Map<number, number>()

function profileOf(count: number, change: (index: number) => Partial<SampleRow>, startupSteps = 0) {
  const day = createDayProfile(place, null)
  for (let index = 0; index < count; index++) {
    day.add(buildSample({ at: index * 10_000, ...change(index) }), none, index < startupSteps)
  }
  return day
}

describe('createDayProfile', () => {
  it('is full with nine tenths of its steps, and not before', () => {
    const memory = { memoryMin: 1, memoryMax: 2 }
    expect(profileOf(7775, () => memory).read()).toMatchObject({ steps: 7775, full: false })
    expect(profileOf(7776, () => memory).read()).toMatchObject({ steps: 7776, full: true })
    expect(profileOf(8640, () => ({ calls: 1 })).read()).toMatchObject({ steps: 0, full: false })
  })

  it('takes the greater of what was seen and the kernel’s peak, of the start too', () => {
    const day = profileOf(
      9,
      (index) => ({
        memoryMin: 10 + index,
        memoryMax: 20 + index,
        memoryPeak: index === 2 ? 90 : 25,
        memoryLimit: 100,
        memoryCensored: index === 2 ? 1 : 0,
      }),
      6,
    )
    expect(day.read()).toMatchObject({
      id: 'srv_1/ver_1/3',
      memoryPeak: 90,
      memoryFloor: 10,
      startupPeak: 90,
      memoryLimit: 100,
      censored: 1,
    })
  })

  it('counts kills', () => {
    const day = profileOf(4, (index) => ({ oomKills: index === 2 ? 1 : 0 }))
    expect(day.read()).toMatchObject({ oomKills: 1 })
  })

  it('counts minutes by their CPU, and those of a throttled window at the limit', () => {
    const steady = profileOf(30, () => ({ cpuMean: 300, cpuLimit: 1000, periods: 100, throttledPeriods: 5 }))
    expect(steady.read().cpu).toEqual([])
    expect(steady.close()).toMatchObject({
      cpu: [[findBucket(300), 5]],
      windows: 1,
      throttledWindows: 0,
      periods: 3000,
      throttledPeriods: 150,
    })
    const throttled = profileOf(30, () => ({
      cpuMean: 300,
      cpuLimit: 1000,
      periods: 100,
      throttledPeriods: 6,
    }))
    expect(throttled.close()).toMatchObject({ cpu: [[findBucket(1000), 5]], throttledWindows: 1 })
  })

  it('goes on from what an earlier daemon kept', () => {
    const before = createDayProfile(place, null)
    before.add(
      buildSample({ at: 0, memoryMin: 5, memoryMax: 9, calls: 2, latencyMax: 12 }),
      new Map([[180, 2]]),
      false,
    )
    const after = createDayProfile(place, before.close())
    after.add(buildSample({ at: 10_000, memoryMin: 6, memoryMax: 7, calls: 1 }), new Map([[100, 1]]), false)
    expect(after.read()).toMatchObject({
      steps: 2,
      memoryPeak: 9,
      memoryFloor: 5,
      calls: 3,
      latencies: '180:2,100:1',
    })
    expect(after.read().p95).toBeCloseTo(11.4, 0)
  })
})
