/** Advice from what the store knows to what became of it, over the real store and a clock that the test moves. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { IncidentId } from '../../src/domain/id.ts'
import type { JsonObject } from '../../src/domain/json.ts'
import type { DailyProfile } from '../../src/domain/sample.ts'
import type { Recommendation } from '../../src/domain/recommendation.ts'
import { recallRemedies } from '../../src/hosting/incidents/recall-remedies.ts'
import { copyDatabase } from '../../src/store/sqlite/database.ts'
import { createId } from '../../src/system/random.ts'
import { alice, createTestHosting } from '../fakes/hosting.ts'
import { buildProfiles } from '../fakes/profiles.ts'

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000
const all = { name: null, apply: false } as const

type Test = ReturnType<typeof createTestHosting>

/** A server of 512 MiB that needs at most 70. */
async function buildOversized(test: Test, days = 14) {
  await test.deploy('weather', './run.sh')
  const { server, version } = await test.hosting.get('weather')
  if (version === null) throw new Error('it has no version')
  const learn = (count: number, peak = 70) =>
    test.store.samples.saveDaily(
      buildProfiles(
        { serverId: server.id, versionId: version.id, now: test.clock.now() },
        Array.from({ length: count }, () => peak),
      ),
    )
  await learn(days)
  return { id: server.id, learn }
}
const limitOf = async (test: Test) => (await test.hosting.get('weather')).config?.limits.memoryMb
const ask = (test: Test, apply = false) =>
  test.hosting.optimize({ name: 'weather', resources: ['memory_mb'], apply }, alice)
const typesOf = async (test: Test) =>
  (await test.store.events.list({ limit: 1000 })).flatMap(({ event }) =>
    event.type.startsWith('recommendation.') ? [event.type] : [],
  )
const rest = () => new Promise((resolve) => setTimeout(resolve, 0))
async function until(what: () => Promise<boolean>): Promise<void> {
  for (let turn = 0; !(await what()); turn++) {
    if (turn === 100) throw new Error('it did not come')
    await rest()
  }
}
const stateOf = async (test: Test, { id }: Recommendation) =>
  (await test.store.recommendations.find(id))?.state
async function applyOne(test: Test): Promise<Recommendation> {
  const { recommendations } = await ask(test, true)
  const [first] = recommendations
  if (first === undefined) throw new Error('nothing was recommended')
  return first.item
}
function runOutOfMemory(test: Test, serverId: Recommendation['serverId'], memoryMb: number) {
  test.store.events.emit({
    type: 'server.status',
    serverId,
    server: 'weather',
    status: 'backoff',
    reason: 'It needed more than its memory.',
    cause: 'out_of_memory',
    class: 'out_of_memory',
    attempt: 1,
    nextTry: null,
    memoryMb,
  })
}

describe('optimization recommendations', () => {
  it('says from what to what, why, how sure, and what the past would have been; once', async () => {
    const test = createTestHosting()
    await buildOversized(test)
    const found = await ask(test)
    expect(found).toMatchObject({
      analyzed: 1,
      recommendations: [
        {
          server: 'weather',
          notApplied: null,
          item: {
            resource: 'memory_mb',
            current: 512,
            proposed: 120,
            direction: 'lower',
            state: 'open',
            confidence: { value: 1 },
            backtest: { days: 14, exceeded: 0 },
            mayApply: true,
          },
        },
      ],
    })
    expect(await ask(test)).toEqual(found)
    expect(await typesOf(test)).toEqual(['recommendation.made'])
    test.store.events.flush()
    const [memory] = (
      await test.store.memories.recent(
        { category: 'optimization', ceiling: 'normal', reader: { id: alice.id, isAdmin: true } },
        { limit: 10, offset: 0 },
      )
    ).items
    expect(memory?.content).toMatch(
      /^memory_mb of server weather should go from 512 to 120: highest daily peak/,
    )
  })

  it('that is seen again is kept with the time of the last look', async () => {
    const test = createTestHosting()
    await buildOversized(test)
    const [first] = (await ask(test)).recommendations
    test.clock.advance(MINUTE_MS)
    const [again] = (await ask(test)).recommendations
    expect(again?.item).toEqual({ ...first?.item, seenAt: test.clock.now() })
    expect(await test.store.recommendations.find(first?.item.id ?? '')).toEqual(again?.item)
  })

  it('names a limit that too little is known of', async () => {
    const test = createTestHosting()
    await buildOversized(test, 2)
    expect(await ask(test)).toMatchObject({
      recommendations: [],
      skipped: [{ server: 'weather', why: 'not enough history: confidence 0.14 of 0.3' }],
    })
  })

  it('expires when the measurements no longer say so, and when the setting was changed meanwhile', async () => {
    const test = createTestHosting()
    const { learn } = await buildOversized(test)
    const first = (await ask(test)).recommendations[0]?.item
    await learn(1, 400)
    expect((await ask(test)).recommendations).toEqual([])
    expect(first && (await test.store.recommendations.find(first.id))).toMatchObject({
      state: 'expired',
      reason: 'what was measured no longer says so',
    })
    await learn(1, 70)
    const second = (await ask(test)).recommendations[0]?.item
    await test.hosting.set('weather', { limits: { memoryMb: 300 } }, alice)
    await expect(test.hosting.applyRecommendation(second?.id ?? '', alice)).rejects.toMatchObject({
      code: 'recommendation_closed',
      message: expect.stringContaining('memory_mb is 300 by now, not 512'),
    })
    await expect(test.hosting.applyRecommendation('rec_absent', alice)).rejects.toMatchObject({
      code: 'recommendation_not_found',
    })
  })

  it('is turned down for a week', async () => {
    const test = createTestHosting()
    const { learn } = await buildOversized(test)
    const [first] = (await ask(test)).recommendations
    await test.hosting.dismissRecommendation(first?.item.id ?? '', alice)
    test.clock.advance(6 * DAY_MS)
    await learn(14)
    expect((await ask(test)).skipped).toMatchObject([
      { why: expect.stringMatching(/^it was dismissed; not/) },
    ])
    test.clock.advance(DAY_MS)
    await learn(14)
    expect((await ask(test)).recommendations).toHaveLength(1)
  })
})

describe('applying', () => {
  it('L-8: an oversized limit goes down by 30 % a day, in place, to what is needed, and nothing is killed', async () => {
    const test = createTestHosting()
    const { id, learn } = await buildOversized(test)
    const limits: (number | undefined)[] = []
    for (let day = 0; day < 6; day++) {
      await ask(test, true)
      limits.push(await limitOf(test))
      expect(test.supervision.facts(id)?.limits.memoryMb).toBe(limits.at(-1))
      test.clock.advance(DAY_MS)
      await learn(14)
      await test.hosting.watchAdvice()
    }
    expect(limits).toEqual([360, 256, 184, 136, 120, 120])
    expect(await test.store.kills.list(id, 0)).toEqual([])
    expect((await typesOf(test)).filter((type) => type === 'recommendation.reverted')).toEqual([])
    expect(test.supervision.starts).toHaveLength(1)
  })

  it('stays above what is in use at the moment, and goes down once a day', async () => {
    const test = createTestHosting()
    await buildOversized(test)
    const first = await applyOne(test)
    expect(first).toMatchObject({
      state: 'applied',
      application: { before: 512, after: 360, inPlace: true, by: alice.id },
    })
    expect((await ask(test, true)).skipped).toMatchObject([
      { why: expect.stringMatching(/^its change to 360 is watched until/) },
    ])
    expect(await limitOf(test)).toBe(360)
  })

  it('confirms what made nothing worse within its window', async () => {
    const test = createTestHosting()
    await buildOversized(test)
    const applied = await applyOne(test)
    test.clock.advance(DAY_MS - 1)
    await test.hosting.watchAdvice()
    expect(await stateOf(test, applied)).toBe('applied')
    test.clock.advance(1)
    await test.hosting.watchAdvice()
    expect(await stateOf(test, applied)).toBe('confirmed')
    expect(await typesOf(test)).toEqual([
      'recommendation.made',
      'recommendation.applied',
      'recommendation.confirmed',
    ])
  })

  it('by itself only where that is switched on', async () => {
    const test = createTestHosting()
    await buildOversized(test)
    await test.hosting.adviseByTimer()
    expect(await limitOf(test)).toBe(512)
    test.settings.advice.applyByItself = true
    await test.hosting.adviseByTimer()
    expect(await limitOf(test)).toBe(360)
  })
})

describe('taking back', () => {
  it('L-9: a kill after a lowering brings the limit back at once, with both numbers, and blocks seven days', async () => {
    const test = createTestHosting()
    const { id, learn } = await buildOversized(test)
    const applied = await applyOne(test)
    test.clock.advance(MINUTE_MS)
    runOutOfMemory(test, id, 360)
    await until(async () => (await stateOf(test, applied)) === 'reverted')
    expect(await limitOf(test)).toBe(512)
    expect(await test.store.recommendations.find(applied.id)).toMatchObject({
      reason: 'it ran out of memory at 360 MiB, after a change from 512 to 360',
    })
    const reverted = (await test.store.events.list({ limit: 1000 })).find(
      ({ event }) => event.type === 'recommendation.reverted',
    )
    expect(reverted?.event).toMatchObject({ from: 360, to: 512 })
    test.clock.advance(6 * DAY_MS)
    await learn(14)
    expect((await ask(test, true)).recommendations).toEqual([])
    expect(await limitOf(test)).toBe(512)
  })

  it('L-9: a kill that nobody heard of is found in the store', async () => {
    const test = createTestHosting()
    const { id } = await buildOversized(test)
    const applied = await applyOne(test)
    test.clock.advance(MINUTE_MS)
    await test.store.kills.add({ serverId: id, at: test.clock.now(), memoryMb: 360 })
    await test.hosting.watchAdvice()
    expect(await stateOf(test, applied)).toBe('reverted')
  })

  it('L-9: throttling and slower calls count too', async () => {
    const slower = createTestHosting()
    const { id } = await buildOversized(slower)
    const call = (count: number, milliseconds: number) =>
      slower.store.calls.append(
        Array.from({ length: count }, (_, index) => ({
          serverId: id,
          principalId: alice.id,
          method: 'tools/call',
          tool: 'add',
          protocolVersion: '2025-11-25',
          outcome: 'ok' as const,
          startedAt: slower.clock.now() - 2 * MINUTE_MS,
          milliseconds: milliseconds + (index % 20),
          traceId: null,
        })),
      )
    await call(300, 20)
    const applied = await applyOne(slower)
    slower.clock.advance(5 * MINUTE_MS)
    await call(300, 60)
    slower.clock.advance(MINUTE_MS)
    await slower.hosting.watchAdvice()
    expect(await stateOf(slower, applied)).toBe('reverted')
    expect((await slower.store.recommendations.find(applied.id))?.reason).toMatch(/^its calls became slower/)
  })

  it('a clock that is set ahead confirms nothing before it was steady for a day', async () => {
    const test = createTestHosting()
    await buildOversized(test)
    const applied = await applyOne(test)
    test.clock.advance(MINUTE_MS)
    test.clock.set(test.clock.now() + 30 * DAY_MS)
    test.hosting.watchClock()
    await test.hosting.watchAdvice()
    expect(await stateOf(test, applied)).toBe('applied')
    test.clock.advance(DAY_MS + MINUTE_MS)
    await test.hosting.watchAdvice()
    expect(await stateOf(test, applied)).toBe('confirmed')
  })

  it('a kill counts although the clock was set back behind the change', async () => {
    const test = createTestHosting()
    const { id } = await buildOversized(test)
    const applied = await applyOne(test)
    test.clock.advance(MINUTE_MS)
    test.clock.set(test.clock.now() - 3 * 3_600_000)
    runOutOfMemory(test, id, 360)
    await until(async () => (await stateOf(test, applied)) === 'reverted')
    expect(await limitOf(test)).toBe(512)
  })

  it('a change by somebody else ends the watch, and stays', async () => {
    const test = createTestHosting()
    await buildOversized(test)
    const applied = await applyOne(test)
    await test.hosting.set('weather', { limits: { memoryMb: 400 } }, alice)
    await test.hosting.watchAdvice()
    expect(await test.store.recommendations.find(applied.id)).toMatchObject({
      state: 'expired',
      reason: 'memory_mb was changed to 400 since',
    })
    expect(await limitOf(test)).toBe(400)
  })

  it('more memory that was not enough is not taken back', async () => {
    const test = createTestHosting()
    const { id, learn } = await buildOversized(test, 1)
    await learn(1)
    runOutOfMemory(test, id, 512)
    await until(async () => (await test.store.kills.list(id, 0)).length === 1)
    const applied = await applyOne(test)
    expect(await limitOf(test)).toBe(640)
    test.clock.advance(1000)
    runOutOfMemory(test, id, 640)
    await until(async () => (await stateOf(test, applied)) !== 'applied')
    expect(await test.store.recommendations.find(applied.id)).toMatchObject({
      state: 'expired',
      reason: expect.stringMatching(/^it was not enough: it ran out of memory at 640 MiB/),
    })
    expect(await limitOf(test)).toBe(640)
  })
})

describe('each kind of setting', () => {
  async function read(prepare: (test: Test, place: Place) => Promise<void>) {
    const test = createTestHosting()
    await test.deploy('weather', './run.sh')
    const { server, version } = await test.hosting.get('weather')
    if (version === null) throw new Error('it has no version')
    await prepare(test, { serverId: server.id, versionId: version.id, now: test.clock.now() })
    const { recommendations } = await test.hosting.optimize(all, alice)
    return Object.fromEntries(recommendations.map(({ item }) => [item.resource, item]))
  }
  type Place = Parameters<typeof buildProfiles>[0]
  const days = (place: Place, more: Partial<DailyProfile> = {}) =>
    buildProfiles(
      place,
      Array.from({ length: 14 }, () => 300),
    ).map((profile) => ({ ...profile, ...more }))
  const call = (test: Test, { serverId }: Place, outcome: 'ok' | 'timeout' | 'refused', count: number) =>
    test.store.calls.append(
      Array.from({ length: count }, () => ({
        serverId,
        principalId: alice.id,
        method: 'tools/call',
        tool: 'add',
        protocolVersion: '2025-11-25',
        outcome,
        startedAt: test.clock.now() - MINUTE_MS,
        milliseconds: 20,
        traceId: null,
      })),
    )

  it('CPU: from the windows in which it was held back, on the day that says so', async () => {
    const found = await read((test, place) =>
      test.store.samples.saveDaily(days(place, { throttledWindows: 9, cpuLimit: 1000 })),
    )
    expect(found['cpu_percent']).toMatchObject({
      direction: 'raise',
      current: 100,
      proposed: 150,
      because: [
        {
          text: expect.stringContaining('held back in 9 of 288 windows'),
          source: expect.stringMatching(/^srv_/),
        },
        {},
      ],
    })
  })

  it('processes: from the most at once, with what the past would have been', async () => {
    const found = await read((test, place) => test.store.samples.saveDaily(days(place, { processesMax: 10 })))
    expect(found['max_processes']).toMatchObject({
      direction: 'lower',
      proposed: 36,
      because: [{ source: expect.stringMatching(/^srv_/) }],
      backtest: { days: 14, exceeded: 0 },
    })
  })

  it('idle stop: from a week without calls, with the starts that would have been waited for', async () => {
    const found = await read(async (test, place) => {
      await test.store.samples.saveDaily(days(place))
      await call(test, place, 'ok', 1)
    })
    expect(found['idle_stop_seconds']).toMatchObject({
      current: 0,
      proposed: 900,
      backtest: { days: 7, exceeded: 1, unusedBefore: 0.99 },
    })
  })

  it('deadlines of calls: from those that were cut off', async () => {
    const found = await read(async (test, place) => {
      await call(test, place, 'ok', 300)
      await call(test, place, 'timeout', 20)
    })
    expect(found['call_timeout_seconds']).toMatchObject({
      current: 60,
      proposed: 120,
      because: [{ text: '20 of 320 calls of seven days were cut off at 60 s', source: 'calls:320' }, {}],
    })
  })

  it('the size of a pool: from calls that were refused', async () => {
    const found = await read(async (test, place) => {
      await test.hosting.set('weather', { instances: { pool: 3 } }, alice)
      await call(test, place, 'ok', 300)
      await call(test, place, 'refused', 20)
    })
    expect(found['instances']).toMatchObject({ current: 'pool:3', proposed: 'pool:6' })
  })

  it('restarts and starts: from the last end, with its moment', async () => {
    const end = (test: Test, { serverId }: Place, kind: 'killed_externally' | 'start_timeout') =>
      test.supervision.crash(serverId, { cause: 'signalled', class: kind, at: test.clock.now() })
    const restart = await read(async (test, place) => {
      await test.hosting.set('weather', { autoRestart: false }, alice)
      end(test, place, 'killed_externally')
    })
    expect(restart['auto_restart']).toMatchObject({
      current: 'false',
      proposed: 'true',
      because: [
        { source: expect.stringMatching(/^exit:\d+$/) },
        { text: expect.stringMatching(/^with it on, it would have been tried again within seconds/) },
        { source: 'rule' },
      ],
    })
    const start = await read(async (test, place) => end(test, place, 'start_timeout'))
    expect(start['start_timeout']).toMatchObject({ current: 30, proposed: 60 })
  })
})

it('a copy of the memory and samples gives the same advice, byte for byte', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'advice-'))
  try {
    const test = createTestHosting({ path: join(folder, 'a.db') })
    const { id } = await buildOversized(test)
    runOutOfMemory(test, id, 512)
    await until(async () => (await test.store.kills.list(id, 0)).length === 1)
    copyDatabase(join(folder, 'a.db'), join(folder, 'b.db'))
    const other = createTestHosting({ path: join(folder, 'b.db') })
    const found = await test.hosting.optimize(all, alice)
    expect(found.recommendations.length).toBeGreaterThan(0)
    expect(JSON.stringify(await other.hosting.optimize(all, alice))).toBe(JSON.stringify(found))
  } finally {
    await rm(folder, { recursive: true })
  }
})

describe('what all servers show', () => {
  it('is in the answer, and is one memory a day', async () => {
    const shape = (dependencies: readonly string[]) => ({ dependencies, family: null, isMemorySet: true })
    const test = createTestHosting({ shape: shape(['bad']) })
    await test.deploy('weather', './run.sh')
    const { server } = await test.hosting.get('weather')
    const at = test.clock.now()
    const entry = (kind: 'trouble' | 'change', text: string) => ({ id: 'ev1', at, kind, text, eventId: null })
    const raised = [entry('trouble', 'ended'), entry('change', 'memory_mb was set from 64 to 112')]
    for (const id of ['inc_1', 'inc_2', 'inc_3'] as const) {
      await test.store.incidents.save({
        incidents: [
          {
            id: id as IncidentId,
            serverId: server.id,
            server: 'weather',
            subject: 'ends:out_of_memory',
            kind: 'out_of_memory',
            class: 'out_of_memory',
            severity: 'high',
            openedAt: at,
            updatedAt: at,
            resolvedAt: at,
            resolution: 'It ran long enough.',
            occurrences: 1,
            lastAt: at,
            beforeLastAt: null,
            signals: [],
            fingerprints: [],
            change: null,
            hint: null,
            tail: '',
            timeline: raised,
            omitted: 0,
          },
        ],
      })
    }
    const { insights } = await test.hosting.optimize(all, alice)
    expect(insights).toMatchObject([
      { kind: 'action_by_class', class: 'out_of_memory', subject: 'a change of memory_mb', n: 3, effect: 1 },
    ])
    expect((await test.hosting.optimize({ ...all, name: 'weather' }, alice)).insights).toHaveLength(1)
    await test.hosting.tellInsights()
    await test.hosting.tellInsights()
    const { items } = await test.store.memories.recent(
      { category: 'optimization', ceiling: 'normal', reader: { id: 'x', isAdmin: false } },
      { limit: 10, offset: 0 },
    )
    expect(items.filter(({ kind }) => kind === 'insight.action_by_class')).toMatchObject([{ occurrences: 1 }])
    const reader = { id: 'x', isAdmin: false }
    const runbooks = await test.store.memories.recent(
      { category: 'runbooks', ceiling: 'normal', reader },
      { limit: 10, offset: 0 },
    )
    expect(runbooks.items).toMatchObject([
      {
        kind: 'runbook.confirmed',
        occurrences: 1,
        data: { class: 'out_of_memory', action: 'a change of memory_mb', success: 1, helped: 3, cases: 3 },
      },
    ])
    const remedies = await test.hosting.recallRemedies({
      id: 'inc_3' as IncidentId,
      class: 'out_of_memory',
    })
    expect(remedies).toMatchObject([
      {
        text: 'after a change of memory_mb, out_of_memory was over in 2 of 2 cases (100 %, 34–100 %)',
        incidents: [{ id: 'inc_2' }, { id: 'inc_1' }],
        memoryId: runbooks.items[0]?.id,
        node: null,
      },
    ])
    expect(await test.hosting.recallRemedies({ id: 'inc_9' as IncidentId, class: 'native_crash' })).toEqual(
      [],
    )
  })

  it('what another platform told helped before comes after what was seen here, and garbage not at all', async () => {
    const test = createTestHosting()
    const tell = (data: JsonObject) =>
      test.store.memories.store({
        category: 'runbooks',
        kind: 'runbook.confirmed',
        actor: 'peer',
        content: 'x',
        tags: ['native_crash'],
        data,
      })
    const good = { action: 'another version', helped: 4, cases: 5, wilson_interval: [0.38, 0.96] }
    await tell(good)
    await tell({ ...good, helped: 9 })
    await tell({ ...good, action: 7 })
    const asked = { id: 'inc_1' as IncidentId, class: 'native_crash' as const }
    // Of this node's own there are no incidents to show for it.
    expect(await test.hosting.recallRemedies(asked)).toEqual([])
    const { items } = await test.store.memories.recent(
      { kind: 'runbook.confirmed', ceiling: 'normal', reader: { id: 'x', isAdmin: false } },
      { limit: 10, offset: 0 },
    )
    const elsewhere = {
      incidents: test.store.incidents,
      memories: { ...test.store.memories, node: 'another' },
    }
    expect(await recallRemedies(elsewhere, asked)).toMatchObject([
      {
        text: 'another platform: after another version, native_crash was over in 4 of 5 cases (80 %, 38–96 %)',
        memoryId: items.find(({ data }) => data['helped'] === 4 && data['action'] !== 7)?.id,
        node: test.store.memories.node,
        incidents: [],
      },
    ])
  })

  it('memory that rose where a dependency moved is told, from what versions keep of it', async () => {
    const test = createTestHosting({ maxServers: 20 })
    const now = test.clock.now()
    const day = Math.floor(now / DAY_MS)
    for (let n = 0; n < 12; n++) {
      // Six move to x 2.0, six are deployed anew with the same.
      await test.deploy(`s${n}`, './run.sh')
      const { server, version } = await test.hosting.get(`s${n}`)
      if (version === null) throw new Error('it has no version')
      const make = (number: number, x: string) => {
        const shape = { dependencies: ['x'], versions: { x }, family: null, isMemorySet: true }
        return { ...version, id: createId('ver'), number, detection: { ...version.detection, shape } }
      }
      const versions = [make(2, '1.0'), make(3, n < 6 ? '2.0' : '1.0')]
      for (const [index, one] of versions.entries()) {
        await test.store.versions.create(one)
        const rise = index === 1 && n < 6 ? 40 + n : 0
        await test.store.samples.saveDaily(
          buildProfiles({ serverId: server.id, versionId: one.id, now: (day - 5 + 3 * index) * DAY_MS }, [
            100 + rise,
            100 + rise,
          ]),
        )
      }
    }
    const { insights } = await test.hosting.optimize(all, alice)
    expect(insights).toMatchObject([
      { kind: 'memory_by_version', class: null, subject: 'x 2.0', n: 6, effect: 1, changeMib: 43 },
    ])
    await test.hosting.tellInsights()
    const { items } = await test.store.memories.recent(
      { kind: 'insight.memory_by_version', ceiling: 'normal', reader: { id: 'x', isAdmin: false } },
      { limit: 10, offset: 0 },
    )
    expect(items[0]?.content).toMatch(
      /^What servers show together: memory rose 43 MiB on 6 of 6 servers that moved to x 2\.0, and on 0 of 6 others/,
    )
  })
})
