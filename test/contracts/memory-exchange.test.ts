/** Three platforms that pull from one another: the same memories everywhere, whatever is lost on the way. */
import { afterEach, describe, expect, it } from 'vitest'
import type { MemoryChanges } from '../../src/domain/memory-change.ts'
import type { NewMemory } from '../../src/domain/memory.ts'
import { openDatabase } from '../../src/store/sqlite/database.ts'
import { createMemoryStore, type MemoryStore } from '../../src/store/sqlite/memory-store.ts'
import { createFakeClock } from '../fakes/clock.ts'

const undo: (() => void)[] = []
afterEach(() => {
  for (const step of undo.splice(0)) step()
})

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const note: NewMemory = { content: 'a note', category: 'global', kind: 'note', actor: 'local' }
const everything = { ceiling: 'pii', reader: { id: 'local', isAdmin: true } } as const
const shared = { ceiling: 'normal', reader: { id: 'local', isAdmin: true } } as const

function openNode(node: string, ahead = 0) {
  const database = openDatabase(':memory:')
  undo.push(() => database.close())
  const clock = createFakeClock(Date.UTC(2026, 0, 1) + ahead)
  const open = () => createMemoryStore({ database, clock, node, mask: (text) => text })
  let memories = open()
  return {
    node,
    clock,
    database,
    get memories() {
      return memories
    },
    /** As after a kill: what is in the database is all there is. */
    restart: () => void (memories = open()),
  }
}
type Node = ReturnType<typeof openNode>

async function pull(to: Node, from: Node, max = 50): Promise<MemoryChanges> {
  const { exchange } = to.memories
  const found = await from.memories.exchange.changes(await exchange.vector(), max, to.node)
  // As it comes over a wire.
  await exchange.merge(JSON.parse(JSON.stringify(found)) as MemoryChanges)
  return found
}
async function settle(nodes: readonly Node[]): Promise<void> {
  for (let round = 0; round < 2; round++) {
    for (const to of nodes) {
      for (const from of nodes.filter((one) => one !== to)) {
        let hasMore = true
        while (hasMore) hasMore = (await pull(to, from)).has_more
      }
    }
  }
}
async function list(memories: MemoryStore, filter: typeof everything | typeof shared = shared) {
  const all: unknown[] = []
  for await (const one of memories.export(filter.ceiling, filter.reader)) all.push(one)
  return all.map((one) => JSON.stringify(one)).toSorted()
}

describe('one set on three platforms', () => {
  it.each([[1], [2], [3]])(
    'after partitions and kills, with one clock an hour off (seed %i)',
    async (seed) => {
      const nodes = [openNode('node-a'), openNode('node-b', HOUR_MS), openNode('node-c', -HOUR_MS)]
      let state = seed
      const random = (n: number) => (state = (state * 48_271) % 2_147_483_647) % n
      const old: { readonly to: Node; readonly found: MemoryChanges }[] = []
      for (let step = 0; step < 400; step++) {
        const at = nodes[random(3)]!
        at.clock.advance(random(5_000))
        const kind = random(12)
        if (kind < 6) await at.memories.store({ ...note, content: `${at.node} ${step}` })
        else if (kind < 8) {
          const confidentiality = random(6) === 0 ? 'internal' : 'normal'
          await at.memories.store({ ...note, confidentiality, fingerprint: `f${random(8)}` })
        } else if (kind === 8) {
          await at.memories.store({ ...note, content: 'private', confidentiality: 'confidential' })
        } else if (kind === 9) at.restart()
        else {
          const from = nodes[random(3)]!
          if (from !== at) old.push({ to: at, found: await pull(at, from, 1 + random(9)) })
        }
      }
      await settle(nodes)
      const [a, b, c] = await Promise.all(nodes.map(({ memories }) => list(memories)))
      expect(a!.length).toBeGreaterThan(150)
      expect(b).toEqual(a)
      expect(c).toEqual(a)
      // Nothing that is private anywhere is anything anywhere else.
      for (const { node, memories } of nodes) {
        const all = (await list(memories, everything)).map(
          (one) => JSON.parse(one) as { node: string; confidentiality: string },
        )
        expect(all.filter((one) => one.node !== node && one.confidentiality !== 'normal')).toEqual([])
      }
      // What comes again late, and in another order, changes nothing.
      for (const { to, found } of old.toReversed()) await to.memories.exchange.merge(found)
      for (const { memories } of nodes) expect(await list(memories)).toEqual(a)
    },
  )

  it('a later repeat wins, although the clock of who pulled runs an hour behind', async () => {
    const [a, b] = [openNode('node-a', HOUR_MS), openNode('node-b')]
    await a.memories.store({ ...note, fingerprint: 'f' })
    await pull(b, a)
    a.clock.set(Date.UTC(2026, 0, 1))
    await a.memories.store({ ...note, fingerprint: 'f' })
    await pull(b, a)
    const { items } = await b.memories.recent(everything, { limit: 9, offset: 0 })
    expect(items.map(({ occurrences }) => occurrences)).toEqual([2])
  })

  it('what rises above normal is gone elsewhere, content and all, and stays with whoever wrote it', async () => {
    const [a, b, c] = [openNode('node-a'), openNode('node-b'), openNode('node-c')]
    await a.memories.store({ ...note, content: 'the zebra matter', fingerprint: 'f' })
    await pull(b, a)
    const before = await b.memories.exchange.changes(new Map(), 50, null)
    await a.memories.store({ ...note, fingerprint: 'f', confidentiality: 'confidential' })
    await pull(b, a)
    // Over the platform in between too, and not back by what was told before.
    await pull(c, b)
    await c.memories.exchange.merge(before)
    for (const { database, memories } of [b, c]) {
      expect(JSON.stringify(database.all('SELECT * FROM memories'))).not.toContain('zebra')
      expect((await memories.search('zebra', everything, { limit: 9, offset: 0 })).total).toBe(0)
    }
    expect((await a.memories.search('zebra', everything, { limit: 9, offset: 0 })).total).toBe(1)
  })

  it('what one platform forgets for its age is forgotten there alone, and comes back only when it happens again', async () => {
    const [a, b, c] = [openNode('node-a'), openNode('node-b'), openNode('node-c')]
    for (let n = 0; n < 600; n++) await a.memories.store({ ...note, content: `old ${n}` })
    await a.memories.store({ ...note, content: 'again', fingerprint: 'f' })
    await settle([a, b, c])
    b.clock.advance(DAY_MS)
    await b.memories.store({ ...note, content: 'young' })
    const border = b.clock.now() - 1
    expect(b.memories.countBefore(border)).toBe(601)
    expect(await b.memories.forgetBefore(border)).toBe(601)
    expect(b.memories.countBefore(border)).toBe(0)
    expect((await b.memories.search('old', everything, { limit: 9, offset: 0 })).total).toBe(0)
    b.restart()
    await settle([a, b, c])
    expect(await list(b.memories)).toHaveLength(1)
    expect(await list(a.memories)).toHaveLength(602)
    expect(await list(c.memories)).toEqual(await list(a.memories))
    await a.memories.store({ ...note, content: 'again', fingerprint: 'f' })
    await settle([a, b, c])
    expect(await list(b.memories)).toHaveLength(2)
  })

  it('a platform forgets its own too, and its numbers go on', async () => {
    const [a, b] = [openNode('node-a'), openNode('node-b')]
    for (let n = 0; n < 5; n++) await a.memories.store(note)
    await pull(b, a)
    a.clock.advance(DAY_MS)
    await a.memories.forgetBefore(a.clock.now())
    a.restart()
    await a.memories.store({ ...note, content: 'after it' })
    await pull(b, a)
    expect(await list(b.memories)).toHaveLength(6)
    expect(await list(a.memories)).toHaveLength(1)
  })

  it('a platform that was restored goes on after what others know of it', async () => {
    const [a, b] = [openNode('node-a'), openNode('node-b')]
    for (let n = 0; n < 5; n++) await a.memories.store(note)
    await pull(b, a)
    const restored = openNode('node-a')
    await restored.memories.store(note)
    await b.memories.store(note)
    await pull(restored, b)
    await restored.memories.store({ ...note, content: 'after it' })
    await pull(b, restored)
    const { items } = await b.memories.recent(everything, { limit: 1, offset: 0 })
    expect((await list(b.memories)).join()).toContain('after it')
    expect(items).toHaveLength(1)
  })

  it('what another wrote is found, and weighs half', async () => {
    const [a, b] = [openNode('node-a'), openNode('node-b')]
    await a.memories.store({ ...note, content: 'the zebra' })
    await b.memories.store({ ...note, content: 'the zebra' })
    await pull(b, a)
    const { items } = await b.memories.search('zebra', everything, { limit: 9, offset: 0 })
    expect(items.map(({ node }) => node)).toEqual(['node-b', 'node-a'])
    expect(items[1]!.score).toBeLessThan(items[0]!.score * 0.6)
  })
})

it.each([
  ['its own', { origin: 'node-b' }],
  ['a memory of this platform that it does not have', { node: 'node-b' }],
  ['a stamp of next week', { hlc: Date.UTC(2026, 0, 8) * 1024 }],
])('does not take %s from another', async (_, more) => {
  const [a, b] = [openNode('node-a'), openNode('node-b')]
  await a.memories.store(note)
  const found = await a.memories.exchange.changes(new Map(), 9, null)
  const {
    origin = 'node-a',
    node = 'node-a',
    hlc,
  } = more as Partial<Record<'origin' | 'node', string>> & { hlc?: number }
  const changes = found.changes.map((one) => ({
    ...one,
    origin,
    hlc: hlc ?? one.hlc,
    memory: one.memory && { ...one.memory, node },
  }))
  expect(await b.memories.exchange.merge({ ...found, changes })).toEqual({ taken: 0, refused: 1 })
  expect(await list(b.memories, everything)).toEqual([])
})
