/** What of the memories may leave the platform is written down with them, and nothing else is. */
import { afterEach, expect, it } from 'vitest'
import type { NewMemory } from '../../src/domain/memory.ts'
import { openDatabase } from '../../src/store/sqlite/database.ts'
import { createMemoryStore } from '../../src/store/sqlite/memory-store.ts'
import { createFakeClock } from '../fakes/clock.ts'

const undo: (() => void)[] = []
afterEach(() => {
  for (const step of undo.splice(0)) step()
})

function openMemories() {
  const database = openDatabase(':memory:')
  undo.push(() => database.close())
  const clock = createFakeClock()
  const open = () =>
    createMemoryStore({ database, clock, node: 'node-a', mask: (text) => text, peers: ['one', 'two'] })
  const ops = () => database.all('SELECT seq, op, id FROM memory_ops ORDER BY seq')
  const waiting = () => database.all('SELECT peer, event_id FROM memory_outbox ORDER BY peer, event_id')
  return { database, clock, open, memories: open(), ops, waiting }
}
const note: NewMemory = { content: 'a note', category: 'global', kind: 'note', actor: 'local' }

it('a memory that may leave is an operation, and waits for each hub', async () => {
  const test = openMemories()
  const { id } = await test.memories.store(note)
  expect(test.ops()).toEqual([{ seq: 1, op: 'put', id }])
  expect(test.waiting()).toEqual([
    { peer: 'one', event_id: id },
    { peer: 'two', event_id: id },
  ])
})

it.each([
  ['internal', { confidentiality: 'internal' }],
  ['confidential', { confidentiality: 'confidential' }],
  ['personal', { confidentiality: 'pii' }],
  ['not to be shared', { share: false }],
] as const)('what is %s never waits and is no operation', async (_, more) => {
  const test = openMemories()
  await test.memories.store({ ...note, ...more })
  await test.memories.store(note)
  // Numbers are of operations alone: no gap means a hidden memory.
  expect(test.ops()).toMatchObject([{ seq: 1, op: 'put' }])
  expect(test.waiting()).toHaveLength(2)
})

it('a repeat is one operation still; one that raises the level withdraws it', async () => {
  const test = openMemories()
  const { id } = await test.memories.store({ ...note, fingerprint: 'f' })
  await test.memories.store({ ...note, fingerprint: 'f' })
  expect(test.ops()).toEqual([{ seq: 2, op: 'put', id }])
  await test.memories.store({ ...note, fingerprint: 'f', confidentiality: 'internal' })
  expect(test.ops()).toEqual([{ seq: 3, op: 'drop', id }])
  expect(test.waiting()).toEqual([])
})

it('numbers and stamps go on after a restart, with the wall clock set back', async () => {
  const test = openMemories()
  await test.memories.store(note)
  test.clock.set(0)
  await test.open().store(note)
  const [first, second] = test.database.all('SELECT seq, hlc FROM memory_ops ORDER BY seq')
  expect([first!['seq'], second!['seq']]).toEqual([1, 2])
  expect(Number(second!['hlc'])).toBeGreaterThan(Number(first!['hlc']))
})
