/** Whoever looks, however they look: what is deleted, expired, too private or somebody else's is never among it. */
import { expect, it } from 'vitest'
import { CONFIDENTIALITY } from '../../src/domain/memory.ts'
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
  const made = []
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
    const isDeleted = pick([true, false, false, false])
    if (isDeleted) database.run('UPDATE memories SET deleted_at = 1 WHERE id = $id', { id })
    made.push({ id, isDeleted, ...about })
  }
  let seen = 0
  for (let n = 0; n < LOOKS; n++) {
    const reader = { id: pick(PEOPLE), isAdmin: pick([true, false]) }
    const ceiling = pick(CONFIDENTIALITY)
    const filter = { ceiling, reader, ...pick([{}, { server: 'weather' }]) }
    const page = { limit: 100, offset: 0 }
    const query = pick([...WORDS, 'weather', 'zebra river', 'number', pick(made).id])
    const { items } = pick([true, false])
      ? await memories.search(query, filter, page)
      : await memories.recent(filter, page)
    const found = new Set(items.map(({ id }) => id))
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
  database.close()
})
