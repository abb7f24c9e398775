import { expect, it } from 'vitest'
import { createFakeClock } from '../../test/fakes/clock.ts'
import { buildServerId } from '../../test/fakes/launch-spec.ts'
import { createDiskBook } from './disk-book.ts'

const MINUTE = 60_000

/** Servers 1 to `count`, each with a tree of its own of 100 bytes; adding one up takes `took` milliseconds. */
function open(count: number, took: number) {
  const clock = createFakeClock()
  clock.advance(1000)
  const ids = Array.from({ length: count }, (_, n) => buildServerId(n + 1))
  const trees = new Map<string, string>(ids.map((id) => [id, `tree of ${id}`]))
  const measured: string[] = []
  const walked: string[] = []
  const book = createDiskBook({
    clock,
    servers: { list: async () => ids.map((id) => ({ id })), listArchived: async () => [] },
    versions: {
      list: async (id: string) => [{ treeHash: trees.get(id) }],
      countTreeUsers: async () => new Map([...trees.values()].map((hash) => [hash, 1])),
    },
    intake: {
      measureTree: async (hash: string) => {
        walked.push(hash)
        return { bytes: 100, ownBytes: 100 }
      },
    },
    files: {
      measure: async (id: string) => {
        measured.push(id)
        clock.advance(took)
        return 10
      },
    },
    logs: { measure: async () => 1 },
  } as never)
  return { clock, ids, trees, book, measured: () => measured.splice(0), walked: () => walked.splice(0) }
}

it('adds up each server, and a tree once for as long as no other comes or goes', async () => {
  const { clock, ids, trees, book, measured, walked } = open(2, 1)
  expect(book.read(ids[0]!)).toBeNull()
  await book.refresh()
  expect(book.read(ids[1]!)).toMatchObject({ appBytes: 100, dataBytes: 10, logBytes: 1 })
  expect([measured().length, walked().length]).toEqual([2, 2])
  clock.advance(MINUTE)
  await book.refresh()
  expect([measured().length, walked().length]).toEqual([2, 0])
  trees.set(ids[0]!, 'another')
  clock.advance(MINUTE)
  await book.refresh()
  expect([measured().length, walked().length]).toEqual([2, 2])
})

it('spends little time on what is known already, and gives each its turn', async () => {
  const { clock, ids, book, measured } = open(100, 10)
  await book.refresh()
  expect(measured()).toEqual(ids)
  clock.advance(MINUTE)
  const turns: string[] = []
  for (let round = 0; round < 10; round++) {
    await book.refresh()
    const some = measured()
    expect(some.length).toBeLessThan(15)
    turns.push(...some)
  }
  expect(turns).toEqual(ids)
})

it('adds up one server at least, however long it takes', async () => {
  const { clock, ids, book, measured } = open(2, 5000)
  await book.refresh()
  expect(measured()).toEqual([ids[0]])
  await book.refresh()
  expect(measured()).toEqual([ids[1]])
  clock.advance(10 * MINUTE)
  await book.refresh()
  expect(measured()).toEqual([ids[0]])
})
