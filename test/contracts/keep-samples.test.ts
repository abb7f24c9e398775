/** What becomes of a second's look at each server: rows, days, and what a clock that is set does to them. */
import { describe, expect, it } from 'vitest'
import type { ServerId, VersionId } from '../../src/domain/id.ts'
import { buildMainKey } from '../../src/domain/process-key.ts'
import type { ProcessView } from '../../src/domain/process-view.ts'
import { HOST_SERIES, type DailyProfile, type SampleRow } from '../../src/domain/sample.ts'
import { NO_DETAIL, type ResourceUsage } from '../../src/domain/server.ts'
import { createSampleKeeper } from '../../src/hosting/keep-samples.ts'
import type { SampleStore } from '../../src/hosting/ports.ts'
import { createTrafficMeter } from '../../src/insight/samples/traffic-meter.ts'
import { createFakeClock } from '../fakes/clock.ts'
import { FACTS } from '../fakes/supervision.ts'

const A = 'srv_a' as ServerId
const V1 = 'ver_1' as VersionId
const MIB = 1024 * 1024

function openWorld() {
  const clock = createFakeClock()
  const rows: SampleRow[] = []
  const days = new Map<string, DailyProfile>()
  let compacted = 0
  const samples: SampleStore = {
    append: async (more) => void rows.push(...more),
    range: async () => [],
    async saveDaily(profiles) {
      for (const profile of profiles) days.set(profile.id, profile)
    },
    daily: async (id) => [...days.values()].filter(({ serverId }) => serverId === id),
    async compact() {
      compacted++
      return false
    },
  }
  let processes: readonly ProcessView[] = []
  const traffic = createTrafficMeter()
  const open = () =>
    createSampleKeeper({
      samples,
      supervision: { list: () => [A], processes: () => processes },
      servers: {
        listWishes: async () => [{ serverId: A, server: 'a', desired: 'running', activeVersion: V1 }],
      },
      loads: { read: () => new Map([[A, { sessions: 3, streams: 1 }]]) },
      machine: {
        read: () => ({ cpuMillicores: 500, cores: 2, memoryUsed: 7 * MIB, memorySize: 9 * MIB }),
        readDisk: async () => ({ freeBytes: 40, sizeBytes: 100 }),
      },
      traffic,
      clock,
    })
  let keeper = open()
  const show = (
    id: string,
    change: Partial<ResourceUsage> = {},
    adopted = false,
    memoryMb = FACTS.limits.memoryMb,
  ) => {
    const usage: ResourceUsage = {
      memoryBytes: 50 * MIB,
      memoryPeakBytes: 60 * MIB,
      cpuSeconds: 1,
      cpuThrottledSeconds: 0,
      processes: 2,
      oomKills: 0,
      cpuPercent: 10,
      detail: { ...NO_DETAIL, isWatched: false, periods: 5, throttledPeriods: 0, descriptors: 8 },
      at: clock.now(),
      ...change,
    }
    const state = { kind: 'running', attempt: 1, since: 0, health: 'healthy', lastExit: null } as const
    processes = [
      {
        key: buildMainKey('legacy'),
        instanceId: id as never,
        isMain: true,
        state,
        facts: { ...FACTS, pid: 1, adopted, limits: { ...FACTS.limits, memoryMb } },
        usage,
        inFlight: 0,
      },
    ]
  }
  /** A second each. */
  const pass = async (seconds: number, each: (second: number) => void = () => show('ins_1')) => {
    for (let second = 0; second < seconds; second++) {
      each(second)
      await keeper.look()
      clock.advance(1000)
    }
  }
  return {
    clock,
    traffic,
    show,
    pass,
    rowsOf: (id: ServerId) => rows.filter(({ serverId }) => serverId === id),
    days,
    compacted: () => compacted,
    noteKill: () => keeper.noteKill(A),
    hide: () => void (processes = []),
    close: () => keeper.close(),
    restart: async () => {
      await keeper.close()
      keeper = open()
    },
  }
}

describe('the keeper of samples', () => {
  it('makes one row of ten looks, with traffic, and one of the machine', async () => {
    const world = openWorld()
    world.traffic.noteCall(A, 20, false)
    world.traffic.noteCall(A, 40, true)
    world.traffic.noteBytes(A, 100, 300)
    await world.pass(11, (second) =>
      world.show('ins_1', { memoryBytes: (50 + second) * MIB, cpuPercent: second }),
    )
    expect(world.rowsOf(A)).toMatchObject([
      {
        samples: 10,
        memoryMin: 50 * MIB,
        memoryMean: 54.5 * MIB,
        memoryMax: 59 * MIB,
        memoryPeak: 60 * MIB,
        cpuMin: 0,
        cpuMean: 45,
        cpuMax: 90,
        descriptorsMax: 8,
        connectionsMax: null,
        readBytes: null,
        sessionsMean: 3,
        starts: 1,
        periods: 5,
        oomKills: 0,
        calls: 2,
        errors: 1,
        latencyMean: 30,
        latencyMax: 40,
        sentBytes: 100,
        receivedBytes: 300,
        clockSet: 0,
        watched: 0,
      },
    ])
    expect(world.rowsOf(HOST_SERIES)).toMatchObject([
      {
        memoryMax: 7 * MIB,
        memoryLimit: 9 * MIB,
        cpuMean: 500,
        cpuLimit: 2000,
        memoryTotal: 54.5 * MIB,
        diskUsed: 60,
        diskSize: 100,
        calls: 2,
      },
    ])
  })

  it('does not count a reading twice, and says nothing of a server that does not run', async () => {
    const world = openWorld()
    await world.pass(11, (second) => {
      if (second % 2 === 0) world.show('ins_1')
    })
    expect(world.rowsOf(A)).toMatchObject([{ samples: 5 }])
    world.hide()
    await world.pass(20, () => {})
    expect(world.rowsOf(A)).toHaveLength(2)
    world.traffic.noteCall(A, 5, true)
    await world.pass(10, () => {})
    expect(world.rowsOf(A).at(-1)).toMatchObject({
      samples: 0,
      memoryMax: null,
      watched: null,
      calls: 1,
      errors: 1,
    })
  })

  it('marks what is at its limit', async () => {
    const world = openWorld()
    const limit = FACTS.limits.memoryMb * MIB
    await world.pass(11, () => world.show('ins_1', { memoryBytes: limit * 0.99, memoryPeakBytes: limit }))
    expect(world.rowsOf(A)).toMatchObject([{ memoryCensored: 1, cpuCensored: 0 }])
  })

  it('counts a kill once, whether a look or only the end tells of it', async () => {
    const world = openWorld()
    await world.pass(4)
    world.noteKill()
    await world.pass(3, () => world.show('ins_2', { oomKills: 1 }))
    world.noteKill()
    await world.pass(4, () => world.show('ins_3'))
    world.noteKill()
    await world.close()
    expect(world.rowsOf(A)).toMatchObject([{ oomKills: 2, starts: 3, memoryCensored: 1 }, { oomKills: 1 }])
    expect([...world.days.values()]).toMatchObject([{ oomKills: 3 }])
    const host = world.rowsOf(HOST_SERIES)
    expect(host).toMatchObject([
      { oomKills: 2, memoryCensored: 0 },
      { oomKills: 1, memoryCensored: 0 },
    ])
  })

  it('tells a kill with the limit that it met, whatever the next process is given', async () => {
    const world = openWorld()
    await world.pass(11, () => world.show('ins_1', {}, false, 64))
    world.noteKill()
    await world.pass(10, () => world.show('ins_2', {}, false, 112))
    await world.close()
    expect(world.rowsOf(A)).toMatchObject([
      { memoryLimit: 64 * MIB, oomKills: 0 },
      { memoryLimit: 64 * MIB, oomKills: 1 },
      { memoryLimit: 112 * MIB, oomKills: 0 },
    ])
  })

  it('leaves what no control group counts unknown', async () => {
    const world = openWorld()
    await world.pass(11, () => world.show('ins_1', { detail: NO_DETAIL }))
    expect(world.rowsOf(A)).toMatchObject([
      {
        watched: 1,
        memoryMax: 50 * MIB,
        memoryPeak: null,
        oomKills: null,
        throttledMs: null,
        periods: null,
        cpuCensored: null,
      },
    ])
  })

  it.each([
    ['back', -7_200_000],
    ['ahead', 86_400_000],
  ])('marks steps in which the clock was set %s, loses no count and is never negative', async (_, by) => {
    const world = openWorld()
    let kills = 0
    await world.pass(40, (second) => {
      if (second === 15) world.clock.set(world.clock.now() + by)
      if (second % 10 === 5) kills++
      world.show('ins_1', { oomKills: kills, cpuSeconds: second })
    })
    await world.close()
    const rows = world.rowsOf(A)
    expect(rows.reduce((sum, { oomKills }) => sum + (oomKills ?? 0), 0)).toBe(4)
    expect(rows.reduce((sum, { samples }) => sum + samples, 0)).toBe(40)
    expect(rows.some(({ clockSet }) => clockSet === 1)).toBe(true)
    expect(rows[0]).toMatchObject({ clockSet: 0 })
    const below = rows.flatMap(Object.values).filter((value) => typeof value === 'number' && value < 0)
    expect(below).toEqual([])
  })

  it('moves nothing on by its age for an hour after the clock was set', async () => {
    const world = openWorld()
    await world.pass(3)
    expect(world.compacted()).toBe(3)
    world.clock.set(world.clock.now() + 400 * 86_400_000)
    await world.pass(3)
    expect(world.compacted()).toBe(3)
    world.clock.advance(3_600_000)
    await world.pass(2)
    expect(world.compacted()).toBe(5)
  })

  it('goes on with the day over a restart of the platform, and counts again what it takes over', async () => {
    const world = openWorld()
    await world.pass(20, () => world.show('ins_1', { oomKills: 2 }))
    await world.restart()
    await world.pass(20, () => world.show('ins_1', { oomKills: 3, memoryPeakBytes: 99 * MIB }, true))
    await world.close()
    const [day] = [...world.days.values()]
    // What was killed between the two was seen by nobody.
    expect(day).toMatchObject({
      versionId: V1,
      steps: 4,
      oomKills: 2,
      memoryPeak: 60 * MIB,
      startupPeak: 60 * MIB,
      full: false,
    })
  })

  it('begins another day at midnight, and keeps the one before', async () => {
    const world = openWorld()
    world.clock.set(Date.UTC(2026, 0, 1, 23, 59, 40))
    await world.pass(40)
    await world.close()
    expect(
      [...world.days.values()].map(({ day, steps }) => [day - Date.UTC(2026, 0, 1) / 86_400_000, steps]),
    ).toEqual([
      [0, 2],
      [1, 2],
    ])
  })
})
