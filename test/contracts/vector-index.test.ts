/** The nearest of many vectors: what the signs choose holds nearly all that an exact look at each would find. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compareVectors, packVector } from '../../src/domain/meaning.ts'
import { openDatabase, type Database } from '../../src/store/sqlite/database.ts'
import { createMemoryStore, type MemoryStore } from '../../src/store/sqlite/memory-store.ts'
import { createVectorIndex } from '../../src/store/sqlite/vector-index.ts'
import { createFakeClock } from '../fakes/clock.ts'

const MEMORIES = 5_000
const DIMENSIONS = 96
const TOPICS = 50
const SPACE = `test/${DIMENSIONS}`

/** The same numbers each time (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
const next = createRandom(11)
const about = (width: number) => Float32Array.from({ length: DIMENSIONS }, () => (next() - 0.5) * width)
const shared = about(3)
const topics = Array.from({ length: TOPICS }, () => about(2))
/** As a model's: around topics, and all a little into one direction. */
const build = () => {
  const topic = topics[Math.floor(next() * TOPICS)]!
  return about(2).map((value, at) => value + topic[at]! + shared[at]!)
}

let database: Database
let store: MemoryStore
let index: ReturnType<typeof createVectorIndex>
const packed = new Map<number, Uint8Array>()
const serverOf = (at: number) => `server-${at % 20}`

function add(at: number): void {
  const note = { category: 'global', kind: 'note', actor: 'x', server: serverOf(at) } as const
  const { id } = store.add({ ...note, content: `note ${at}` })
  const rid = Number(database.get('SELECT rid FROM memories WHERE id = $id', { id })?.['rid'])
  const one = packVector(build())!
  packed.set(rid, one)
  store.vectors.put(SPACE, 'normal', [{ id, packed: one }])
}

beforeAll(() => {
  database = openDatabase(':memory:')
  store = createMemoryStore({ database, clock: createFakeClock(), node: 'n', mask: (text) => text })
  for (let at = 0; at < MEMORIES; at++) add(at)
  index = createVectorIndex(database, 'm.rid')
})
afterAll(() => database.close())

const find = (values: Float32Array, where = '1', parameters = {}, isNarrow = false) =>
  index.find({ space: SPACE, values }, where, parameters, isNarrow).map(({ row }) => Number(row['rid']))
const findExactly = (values: Float32Array, passes: (rid: number) => boolean = () => true) =>
  [...packed]
    .filter(([rid]) => passes(rid))
    .map(([rid, one]) => ({ rid, cosine: compareVectors(values, one) }))
    .toSorted((a, b) => b.cosine - a.cosine)
    .map(({ rid }) => rid)

describe('the nearest of 5,000 vectors', () => {
  it('are those of an exact look, nine of ten at least, best first', () => {
    let hits = 0
    for (let n = 0; n < 30; n++) {
      const values = build()
      const found = find(values)
      expect(found).toHaveLength(50)
      const ten = new Set(findExactly(values).slice(0, 10))
      hits += found.slice(0, 10).filter((rid) => ten.has(rid)).length
    }
    expect(hits / 300).toBeGreaterThanOrEqual(0.9)
  })

  it('are exactly those where a filter leaves few', () => {
    for (let n = 0; n < 10; n++) {
      const values = build()
      const found = find(values, 'm.server = $server', { server: 'server-7' }, true)
      const passes = (rid: number) => serverOf(rid - 1) === 'server-7'
      expect(found.slice(0, 20)).toEqual(findExactly(values, passes).slice(0, 20))
    }
  })

  it('are enough where a filter leaves many', () => {
    const found = find(build(), `m.server < 'server-5'`, {}, true)
    expect(found).toHaveLength(50)
    expect(found.every((rid) => serverOf(rid - 1) < 'server-5')).toBe(true)
  })

  it('are none that are gone, and each once when its number is given again', () => {
    const values = build()
    const [nearest = 0] = find(values)
    database.run('DELETE FROM memories WHERE rid = $rid', { rid: nearest })
    packed.delete(nearest)
    expect(find(values)).not.toContain(nearest)
    // The last one's number is given to the next.
    const last = Math.max(...packed.keys())
    database.run('DELETE FROM memories WHERE rid = $rid', { rid: last })
    packed.delete(last)
    add(last - 1)
    expect(packed.has(last)).toBe(true)
    const own = Float32Array.from(new Int8Array(packed.get(last)!.buffer))
    const found = find(own)
    expect(found.filter((rid) => rid === last)).toEqual([last])
    expect(found[0]).toBe(last)
  })

  it('are none of another space or size', () => {
    expect(index.find({ space: 'other/96', values: build() }, '1', {}, false)).toEqual([])
    expect(find(new Float32Array(64).fill(1))).toEqual([])
  })
})
