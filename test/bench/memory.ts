/** Storing and finding memories among 100,000, on a disk, as the daemon does it: searches go to a thread of their own. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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
  const cpuBefore = process.cpuUsage()
  const begun = performance.now()
  for (let at = 0; at < MEMORIES; at += BATCH) {
    database.transaction(() => {
      for (const memory of all.slice(at, at + BATCH)) memories.add(memory)
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
}
