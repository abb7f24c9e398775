import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createTestHosting } from '../../../test/fakes/hosting.ts'
import { buildProfiles } from '../../../test/fakes/profiles.ts'

const DAY_MS = 86_400_000
const reader = { id: 'platform', isAdmin: false }

describe('profiles that are older than a fortnight', () => {
  async function remember(days: number) {
    const test = createTestHosting()
    await test.deploy('weather', './run.sh')
    const { server, version } = await test.hosting.get('weather')
    if (version === null) throw new Error('it has no version')
    // A day is told at a time, as a platform that goes on tells it.
    for (let day = 0; day < days; day++) {
      test.clock.advance(DAY_MS)
      const place = { serverId: server.id, versionId: version.id, now: test.clock.now() }
      await test.store.samples.saveDaily(buildProfiles(place, [70 + day]))
      await test.hosting.tellProfiles()
    }
    const list = async (kind: 'profile.daily' | 'profile.weekly') => {
      const filter = { kind, ceiling: 'normal', reader } as const
      return (await test.store.memories.recent(filter, { limit: 100, offset: 0 })).items
    }
    return { test, list }
  }

  it('become one a week, with the least and the most, and the days go', async () => {
    const { list } = await remember(30)
    const weekly = await list('profile.weekly')
    const days = await list('profile.daily')
    expect(weekly.length).toBeGreaterThanOrEqual(2)
    const newest = weekly[0]
    expect(newest).toMatchObject({ category: 'monitoring', server: 'weather', occurrences: 1 })
    expect(newest?.data).toMatchObject({ n: 7, calls: 700, mem_floor_bytes: 50 * 2 ** 20 })
    const { mem_peak_bytes: most, mem_peak_min_bytes: least, mem_peak_mean_bytes: mean } = newest?.data ?? {}
    expect(Number(most) - Number(least)).toBe(6 * 2 ** 20)
    expect(mean).toBe(Number(least) + 3 * 2 ** 20)
    // None is in both, and none is lost.
    const joined = weekly.reduce((sum, { data }) => sum + Number(data['n']), 0)
    expect(joined + days.length).toBe(30)
    expect(days.length).toBeGreaterThanOrEqual(14)
  })

  it('are hidden for thirty days, then removed, and are not made twice', async () => {
    const { test, list } = await remember(24)
    const [week] = await list('profile.weekly')
    const first = z.array(z.string()).parse(week?.data['days'])[0]
    const find = () => test.store.memories.find(first ?? '', 'normal', reader)
    await test.hosting.tellProfiles()
    expect((await list('profile.weekly'))[0]).toEqual(week)
    expect(await find()).toBeNull()
    const count = async () =>
      (await list('profile.weekly')).reduce((sum, { data }) => sum + Number(data['n']), 0)
    const before = await count()
    expect(before).toBeGreaterThan(0)
    test.clock.advance(31 * DAY_MS)
    await test.hosting.tellProfiles()
    // Those of the first weeks are gone; those that were hidden just now are still there to be removed.
    const hidden = await test.store.memories.removeHidden('profile.daily', test.clock.now() + 1)
    expect(hidden).toBe((await count()) - before)
  })
})
