/** Whoever looks, however they look: what is deleted, expired, too private or somebody else's is never among it. */
import { expect, it } from 'vitest'
import { CONFIDENTIALITY, type Memory } from '../../src/domain/memory.ts'
import { openDatabase } from '../../src/store/sqlite/database.ts'
import { createMemoryStore } from '../../src/store/sqlite/memory-store.ts'
import { createFakeClock } from '../fakes/clock.ts'

const MEMORIES = 200
const LOOKS = 200
const WORDS = ['zebra', 'apple', 'river', 'cloud'] as const
const PEOPLE = ['user:a', 'user:b', 'local'] as const

it('in 40,000 pairs of a memory and a look', async () => {
  const database = openDatabase(':memory:')
  const clock = createFakeClock()
  const memories = createMemoryStore({ database, clock, node: 'node-a', mask: (text) => text })
  let state = 7
  const pick = <T>(all: readonly T[]): T => all[(state = (state * 48_271) % 2_147_483_647) % all.length]!
  const made: (Pick<Memory, 'id' | 'actor' | 'confidentiality' | 'expiresAt'> & { isDeleted: boolean })[] = []
  for (let n = 0; n < MEMORIES; n++) {
    const about = {
      actor: pick(PEOPLE),
      confidentiality: pick(CONFIDENTIALITY),
      expiresAt: pick([null, clock.now() - 1, clock.now() + 1]),
      server: pick(['weather', null]),
    }
    const word = pick(WORDS)
    const note = { content: `${word} number ${n}`, category: 'global', kind: 'note', tags: [word] } as const
    const { id } = await memories.store({ ...note, ...about })
    // As if it had been let out before it rose: a vector is no way around the rest.
    database.run(
      `INSERT INTO memory_vectors (rid, space, e) SELECT rid, 'test', $e FROM memories WHERE id = $id`,
      { id, e: new Uint8Array([1 + (n % 7), 1 + (n % 5)]) },
    )
    if (n > 0) {
      database.run(`INSERT OR IGNORE INTO memory_links VALUES ($id, 'caused_by', $to)`, {
        id,
        to: pick(made).id,
      })
    }
    const isDeleted = pick([true, false, false, false])
    if (isDeleted) database.run('UPDATE memories SET deleted_at = 1 WHERE id = $id', { id })
    made.push({ id, isDeleted, ...about })
  }
  let seen = 0
  let followed = 0
  for (let n = 0; n < LOOKS; n++) {
    const reader = { id: pick(PEOPLE), isAdmin: pick([true, false]) }
    const ceiling = pick(CONFIDENTIALITY)
    const filter = { ceiling, reader, ...pick([{}, { server: 'weather' }]) }
    const page = { limit: 100, offset: 0 }
    const query = pick([...WORDS, 'weather', 'zebra river', 'number', pick(made).id])
    const near = { space: 'test', values: new Float32Array([1, 1]) }
    const look = pick([
      async () => memories.search(query, filter, page),
      async () => memories.searchNear(query, filter, page, near),
      async () => memories.recent(filter, page),
    ])
    const { items } = await look()
    const start = pick(made).id
    const links = await memories.links(start, ceiling, reader)
    followed += links.length
    const found = new Set([...items, ...links].map(({ id }) => id))
    seen += found.size
    const wrong = made.filter(({ id, isDeleted, expiresAt, confidentiality, actor }) => {
      const level = CONFIDENTIALITY.indexOf(confidentiality)
      const isFor = level < 2 || reader.isAdmin || actor === reader.id
      const isHidden = isDeleted || (expiresAt !== null && expiresAt <= clock.now())
      return found.has(id) && (isHidden || !isFor || level > CONFIDENTIALITY.indexOf(ceiling))
    })
    expect(wrong).toEqual([])
    const one = pick(made)
    expect((await memories.find(one.id, ceiling, reader)) !== null && one.isDeleted).toBe(false)
  }
  expect(seen).toBeGreaterThan(1_000)
  expect(followed).toBeGreaterThan(50)
  database.close()
})
