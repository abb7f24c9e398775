/** Storing and finding memories among 100,000, on a disk, as the daemon does it: searches go to a thread of their own. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { join } from 'node:path'
import { packVector } from '../../src/domain/meaning.ts'
import { CATEGORIES, type MemoryFilter, type NewMemory } from '../../src/domain/memory.ts'
import { openDatabase } from '../../src/store/sqlite/database.ts'
import { createReaderThread } from '../../src/store/sqlite/memory-reader.ts'
import { createMemoryStore } from '../../src/store/sqlite/memory-store.ts'
import { systemClock } from '../../src/system/clock.ts'

const MEMORIES = 100_000
const BATCH = 500
const SINGLE = 500
const SEARCHES = 400
const WORDS = 8_000
const SERVERS = 200

/** As in any text: the n-th most frequent word is n times as rare as the first. */
function buildText(next: () => number, words: number): string {
  return Array.from({ length: words }, () => `word${Math.floor(WORDS ** next()) - 1}`).join(' ')
}

const DIMENSIONS = 768
const TOPICS = 500

/** As a model's: around so many topics, and all a little into one direction. */
function createVectors(next: () => number) {
  const about = (width: number) => Float32Array.from({ length: DIMENSIONS }, () => (next() - 0.5) * width)
  const shared = about(2)
  const topics = Array.from({ length: TOPICS }, () => about(2))
  return {
    build(): Float32Array {
      const topic = topics[Math.floor(next() * TOPICS)]!
      return about(3).map((value, at) => value + topic[at]! + shared[at]!)
    },
  }
}

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

function percentile(times: readonly number[], share: number): string {
  const sorted = times.toSorted((a, b) => a - b)
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(2)
}

export async function benchMemory(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'haivemind-bench-'))
  const path = join(folder, 'memories.db')
  using stack = new DisposableStack()
  stack.defer(() => rmSync(folder, { recursive: true }))
  const database = openDatabase(path)
  stack.defer(() => database.close())
  const reader = createReaderThread(path, 'bench')
  stack.defer(() => reader.close())
  const memories = createMemoryStore({
    database,
    clock: systemClock,
    node: 'bench',
    mask: (text) => text,
    reader,
  })
  const next = createRandom(1)
  const build = (): NewMemory => {
    const server = `server-${Math.floor(next() * SERVERS)}`
    const category = CATEGORIES[Math.floor(next() * CATEGORIES.length)]!
    return {
      category,
      kind: 'note',
      actor: 'bench',
      server,
      content: buildText(next, 20),
      tags: [server, 'note'],
    }
  }
  const all = Array.from({ length: MEMORIES }, build)
  const ids: string[] = []
  const cpuBefore = process.cpuUsage()
  const begun = performance.now()
  for (let at = 0; at < MEMORIES; at += BATCH) {
    database.transaction(() => {
      for (const memory of all.slice(at, at + BATCH)) ids.push(memories.add(memory).id)
    })
  }
  const seconds = (performance.now() - begun) / 1000
  const used = process.cpuUsage(cpuBefore)
  const cpuSeconds = (used.user + used.system) / 1e6
  console.log(
    `stored in batches of ${BATCH}: ${Math.round(MEMORIES / seconds)}/s (wanted: at least 5000); ${cpuSeconds.toFixed(1)} s of processor in all`,
  )

  const measure = async (
    name: string,
    wanted: string,
    rounds: number,
    work: (n: number) => Promise<unknown>,
  ) => {
    const times: number[] = []
    const cpu = process.cpuUsage()
    for (let n = 0; n < rounds; n++) {
      const start = performance.now()
      await work(n)
      times.push(performance.now() - start)
    }
    const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => percentile(times, share))
    const { user, system } = process.cpuUsage(cpu)
    const mean = ((user + system) / 1000 / rounds).toFixed(2)
    console.log(`${name}: p50 ${p50} ms, p95 ${p95} ms, p99 ${p99} ms${wanted}; ${mean} ms of processor each`)
  }
  await measure('stored one by one', ' (wanted: p99 at most 10)', SINGLE, () => memories.store(build()))
  const everything: MemoryFilter = { ceiling: 'internal', reader: { id: 'bench', isAdmin: false } }
  const page = { limit: 5, offset: 0 }
  const filtered = () =>
    ({ ...everything, category: 'incidents', server: `server-${Math.floor(next() * SERVERS)}` }) as const
  const want = ' (wanted: p95 at most 30)'
  await measure('three words', want, SEARCHES, () => memories.search(buildText(next, 3), everything, page))
  await measure('three words, filtered', want, SEARCHES, () =>
    memories.search(buildText(next, 3), filtered(), page),
  )
  await measure('eight words', want, SEARCHES, () => memories.search(buildText(next, 8), everything, page))
  await measure('the name of a server', want, SEARCHES, () =>
    memories.search(`server-${Math.floor(next() * SERVERS)}`, everything, page),
  )
  await measure('newest first', '', SEARCHES, () => memories.recent(everything, page))

  const vectors = createVectors(next)
  for (let at = 0; at < ids.length; at += BATCH) {
    memories.vectors.put(
      'bench',
      'normal',
      ids.slice(at, at + BATCH).map((id) => ({ id, packed: packVector(vectors.build())! })),
    )
  }
  const near = () => ({ space: 'bench', values: vectors.build() })
  const first = performance.now()
  await memories.searchNear('word1', everything, page, near())
  console.log(`the first by meaning, which reads all vectors: ${Math.round(performance.now() - first)} ms`)
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  await measure('three words and their meaning', want, SEARCHES, () =>
    memories.searchNear(buildText(next, 3), everything, page, near()),
  )
  await measure('the same, filtered', want, SEARCHES, () =>
    memories.searchNear(buildText(next, 3), filtered(), page, near()),
  )
  delay.disable()
  const late = Math.max(0, delay.percentile(99) / 1e6 - 1).toFixed(2)
  console.log(`meanwhile the event loop was late by p99 ${late} ms (wanted: at most 5)`)
}
