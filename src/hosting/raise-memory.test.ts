import { describe, expect, it } from 'vitest'
import type { EventRecord, PlatformEvent } from '../domain/event.ts'
import type { ServerId } from '../domain/id.ts'
import { createFakeClock } from '../../test/fakes/clock.ts'
import { createMemoryRaiser, decideMemory, type RaiserDeps } from './raise-memory.ts'

describe('decideMemory', () => {
  it.each([
    [64, 2048, 112],
    [112, 2048, 184],
    [300, 2048, 424],
    [1200, 2048, 1504],
    [32, 2048, 64],
    [1200, 1300, 1300],
    [2048, 2048, null],
    [4096, 2048, null],
  ])('from %i under a ceiling of %i to %s MiB', (limit, ceiling, raised) => {
    expect(decideMemory(limit, ceiling)).toBe(raised)
  })
})

describe('the raiser', () => {
  const id = 'srv_1' as ServerId
  const open = (settings: Partial<RaiserDeps> = {}) => {
    const clock = createFakeClock()
    const records: EventRecord[] = []
    const server = { id, name: 'hungry', overrides: { description: 'kept' } as Record<string, unknown> }
    const deps = {
      servers: {
        find: async () => server,
        update: async (_: ServerId, changes: object) => void Object.assign(server, changes),
      },
      events: {
        emit: (event: PlatformEvent) =>
          void records.push({ id: records.length + 1, time: clock.now(), actor: 'platform', event }),
        listLatest: async () => records,
      },
      clock,
      raise_memory: true,
      max_memory_mb: 2048,
      isGrowing: () => false,
      onDefect: () => {},
      ...settings,
    } as unknown as RaiserDeps
    return { clock, records, server, deps, raise: createMemoryRaiser(deps) }
  }

  it('keeps it as a setting, and tells', async () => {
    const { raise, server, records } = open()
    expect(await raise(id, 64)).toEqual({ fromMb: 64, toMb: 112 })
    expect(server.overrides).toEqual({ description: 'kept', limits: { memoryMb: 112 } })
    expect(records[0]?.event).toEqual({
      type: 'limit.raised',
      serverId: id,
      server: 'hungry',
      limit: 'memory_mb',
      from: 64,
      to: 112,
      why: 'It ran out of its 64 MiB of memory.',
    })
  })

  it('does so three times a day, whichever daemon did', async () => {
    const { raise, deps, clock } = open()
    for (const limit of [64, 112, 184]) expect(await raise(id, limit)).not.toBeNull()
    expect(await raise(id, 272)).toBeNull()
    expect(await createMemoryRaiser(deps)(id, 272)).toBeNull()
    clock.advance(86_400_001)
    expect(await raise(id, 272)).not.toBeNull()
  })

  it('does not follow a leak', async () => {
    expect(await open({ isGrowing: (serverId) => serverId === id }).raise(id, 64)).toBeNull()
  })

  it('leaves what somebody set meanwhile, and everything where it is off or cannot be kept', async () => {
    const set = open()
    set.server.overrides = { limits: { memoryMb: 512 } }
    expect(await set.raise(id, 64)).toBeNull()
    expect(await open({ raise_memory: false }).raise(id, 64)).toBeNull()
    const defects: unknown[] = []
    const broken = open({
      servers: { find: async () => Promise.reject(new Error('disk')), update: async () => {} },
      onDefect: (error) => void defects.push(error),
    })
    expect(await broken.raise(id, 64)).toBeNull()
    expect(defects).toHaveLength(1)
  })
})
