/** What waits for a peer: in order, bounded, and only as long as it may leave. */
import { afterEach, expect, it } from 'vitest'
import type { NewMemory } from '../../src/domain/memory.ts'
import { openDatabase } from '../../src/store/sqlite/database.ts'
import { createMemoryOutbox } from '../../src/store/sqlite/memory-outbox.ts'
import { createMemoryStore } from '../../src/store/sqlite/memory-store.ts'
import { createFakeClock } from '../fakes/clock.ts'

const undo: (() => void)[] = []
afterEach(() => {
  for (const step of undo.splice(0)) step()
})

const DAY_MS = 86_400_000
const note: NewMemory = { content: 'a note', category: 'global', kind: 'note', actor: 'local' }
const everything = { ceiling: 'pii', reader: { id: 'local', isAdmin: true } } as const

function openOutbox(peers: readonly string[] = ['hub'], max?: number) {
  const database = openDatabase(':memory:')
  undo.push(() => database.close())
  const clock = createFakeClock(Date.now())
  const deps = { database, clock, node: 'node-a' }
  const memories = createMemoryStore({ ...deps, mask: (text) => text, peers })
  const outbox = createMemoryOutbox({
    ...deps,
    remember: (one) => void memories.add(one),
    ...(max === undefined ? {} : { max }),
  })
  const due = async () => (await outbox.next('hub', 100)).map(({ memory }) => memory.content)
  const told = async () =>
    (await memories.recent({ ...everything, kind: 'memories.not_forwarded' }, { limit: 9, offset: 0 })).items
  return { clock, memories, outbox, due, told }
}

it('is there until it is told, and counted then', async () => {
  const { memories, outbox, due } = openOutbox()
  await outbox.fill('hub')
  const { id } = await memories.store(note)
  await outbox.begin('hub', id)
  expect(await outbox.next('hub', 9)).toMatchObject([{ memory: { id }, isDoubtful: true, attempt: 0 }])
  await outbox.done('hub', id)
  expect(await due()).toEqual([])
  expect(await outbox.counts('hub')).toEqual({ waiting: 0, sent: 1, dropped: 0 })
})

it('what was refused waits its time, and is let go in the end', async () => {
  const { clock, memories, outbox, due } = openOutbox()
  await outbox.fill('hub')
  const { id } = await memories.store(note)
  await outbox.begin('hub', id)
  await outbox.refuse('hub', id, 'Error: full', clock.now() + 5_000)
  expect(await due()).toEqual([])
  clock.advance(5_000)
  expect(await outbox.next('hub', 9)).toMatchObject([{ isDoubtful: false, attempt: 1 }])
  await outbox.refuse('hub', id, 'Error: full', null)
  expect(await outbox.counts('hub')).toEqual({ waiting: 0, sent: 0, dropped: 1 })
})

it('what became more private meanwhile does not leave any more', async () => {
  const { memories, outbox, due } = openOutbox()
  await memories.store({ ...note, fingerprint: 'f' })
  await memories.store({ ...note, fingerprint: 'f', confidentiality: 'pii' })
  expect(await due()).toEqual([])
  expect((await outbox.counts('hub')).waiting).toBe(0)
})

it('a peer that is new gets incidents, optimizations and the newest profiles of 30 days, once', async () => {
  const { clock, memories, outbox, due } = openOutbox([])
  await memories.store({ ...note, content: 'too old', category: 'incidents' })
  clock.advance(31 * DAY_MS)
  await memories.store({ ...note, content: 'crash', category: 'incidents' })
  await memories.store({ ...note, content: 'limit', category: 'optimization' })
  const profile = { ...note, category: 'monitoring', kind: 'profile.daily', server: 'weather' } as const
  await memories.store({ ...profile, content: 'yesterday' })
  await memories.store({ ...profile, content: 'today' })
  await memories.store({ ...note, content: 'started', category: 'infrastructure' })
  await memories.store({ ...note, content: 'private', category: 'incidents', confidentiality: 'internal' })
  await outbox.fill('hub')
  expect((await due()).toSorted()).toEqual(['crash', 'limit', 'today'])
  for (const { memory } of await outbox.next('hub', 9)) await outbox.done('hub', memory.id)
  await outbox.fill('hub')
  expect(await due()).toEqual([])
})

it('beyond its bounds monitoring goes first, then the oldest; one memory says how many', async () => {
  const { clock, memories, outbox, due, told } = openOutbox(['hub'], 3)
  await outbox.fill('hub')
  for (const content of ['first', 'second', 'third']) {
    await memories.store({ ...note, content })
    clock.advance(2)
  }
  for (const content of ['m1', 'm2']) await memories.store({ ...note, content, category: 'monitoring' })
  await outbox.trim('hub')
  expect((await due()).toSorted()).toEqual(['first', 'second', 'third'])
  clock.advance(31 * DAY_MS)
  expect(await told()).toEqual([])
  await outbox.trim('hub')
  await outbox.trim('hub')
  expect(await told()).toMatchObject([{ data: { peer: 'hub', count: 5 }, share: false }])
  expect(await outbox.counts('hub')).toEqual({ waiting: 0, sent: 0, dropped: 5 })
})
