/** 40 questions among 560 memories: how often what is asked for is among the first five. */
import { expect, it } from 'vitest'
import { openDatabase } from '../../src/store/sqlite/database.ts'
import { createMemoryStore } from '../../src/store/sqlite/memory-store.ts'
import { ASKED, EVERYDAY } from '../corpora/memory/questions.ts'
import { createFakeClock } from '../fakes/clock.ts'

const filter = { ceiling: 'internal', reader: { id: 'local', isAdmin: true } } as const

async function measure(words: 'exact' | 'otherwise') {
  const database = openDatabase(':memory:')
  const memories = createMemoryStore({ database, clock: createFakeClock(), node: 'n', mask: (text) => text })
  const note = { category: 'global', kind: 'note', actor: 'local' } as const
  // Among each other, so that none is found for being the newest.
  const all = [...EVERYDAY]
  for (const [at, { memory }] of ASKED.entries()) all.splice(at * 27, 0, memory)
  for (const content of all) memories.add({ ...note, content })
  const missed: string[] = []
  for (const { memory, [words]: question } of ASKED) {
    const { items } = await memories.search(question, filter, { limit: 5, offset: 0 })
    if (!items.some(({ content }) => content === memory)) missed.push(question)
  }
  database.close()
  return { recall: 1 - missed.length / ASKED.length, missed }
}

it('holds 20 memories, each asked for twice, among others', () => {
  expect([ASKED.length, EVERYDAY.length]).toEqual([20, 540])
  expect(new Set([...EVERYDAY, ...ASKED.map(({ memory }) => memory)]).size).toBe(560)
})

it('in their own words: at least 95 % are found', async () => {
  const { recall, missed } = await measure('exact')
  expect(missed.length <= 1 ? [] : missed).toEqual([])
  expect(recall).toBeGreaterThanOrEqual(0.95)
})

it('said otherwise, with a word or two in common: at least 80 % are found', async () => {
  const { recall, missed } = await measure('otherwise')
  expect(missed.length <= 4 ? [] : missed).toEqual([])
  expect(recall).toBeGreaterThanOrEqual(0.8)
})
