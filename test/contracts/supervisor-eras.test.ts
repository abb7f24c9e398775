/** Servers of either era and of both, over the fake backend, with time moved by hand. */
import { describe, expect, it } from 'vitest'
import type { ServerId } from '../../src/domain/id.ts'
import type { JsonObject } from '../../src/domain/json.ts'
import { buildMainKey, type Era, type ProcessKey } from '../../src/domain/process-key.ts'
import type { Supervisor } from '../../src/runtime/supervisor/supervisor.ts'
import { createWorld, type World } from '../fakes/supervised.ts'

const never = new AbortController().signal
const LEGACY = buildMainKey('legacy')
const MODERN = buildMainKey('modern')

type One = { readonly world: World; readonly supervisor: Supervisor; readonly id: ServerId }

async function startOne(fixture: string, config = {}, eras?: readonly Era[]): Promise<One> {
  const world = createWorld()
  const id = world.add(1, fixture, config)
  if (eras !== undefined) Object.assign(world.records.get(id) ?? {}, { eras })
  const supervisor = world.boot()
  supervisor.track(id, 'server-1')
  await supervisor.start(id, 'platform')
  await world.clock.advance(0)
  return { world, supervisor, id }
}

async function open({ world, supervisor, id }: One, key: ProcessKey) {
  const opening = supervisor.open(id, key, never)
  opening.catch(() => undefined)
  await world.clock.advance(0)
  return opening
}

async function probe({ world, supervisor, id }: One, milliseconds = 0) {
  const asking = supervisor.probeModern(id, never)
  asking.catch(() => undefined)
  await world.clock.advance(milliseconds)
  await world.clock.advance(1000)
  return asking
}

async function ask(one: One, key: ProcessKey, method: string): Promise<JsonObject> {
  const connection = await open(one, key)
  const answer = new Promise<JsonObject>((resolve, reject) => {
    connection.request(method, undefined, { onResponse: resolve, onLost: reject })
  })
  await one.world.clock.advance(0)
  return answer
}

describe('a server of 2026-07-28 alone', () => {
  it('turns out as one, is asked by discover, and keeps its process', async () => {
    const one = await startOne('modern-only.sh')
    const { supervisor, id, world } = one
    expect(supervisor.state(id)).toMatchObject({ kind: 'running' })
    expect(supervisor.facts(id)).toMatchObject({
      pid: 1001,
      protocolVersion: '2026-07-28',
      serverInfo: { name: 'fixture', version: '2.0.0' },
    })
    expect(supervisor.traits(id)).toMatchObject({ eras: ['modern'] })
    expect((await ask(one, MODERN, 'tools/list'))['result']).toMatchObject({ tools: [{ name: 'echo' }] })
    // A session of an earlier version of it knows it by another key.
    expect((await open(one, { ...LEGACY, capabilities: 'roots' })).generation).toBe(
      (await open(one, MODERN)).generation,
    )
    expect(world.backend.started()).toBe(1)
    expect(await world.ledger.list()).toMatchObject([{ key: MODERN }])
  })

  it('is asked whether it lives by discover', async () => {
    const { world, supervisor, id } = await startOne('modern-only.sh', { healthCheckIntervalSeconds: 10 })
    await world.clock.advance(60_000)
    expect(supervisor.state(id)).toMatchObject({ kind: 'running', health: 'healthy' })
  })

  it('is taken over by the next daemon as what it is', async () => {
    const { world, supervisor } = await startOne('modern-only.sh')
    await supervisor.close('handover')
    const next = world.boot()
    expect(await next.recover()).toMatchObject({ adopted: 1, reaped: 0 })
    const [record] = world.records.keys()
    const id = record as ServerId
    expect(next.facts(id)).toMatchObject({ adopted: true, protocolVersion: '2026-07-28' })
    const connection = await next.open(id, MODERN, never)
    expect(connection).toMatchObject({ era: 'modern', key: MODERN })
    expect(world.backend.started()).toBe(1)
  })
})

describe('a server of both eras', () => {
  it('has its main process in the era that all clients know, and another for the other', async () => {
    const one = await startOne('dual', {}, ['legacy', 'modern'])
    expect(one.supervisor.facts(one.id)).toMatchObject({ protocolVersion: '2025-11-25' })
    expect(await open(one, LEGACY)).toMatchObject({ era: 'legacy', protocolVersion: '2025-11-25' })
    expect(await open(one, MODERN)).toMatchObject({ era: 'modern', protocolVersion: '2026-07-28' })
    expect(one.world.backend.started()).toBe(2)
    await one.supervisor.close('handover')
    const next = one.world.boot()
    expect(await next.recover()).toMatchObject({ adopted: 2 })
    expect(next.facts(one.id)).toMatchObject({ protocolVersion: '2025-11-25' })
  })

  it('is started in the era that is set', async () => {
    const one = await startOne('dual', { upstreamEra: 'modern' }, ['legacy', 'modern'])
    expect(one.supervisor.facts(one.id)).toMatchObject({ protocolVersion: '2026-07-28' })
    expect(one.supervisor.traits(one.id)).toMatchObject({ upstreamEra: 'modern' })
    await open(one, MODERN)
    expect(one.world.backend.started()).toBe(1)
  })
})

describe('the question whether it speaks 2026-07-28', () => {
  it.each([
    ['dual', true, 'it answered server/discover'],
    ['modern-only.sh', true, 'it answered server/discover'],
    ['echo.sh', false, 'it knows no server/discover'],
    ['strict-opener', false, 'it ended at server/discover: It ended by itself with code 5.'],
  ])('of %s is answered: %s', async (fixture, modern, detail) => {
    const one = await startOne(fixture)
    expect(await probe(one)).toEqual({ modern, detail })
    // The process that was asked is gone; the one that serves is as it was.
    expect(await one.world.ledger.list()).toHaveLength(1)
    expect(one.world.backend.processes()).toHaveLength(1)
    expect(one.supervisor.state(one.id)).toMatchObject({ kind: 'running', health: 'healthy' })
  })

  it('is not answered by silence', async () => {
    const one = await startOne('mute-to-others', { startTimeoutSeconds: 10 })
    expect(await probe(one, 10_000)).toEqual({
      modern: 'unknown',
      detail: 'no answer to server/discover within 10 s',
    })
    expect(one.world.backend.processes()).toHaveLength(1)
  })

  it.each(['stop', 'restart', 'remove'] as const)(
    'is cut short by a %s, and leaves nothing',
    async (verb) => {
      const one = await startOne('mute-to-others')
      const { world, supervisor, id } = one
      const asking = supervisor.probeModern(id, never)
      await world.clock.advance(0)
      expect(world.backend.processes()).toHaveLength(2)
      const done = supervisor[verb](id, 'platform')
      await world.clock.advance(1000)
      await done
      expect(await asking).toEqual({ modern: 'unknown', detail: 'it was cut short' })
      await world.clock.advance(1000)
      expect(world.backend.processes()).toHaveLength(verb === 'restart' ? 1 : 0)
    },
  )

  it('changes nothing that runs, and is in force for the next call', async () => {
    const one = await startOne('dual')
    expect(one.supervisor.traits(one.id)).toMatchObject({ eras: ['legacy'] })
    one.supervisor.learnEras(one.id, ['legacy', 'modern'])
    expect(one.supervisor.traits(one.id)).toMatchObject({ eras: ['legacy', 'modern'] })
    expect(await open(one, MODERN)).toMatchObject({ era: 'modern' })
    expect(one.supervisor.state(one.id)).toMatchObject({ kind: 'running' })
  })
})
