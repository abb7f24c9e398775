/** Search by what is meant: vectors of an endpoint that is a process of its own, and misbehaves in each way it can. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { MemoryFilter, NewMemory } from '../../src/domain/memory.ts'
import { openEmbeddings, type EmbeddingSettings } from '../../src/embed/open-embeddings.ts'
import { searchByMeaning } from '../../src/embed/search-by-meaning.ts'
import { openDatabase, type Database } from '../../src/store/sqlite/database.ts'
import { createMemoryStore, type MemoryStore } from '../../src/store/sqlite/memory-store.ts'
import { createFakeClock, type FakeClock } from '../fakes/clock.ts'
import { startEmbeddingEndpoint, type EmbeddingEndpoint } from '../fakes/start-embedding-endpoint.ts'

let endpoint: EmbeddingEndpoint
beforeAll(async () => {
  endpoint = await startEmbeddingEndpoint()
})
afterAll(async () => endpoint[Symbol.asyncDispose]())
const undo: (() => unknown)[] = []
let before = 0
beforeEach(() => {
  endpoint.quirk({})
  before = endpoint.received().length
})
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step()
})

const everything: MemoryFilter = { ceiling: 'pii', reader: { id: 'local', isAdmin: true } }
const first = { limit: 10, offset: 0 }
const SECRET = 'hunter2-hunter2'
/** All texts that left in this test. */
const left = () =>
  endpoint
    .received()
    .slice(before)
    .flatMap(({ input }) => input)

type Earlier = {
  readonly database: Database
  readonly clock: FakeClock
  readonly store: MemoryStore
}

function open(settings: Partial<EmbeddingSettings> = {}, earlier?: Earlier) {
  const database = earlier?.database ?? openDatabase(':memory:')
  if (earlier === undefined) undo.push(() => database.close())
  const clock = earlier?.clock ?? createFakeClock()
  const store =
    earlier?.store ?? createMemoryStore({ database, clock, node: 'node-test', mask: (text) => text })
  const embeddings = openEmbeddings(
    {
      baseUrl: endpoint.baseUrl,
      model: 'meaning-1',
      dimensions: null,
      readKey: async () => 'the-key',
      level: 'normal',
      timeoutMs: 2_000,
      ...settings,
    },
    {
      records: store.vectors,
      clock,
      random: () => 0,
      mask: (text) => text.replaceAll(SECRET, 'secret:PASSWORD'),
    },
  )
  undo.push(() => embeddings.close())
  const memories = searchByMeaning(store, embeddings)
  const add = (content: string, more: Partial<NewMemory> = {}) =>
    store.add({ content, category: 'global', kind: 'note', actor: 'local', ...more })
  const find = async (query: string, isSemantic?: boolean) => {
    const { items, rankedBy } = await memories.search(query, everything, first, isSemantic)
    return { contents: items.map(({ content }) => content), items, rankedBy }
  }
  /** Lets it work until `what` holds, a second of its time at each turn. */
  const until = async (what: (status: Awaited<ReturnType<typeof embeddings.status>>) => boolean) => {
    for (let turn = 0; turn < 2_000; turn++) {
      const status = await embeddings.status()
      if (what(status)) return status
      clock.advance(1_000)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    throw new Error(`it never came to that: ${JSON.stringify(await embeddings.status())}`)
  }
  const filled = () => until(({ stored, waiting }) => stored > 0 && waiting === 0)
  return { database, clock, store, embeddings, memories, add, find, until, filled }
}

describe('search by meaning', () => {
  it('finds what shares no word, fused with what does, and says by what', async () => {
    const test = open()
    for (let n = 0; n < 40; n++) test.add(`harmless talk number ${n}`)
    test.add('the process died for want of heap')
    test.add('a ram bought at the market')
    await test.filled()
    const found = await test.find('crashed oom')
    expect(found.contents[0]).toBe('the process died for want of heap')
    expect(found.items[0]).toMatchObject({ matchedBy: ['vector'] })
    expect(found.rankedBy).toEqual({ vectors: true, note: null })
    const both = await test.find('heap crashed')
    expect(both.items[0]).toMatchObject({ matchedBy: ['text', 'vector'] })
    expect(both.items[0]!.score).toBeGreaterThan(both.items[1]!.score)
    // Words alone, as asked for: no vector, and nothing to explain.
    expect(await test.find('crashed oom', false)).toMatchObject({
      contents: [],
      rankedBy: { vectors: false, note: null },
    })
    const requests = endpoint.received().slice(before)
    expect(requests[0]).toMatchObject({
      path: '/v1/embeddings',
      model: 'meaning-1',
      authorization: 'Bearer the-key',
    })
    expect(Math.max(...requests.map(({ input }) => input.length))).toBeLessThanOrEqual(16)
  })

  it('never finds by meaning what the reader may not see', async () => {
    const test = open({ level: 'internal' })
    test.add('it crashed', { confidentiality: 'internal', expiresAt: 1 })
    const { id } = test.add('it died', { confidentiality: 'internal' })
    test.add('it fell')
    await test.filled()
    expect((await test.find('failed')).contents.toSorted()).toEqual(['it died', 'it fell'])
    const { items } = await test.memories.search('failed', { ...everything, ceiling: 'normal' }, first)
    expect(items.map(({ content }) => content)).toEqual(['it fell'])
    test.database.run('DELETE FROM memories WHERE id = $id', { id })
    expect((await test.find('failed')).contents).toEqual(['it fell'])
    expect(test.database.all('SELECT rid FROM memory_vectors')).toHaveLength(2)
  })

  it('lets leave what the setting allows, without secrets, and no more than 2 KiB of each', async () => {
    const test = open()
    test.add(`the login is ${SECRET}`)
    test.add('an internal crash', { confidentiality: 'internal' })
    test.add('a confidential crash', { confidentiality: 'confidential' })
    test.add('a personal crash', { confidentiality: 'pii' })
    test.add('a crash for nobody else', { share: false })
    test.add(`${'ü'.repeat(1_000)}${SECRET} ${'x'.repeat(5_000)}`)
    await test.filled()
    await test.find(`who has ${SECRET}`)
    const texts = left()
    expect(texts).toContain('the login is secret:PASSWORD')
    expect(texts).toContain('who has secret:PASSWORD')
    expect(texts.join(' ')).not.toMatch(/hunter|internal|confidential|personal|nobody/)
    expect(Math.max(...texts.map((text) => Buffer.byteLength(text)))).toBe(2_048)
  })

  it('asks for one question once', async () => {
    const test = open()
    test.add('it crashed')
    await test.filled()
    await test.find('what died')
    await test.find('what died')
    expect(left().filter((text) => text === 'what died')).toHaveLength(1)
  })

  it('gives each memory another vector when the model is another one, and mixes none', async () => {
    const test = open()
    for (let n = 0; n < 30; n++) test.add(`it crashed at night ${n}`)
    await test.filled()
    await test.embeddings.close()
    endpoint.quirk({ dimensions: 32 })
    const next = open({ model: 'meaning-2' }, test)
    expect((await next.find('died')).rankedBy.note).toContain('has not answered yet')
    const { stored } = await next.until(({ dimensions, waiting }) => dimensions === 32 && waiting === 0)
    expect(stored).toBe(30)
    expect(test.database.all('SELECT DISTINCT space, length(e) AS n FROM memory_vectors')).toEqual([
      { space: 'meaning-2/32', n: 32 },
    ])
    expect((await next.find('died')).contents).toHaveLength(10)
  })
})

describe('an endpoint that is of no use', () => {
  it.each([
    ['silent', 'it did not answer in time'],
    ['reset', 'it cannot be reached'],
    ['busy', 'it answered with status 429'],
    ['broken', 'it answered with status 500'],
    ['redirect', 'it answered with status 307'],
    ['garbage', 'its answer cannot be read'],
    ['endless', 'its answer is too long'],
    ['too_many', 'it answered with 2 vectors to 1 texts'],
    ['null', 'its answer cannot be read'],
  ])('leaves a question to words, and says so (%s)', async (kind, problem) => {
    const test = open({ timeoutMs: kind === 'silent' ? 100 : 5_000 })
    test.add('it crashed')
    await test.filled()
    endpoint.quirk({ kind })
    expect(await test.find('crashed')).toMatchObject({
      contents: ['it crashed'],
      rankedBy: {
        vectors: false,
        note: `Ranked by words alone; the embedding endpoint is of no use now: ${problem}.`,
      },
    })
  })

  it.each([['busy'], ['broken'], ['garbage'], ['too_many'], ['twice'], ['mixed'], ['null'], ['refuses_all']])(
    'keeps nothing of it, and goes on once it answers (%s)',
    async (kind) => {
      const test = open()
      test.add('zero')
      await test.filled()
      endpoint.quirk({ kind })
      for (let n = 0; n < 20; n++) test.add(`it crashed ${n}`)
      const status = await test.until(({ problem }) => problem !== null)
      expect(status).toMatchObject({ stored: 1, waiting: 20 })
      // The reason tells nothing of what was sent or said.
      expect(status.problem).not.toMatch(/crashed|no:|html/)
      endpoint.quirk({})
      expect(await test.filled()).toMatchObject({ stored: 21, refused: 0, problem: null })
    },
  )

  it('that answers with another number of dimensions is not believed', async () => {
    const test = open()
    test.add('it crashed')
    await test.filled()
    endpoint.quirk({ dimensions: 48 })
    test.add('it died')
    const said = 'it answered with 48 dimensions, and with 64 before'
    expect((await test.until(({ problem }) => problem !== null)).problem).toBe(said)
    expect((await test.find('crashed again')).rankedBy.note).toContain(said)
    const strict = open({ dimensions: 64 })
    expect((await strict.until(({ problem }) => problem !== null)).problem).toBe(
      'it answered with 48 dimensions, not 64',
    )
  })

  it('that refuses one text gets the others, and is not asked for that one again', async () => {
    const test = open()
    endpoint.quirk({ kind: 'refuses', word: 'forbidden' })
    for (let n = 0; n < 20; n++) test.add(n === 7 ? 'the forbidden crash' : `it crashed ${n}`)
    expect(await test.filled()).toMatchObject({ stored: 19, refused: 1, problem: null })
    const asked = left().filter((text) => text.includes('forbidden')).length
    test.add('it crashed once more')
    await test.until(({ stored }) => stored === 20)
    expect(left().filter((text) => text.includes('forbidden'))).toHaveLength(asked)
  })

  it('a vector that points nowhere is none', async () => {
    const test = open()
    test.add('it crashed')
    await test.filled()
    endpoint.quirk({ kind: 'zero' })
    test.add('it died')
    expect(await test.until(({ refused }) => refused === 1)).toMatchObject({ stored: 1, waiting: 0 })
  })

  it('is tried less and less often, and as it says itself', async () => {
    const test = open()
    test.add('it crashed')
    await test.filled()
    endpoint.quirk({ kind: 'busy' })
    test.add('it died')
    await test.until(({ problem }) => problem !== null)
    const count = () => endpoint.received().length
    const asked = count()
    // Retry-After says seven seconds.
    test.clock.advance(6_500)
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(count()).toBe(asked)
    test.clock.advance(600)
    await expect.poll(count).toBe(asked + 1)
  })

  it('that is gone costs three questions a while, and no store waits for it', async () => {
    const test = open()
    test.add('it crashed')
    await test.filled()
    await endpoint.kill()
    try {
      for (let n = 0; n < 3; n++) {
        expect((await test.find(`crashed ${n}`)).rankedBy.note).toContain('cannot be reached')
      }
      await endpoint.start()
      const asked = endpoint.received().length
      expect((await test.find('crashed 4')).rankedBy.note).toContain('cannot be reached')
      expect(endpoint.received()).toHaveLength(asked)
      test.clock.advance(30_000)
      expect((await test.find('crashed 5')).rankedBy).toEqual({ vectors: true, note: null })
    } finally {
      await endpoint.kill()
      await endpoint.start()
    }
  })
})
