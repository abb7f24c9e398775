/** What is measured of memory becomes an incident; what others needed becomes the first limit of a new server. */
import { describe, expect, it } from 'vitest'
import type { ServerId, VersionId } from '../../src/domain/id.ts'
import type { MemoryPeers } from '../../src/domain/memory-peers.ts'
import { nameProfile, type DailyProfile } from '../../src/domain/sample.ts'
import { buildEnvelope, parseEnvelope, renderEnvelope } from '../../src/hive/envelope.ts'
import { handOver } from '../../src/hosting/cold-start/learn-first-limit.ts'
import { createGrowthBook } from '../../src/hosting/incidents/growth-book.ts'
import { createTestApi } from '../fakes/api.ts'
import { settle } from '../fakes/clock.ts'
import { buildSample } from '../fakes/sample-rows.ts'

const HOUR = 3_600_000
const MIB = 1024 ** 2

describe('memory that grows', () => {
  async function grown(mibOf: (hour: number) => number, hours: number) {
    const test = await createTestApi()
    await test.deploy('weather', 'one')
    const { server } = await test.hosting.get('weather')
    const growth = createGrowthBook({ ...test.store, incidents: test.incidents, clock: test.clock })
    const start = test.clock.now()
    let measured = 0
    const measure = async (untilHour: number, value = mibOf) => {
      const rows = []
      for (; measured < untilHour * 6; measured++) {
        const memoryMin = value(measured / 6) * MIB
        rows.push(
          buildSample(
            { at: start + measured * 600_000, memoryMin, memoryLimit: 512 * MIB, starts: 0, calls: 0 },
            server.id,
          ),
        )
      }
      await test.store.samples.append(rows)
      test.clock.set(start + untilHour * HOUR)
      await growth.look()
    }
    await measure(hours)
    const list = async () =>
      (await test.incidents.list({ limit: 10 })).filter(({ subject }) => subject === 'growth')
    return { ...test, server, growth, measure, list }
  }

  it('is one incident with a rate, a time and what to do, told once, and over when it stops', async () => {
    const test = await grown((hour) => 300 + 40 * hour, 4)
    const [incident, ...others] = await test.list()
    expect(others).toEqual([])
    expect(incident).toMatchObject({ kind: 'growth', severity: 'high', occurrences: 1, resolvedAt: null })
    expect(incident!.timeline[0]!.text).toMatch(
      /^grows 40 MiB\/h \(40–40\), reaches the limit in 1 h if it continues$/,
    )
    expect(incident!.hint).toMatch(
      /^Restart it at \d\d:\d\d UTC, .*haivemind restart weather\. Its limit is not raised/,
    )
    await test.growth.look()
    expect((await test.list())[0]!.occurrences).toBe(1)
    expect(test.growth.of(test.server.id)?.level).toBe('incident')
    await test.measure(12, () => 460)
    expect(test.growth.of(test.server.id)).toBeNull()
    expect((await test.list())[0]!.resolution).toBe('Its memory has not grown for six hours.')
  })

  it('is none where it does not', async () => {
    const test = await grown((hour) => 400 + (hour % 1), 6)
    expect(await test.list()).toEqual([])
    expect(test.growth.of(test.server.id)).toBeNull()
  })
})

const buildProfile = (serverId: ServerId, peakMib: number, day: number): DailyProfile => {
  const versionId = 'ver_1' as VersionId
  return {
    id: nameProfile(serverId, versionId, day),
    serverId,
    versionId,
    day,
    steps: 8640,
    full: true,
    memoryPeak: peakMib * MIB,
    memoryFloor: peakMib * MIB,
    startupPeak: null,
    memoryLimit: 512 * MIB,
    censored: 0,
    oomKills: 0,
    cpu: [],
    cpuLimit: null,
    periods: 0,
    throttledPeriods: 0,
    windows: 0,
    throttledWindows: 0,
    processesMax: 1,
    calls: 0,
    errors: 0,
    p50: null,
    p95: null,
    latencies: '',
    watched: false,
  }
}

describe('cross-deployment learning: a deployment', () => {
  it('gets its first limit from eight servers like it, and says which', async () => {
    const test = await createTestApi({ shape: { dependencies: ['zod'], family: null, isMemorySet: false } })
    const day = Math.floor(test.clock.now() / 86_400_000)
    const limitOf = async (name: string) => (await test.hosting.get(name)).config!.limits.memoryMb
    for (let n = 0; n < 8; n++) {
      await test.deploy(`known-${n}`, `k${n}`)
      expect(await limitOf(`known-${n}`)).toBe(512)
      const { server, version } = await test.hosting.get(`known-${n}`)
      await test.store.samples.saveDaily([
        { ...buildProfile(server.id, 80 + n, day), versionId: version!.id },
      ])
    }
    const operation = await test.deploy('new', 'n')
    const limit = await limitOf('new')
    expect(limit).toBeGreaterThanOrEqual(88)
    expect(limit).toBeLessThan(200)
    const start = operation.stages.find(({ stage }) => stage === 'start')!
    expect(start.log).toContain(`limit ${limit} MiB, learned from known-`)
    const { version } = await test.hosting.get('new')
    expect(version!.detection.reasons.at(-1)).toContain(`limit ${limit} MiB, learned from known-`)
  })

  it('says so where the default stands, and touches nothing that somebody set', async () => {
    const shape = { dependencies: [], family: null, isMemorySet: false }
    const open = await createTestApi({ shape })
    await open.deploy('one', 'x')
    expect((await open.hosting.get('one')).version!.detection.reasons.at(-1)).toMatch(
      /^limit 512 MiB, the default: nobody set one, and nothing is known yet \(0 servers/,
    )
    const set = await createTestApi({ shape: { ...shape, isMemorySet: true } })
    await set.deploy('one', 'x')
    expect((await set.hosting.get('one')).version!.detection.reasons.join(' ')).not.toContain('limit')
  })

  it('hands over to its own days', () => {
    const id = 'srv_1' as ServerId
    const days = [0, 1, 2].map((day) => buildProfile(id, 100, day))
    const now = 3 * 86_400_000
    const over = (own: readonly DailyProfile[]) => handOver(400, { own, kills: [] }, now)
    expect(over([])).toEqual({ mib: 400, note: '' })
    expect(over(days).mib).toBe(160)
    expect(over(days.slice(0, 1)).mib).toBe(320)
    expect(over(days).note).toBe('; 160 MiB with 100 % of its own 3 days (160 MiB)')
  })

  it('is never given what it was killed at, though no sample saw it', async () => {
    const test = await createTestApi({ shape: { dependencies: [], family: null, isMemorySet: false } })
    await test.deploy('hungry', 'h')
    const { server } = await test.hosting.get('hungry')
    await test.store.kills.add({ serverId: server.id, at: test.clock.now(), memoryMb: 512 })
    await test.deploy('hungry', 'h2')
    const { version, config } = await test.hosting.get('hungry')
    expect(config!.limits.memoryMb).toBe(640)
    expect(version!.detection.reasons.at(-1)).toMatch(
      /; 640 MiB since it was killed for lack of memory at 512 MiB$/,
    )
  })

  it('takes what others were killed at for less than they needed', async () => {
    const test = await createTestApi({ shape: { dependencies: ['zod'], family: null, isMemorySet: false } })
    const day = Math.floor(test.clock.now() / 86_400_000)
    for (let n = 0; n < 8; n++) {
      await test.deploy(`known-${n}`, `k${n}`)
      const { server, version } = await test.hosting.get(`known-${n}`)
      await test.store.samples.saveDaily([{ ...buildProfile(server.id, 80, day), versionId: version!.id }])
      await test.store.kills.add({ serverId: server.id, at: test.clock.now(), memoryMb: 200 })
    }
    await test.deploy('new', 'n')
    expect((await test.hosting.get('new')).version!.detection.reasons.at(-1)).toContain('(250 MiB)')
  })
})

describe('collective intelligence: another platform', () => {
  const shape = { dependencies: ['zod'], family: null, isMemorySet: false }
  const DAY_MS = 86_400_000

  /** Eight servers with a day each, told as they go over the wire. */
  async function teach() {
    const first = await createTestApi({ shape })
    const day = Math.floor(first.clock.now() / DAY_MS) - 1
    for (let n = 0; n < 8; n++) {
      await first.deploy(`there-${n}`, `t${n}`)
      const { server, version } = await first.hosting.get(`there-${n}`)
      await first.store.samples.saveDaily([
        { ...buildProfile(server.id, 80 + n, day), versionId: version!.id },
      ])
    }
    await first.hosting.tellProfiles()
    await first.hosting.tellProfiles()
    const { items } = await first.store.memories.search(
      'profile zod',
      { category: 'monitoring', ceiling: 'normal', reader: { id: 'platform', isAdmin: false } },
      { limit: 20, offset: 0 },
    )
    return items.map((memory) => {
      const content = renderEnvelope(memory.content, buildEnvelope(memory))
      return {
        peer: 'hub',
        category: 'monitoring',
        createdAt: null,
        content,
        envelope: parseEnvelope(content),
      }
    })
  }
  const reasonOf = async (test: Awaited<ReturnType<typeof createTestApi>>, name: string) =>
    (await test.hosting.get(name)).version!.detection.reasons.at(-1)

  it('teaches a first limit, by half and never alone', async () => {
    const told = await teach()
    expect(told).toHaveLength(8)
    const asked: string[] = []
    const recall: MemoryPeers['recall'] = async (query, category) => {
      asked.push(`${category}: ${query}`)
      return category === 'monitoring' ? told : []
    }
    const test = await createTestApi({ shape, recall })
    await test.deploy('alone', 'a')
    expect(asked).toEqual(['monitoring: profile bash zod'])
    expect(await reasonOf(test, 'alone')).toContain(
      '0 servers were measured, 8 on other platforms, which count by half, and 8 are needed',
    )
    const day = Math.floor(test.clock.now() / DAY_MS)
    for (let n = 0; n < 4; n++) {
      await test.deploy(`here-${n}`, `h${n}`)
      const { server, version } = await test.hosting.get(`here-${n}`)
      await test.store.samples.saveDaily([
        { ...buildProfile(server.id, 80 + n, day), versionId: version!.id },
      ])
    }
    await test.deploy('new', 'n')
    expect(await reasonOf(test, 'new')).toMatch(/learned from here-.* of 12 servers/)
    const without = await createTestApi({ shape, recall: async () => [] })
    await without.deploy('new', 'n')
    expect(await reasonOf(without, 'new')).toContain('the default')
  })

  it('that hangs holds up no deployment for longer than it may be asked', async () => {
    const test = await createTestApi({ shape, recall: () => new Promise(() => {}) })
    let isOver = false
    const ended = test.deploy('new', 'n').then((operation) => {
      isOver = true
      return operation
    })
    await settle()
    expect(isOver).toBe(false)
    test.clock.advance(1_500)
    expect((await ended).status).toBe('succeeded')
    expect(await reasonOf(test, 'new')).toContain('the default')
  })
})
