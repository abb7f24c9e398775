import { expect, it } from 'vitest'
import { runEach, type BulkItem } from './use-bulk.ts'

it('does each by itself: one that fails stops no other, and few run at once', async () => {
  const told: BulkItem[] = []
  let running = 0
  let most = 0
  const names = Array.from({ length: 10 }, (_, index) => `s${index}`)
  await runEach(
    names,
    async (name) => {
      most = Math.max(most, ++running)
      await Promise.resolve()
      running--
      if (name === 's3') throw new Error('no room')
    },
    (item) => told.push(item),
  )
  expect(most).toBe(4)
  const ended = told.filter(({ state }) => state !== 'running')
  expect(ended.map(({ name }) => name).toSorted()).toEqual(names)
  expect(ended.filter(({ state }) => state === 'failed')).toEqual([
    { name: 's3', state: 'failed', text: 'no room' },
  ])
})
