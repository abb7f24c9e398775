/** Samples from the second in which they were taken to the hour that is left of them after a year. */
import { describe, expect, it } from 'vitest'
import { HOST_SERIES, SAMPLE_TIERS, type DailyProfile, type SampleRow } from '../../src/domain/sample.ts'
import type { ServerId, VersionId } from '../../src/domain/id.ts'
import { createDayProfile } from '../../src/insight/samples/day-profile.ts'
import { openDatabase } from '../../src/store/sqlite/database.ts'
import { createSampleStore } from '../../src/store/sqlite/sample-store.ts'
import { buildSample } from '../fakes/sample-rows.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
/** Midnight, at the beginning of a block of every tier. */
const START = 240 * HOUR * 2000
const A = 'srv_a' as ServerId
const B = 'srv_b' as ServerId

function openWorld(servers: readonly ServerId[] = [A, B]) {
  const database = openDatabase(':memory:')
  for (const id of servers) {
    database.run(
      `INSERT INTO servers (id, name, desired, active_version, uid, overrides, last_state, restarts, created_at, updated_at, lifetime)
         VALUES ($id, $id, 'stopped', NULL, NULL, '{}', '{}', 0, 0, 0, '{}')`,
      { id },
    )
  }
  const store = createSampleStore(database)
  const count = (table: string) => Number(database.get(`SELECT count(*) AS n FROM ${table}`)?.['n'])
  const settle = async (now: number) => {
    while (await store.compact(now)) continue
  }
  return { database, store, count, settle }
}

describe('samples', () => {
  it('gives back what was put in, of this server and this time alone', async () => {
    const { store } = openWorld()
    const rows = [0, 10_000, 20_000].map((at) =>
      buildSample({ at: START + at, memoryMax: at + 1.5, calls: 2, cpuMean: null }, A),
    )
    await store.append([...rows, buildSample({ at: START, memoryMax: 7 }, B)])
    expect(await store.range(A, START, START + 20_000, 10)).toEqual(rows.slice(0, 2))
    expect(await store.range(B, START, START + HOUR, 10)).toHaveLength(1)
    expect(await store.range(A, START + HOUR, START + 2 * HOUR, 10)).toEqual([])
  })

  it('joins what comes twice, as after the clock was set back, before and after it was packed', async () => {
    const { store, settle } = openWorld()
    const at = START + 30_000
    const put = (samples: number, calls: number) =>
      store.append([buildSample({ at, samples, calls, memoryMax: calls }, A)])
    await put(10, 1)
    await put(4, 2)
    await settle(START + HOUR)
    await put(6, 5)
    await settle(START + HOUR)
    expect(await store.range(A, START, START + HOUR, 10)).toEqual([
      buildSample({ at, samples: 20, calls: 8, memoryMax: 5 }, A),
    ])
  })

  it('packs hours that are over and leaves the one that runs', async () => {
    const { store, settle, count } = openWorld()
    const rows = Array.from({ length: 365 }, (_, index) =>
      buildSample({ at: START + index * 10_000, cpuMean: index / 7, clockSet: 0 }, A),
    )
    await store.append(rows)
    await settle(START + HOUR + 50_000)
    expect([count('samples'), count('sample_blocks')]).toEqual([5, 1])
    expect(await store.range(A, START, START + 2 * HOUR, 10)).toEqual(rows)
  })

  it('becomes coarser with age, keeps every bound and every count, and goes at last', async () => {
    const { store, settle, database } = openWorld()
    const kill = START + 2 * HOUR + 40_000
    for (let at = START; at < START + 6 * HOUR; at += 10_000) {
      await store.append([
        buildSample(
          { at, memoryMin: 50, memoryMax: at === kill ? 900 : 100, oomKills: Number(at === kill) },
          A,
        ),
      ])
    }
    const grains: number[][] = []
    const left: (readonly SampleRow[])[] = []
    for (const days of [0.3, 1.5, 16, 92, 102, 412]) {
      await settle(START + days * DAY)
      const steps = database.all('SELECT DISTINCT step FROM sample_blocks').map(({ step }) => Number(step))
      const whole = await store.range(A, START, START + DAY, 86_400)
      grains.push(steps)
      left.push(whole)
    }
    const whole = { samples: 21_600, memoryMin: 50, memoryMax: 900, oomKills: 1 }
    expect(left).toMatchObject([...Array.from({ length: 5 }, () => [whole]), []])
    expect(grains).toEqual([[10], [60], [300], [300], [3600], []])
  })

  it('names a coarse step by its own beginning when finer ones are asked for', async () => {
    const { store, settle } = openWorld()
    await store.append([buildSample({ at: START + 70_000, memoryMax: 3 }, A)])
    await settle(START + 2 * DAY)
    const found = await store.range(A, START, START + HOUR, 10)
    expect(found.map(({ at, samples }) => [at - START, samples])).toEqual([[60_000, 10]])
  })

  it('goes after the days that the operator gives it, of whatever grain, whole blocks and days alone', async () => {
    const { store, settle, count } = openWorld()
    const rows = [0, 1, 2, 3].map((hour) => buildSample({ at: START + hour * HOUR, memoryMax: hour }, A))
    await store.append(rows)
    await settle(START + 12 * HOUR)
    await store.saveDaily([buildDay(A, START / DAY), buildDay(A, START / DAY + 1)])
    expect(count('sample_blocks')).toBe(4)
    const time = START + DAY + HOUR + 1
    expect(store.countBefore(START + HOUR - 1)).toBe(0)
    expect(store.countBefore(START + 2 * HOUR)).toBe(2)
    expect(store.countBefore(time)).toBe(5)
    await store.removeBefore(START + 2 * HOUR)
    const left = await store.range(A, START, START + DAY, 10)
    expect(left.map(({ memoryMax }) => memoryMax)).toEqual([2, 3])
    await store.removeBefore(time)
    expect([count('sample_blocks'), count('profiles'), store.countBefore(time)]).toEqual([0, 1, 0])
  })

  it('goes with the server, and what still comes for it is nothing', async () => {
    const { store, settle, database, count } = openWorld()
    const old = buildSample({ at: START, memoryMax: 1 }, A)
    await store.append([old, buildSample({ at: START }, HOST_SERIES)])
    await settle(START + HOUR)
    await store.append([buildSample({ at: START + HOUR }, A)])
    await store.saveDaily([buildDay(A, 3)])
    database.run('DELETE FROM servers WHERE id = $id', { id: A })
    await store.append([buildSample({ at: START + HOUR + 10_000 }, A)])
    await store.saveDaily([buildDay(A, 4)])
    expect([count('samples'), count('sample_blocks'), count('profiles')]).toEqual([0, 1, 0])
    expect(await store.range(HOST_SERIES, START, START + HOUR, 10)).toHaveLength(1)
  })

  it('says that a block is damaged instead of showing what is left of it', async () => {
    const { store, settle, database } = openWorld()
    await store.append([buildSample({ at: START }, A)])
    await settle(START + HOUR)
    database.run(`UPDATE sample_blocks SET rows = x'00ff'`)
    await expect(store.range(A, START, START + HOUR, 10)).rejects.toThrow('unexpected end of file')
  })

  it('keeps each tier for as long as the next one needs to take it over', () => {
    const rest = SAMPLE_TIERS.map((tier, index) => [
      tier.blockMs % (tier.step * 1000),
      (SAMPLE_TIERS[index + 1] ?? tier).blockMs % tier.blockMs,
    ])
    expect(rest.flat()).toEqual(SAMPLE_TIERS.flatMap(() => [0, 0]))
  })
})

describe('profiles', () => {
  it('keeps one row for each day and version, the latest', async () => {
    const { store } = openWorld()
    await store.saveDaily([buildDay(A, 4), buildDay(A, 3), buildDay(B, 3)])
    await store.saveDaily([{ ...buildDay(A, 4), oomKills: 2, cpu: [[3, 7]] }])
    const found = await store.daily(A)
    expect(found).toEqual([buildDay(A, 3), { ...buildDay(A, 4), oomKills: 2, cpu: [[3, 7]] }])
  })
})

function buildDay(serverId: ServerId, day: number): DailyProfile {
  return createDayProfile({ serverId, versionId: 'ver_1' as VersionId, day }, null).read()
}
