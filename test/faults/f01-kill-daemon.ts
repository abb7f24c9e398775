import { setTimeout as sleep } from 'node:timers/promises'
import { judgeAll } from '../oracles/all.ts'
import { i11 } from '../oracles/i11-counters-rise.ts'
import { look, readRss, type Told } from '../oracles/look.ts'
import type { Sight } from '../oracles/sight.ts'
import { readStatus, type Status } from '../e2e/servers.ts'
import type { Platform } from '../e2e/platform.ts'
import type { Fault, FaultContext } from './fault.ts'
import { openPlatform } from './hosted.ts'
import {
  createBook,
  createGate,
  deploy,
  listCalls,
  startCaller,
  startWorker,
  type Book,
  type Gate,
} from './kill-series.ts'

const KILLS = { slice: 100, full: 1000 } as const
/** On a machine with other work a slice ends here, with as many kills as came to be. */
const SLICE_MS = 150_000
const FEWEST = 10
/** An orphan may live so long after a recovery. */
const SOUND_WITHIN_MS = 5000
/** The work is the longest between two kills. */
const WORK_MS = 700
/** Judged by figures of their own: how late the event loop is depends on what else the machine does. */
const APART = ['I13', 'I14'] as const
/** Half of the shortest that is set: the rest is left to chance. */
const LEAST_DELAY_MS = 500
/** With all at work and nothing killed. */
const NOMINAL_MS = 4000

/** How the daemon goes: mostly in the middle of work, else while it stops in order, else while it starts. */
type Way = 'at work' | 'while it stops' | 'while it starts'

export const f01: Fault = {
  id: 'F1',
  title: 'SIGKILL of the daemon at random points',
  async run(c: FaultContext) {
    const platform = await openPlatform(c, { rate_limits: { uploads: 100_000 } })
    const token = await platform.token('mcp:call')
    const book = createBook()
    await deploy({ platform, book }, 'anchor', 0)
    const gate = createGate()
    let isOver = false
    const random = () => c.random()
    const worker = { platform, book, gate, random, isOver: () => isOver }
    const work = [
      startWorker(worker, 'one'),
      startWorker(worker, 'two'),
      startCaller(worker, 'anchor', token),
    ]
    let kills = 0
    let slowest = 0
    let largest = 0
    let lastPid = (await readStatus(platform, 'anchor')).instance?.pid
    const until = c.size === 'full' ? Infinity : performance.now() + SLICE_MS
    while (kills < KILLS[c.size] && performance.now() < until && !c.signal.aborted) {
      gate.open()
      await sleep(c.random() * WORK_MS)
      gate.close()
      const way = chooseWay(c.random())
      kills += await kill(platform, way, random)
      const began = performance.now()
      await platform.start()
      const violations = await settle(platform, told(book))
      slowest = Math.max(slowest, performance.now() - began)
      largest = Math.max(largest, readRss(platform.pid()))
      for (const violation of violations) c.broken(`after kill ${kills} (${way}): ${violation}`)
      if (violations.length > 0) break
      const status: Status = await readStatus(platform, 'anchor')
      if (way === 'at work' && status.instance?.pid !== lastPid)
        c.broken(`after kill ${kills} (${way}): anchor has pid ${status.instance?.pid} instead of ${lastPid}`)
      if (status.status !== 'running') c.broken(`after kill ${kills}: anchor is ${status.status}`)
      lastPid = status.instance?.pid
    }
    await judgeNominal(c, platform, book, gate)
    isOver = true
    gate.open()
    await Promise.all(work)
    c.figure('kills', kills, '', { atLeast: c.size === 'full' ? KILLS.full : FEWEST })
    c.figure(
      'deployments that were promised',
      book.uploads.filter(({ isAcknowledged }) => isAcknowledged).length,
      '',
    )
    c.figure('slowest start until sound', slowest / 1000, 's')
    c.figure('largest memory of the daemon', largest / 1e6, 'MB', { atMost: 210 })
    c.note(
      `done meanwhile: ${Object.entries(book.done)
        .map(([what, n]) => `${n} × ${what}`)
        .join(', ')}`,
    )
  },
}

function told(book: Book, countersBefore: Told['countersBefore'] = null): Told {
  const { uploads, deleted } = book
  return {
    uploads,
    deleted,
    calls: listCalls(book),
    countersBefore,
    leastDelayMs: LEAST_DELAY_MS,
    counting: ['anchor'],
  }
}

/** One daemon at work, from one look to the next: its counters, and how late its event loop was by its own figure. */
async function judgeNominal(c: FaultContext, platform: Platform, book: Book, gate: Gate): Promise<void> {
  const { counters } = await look(platform, told(book))
  gate.open()
  await sleep(NOMINAL_MS)
  gate.close()
  // A server that is deleted and made again under its name counts from nothing: the anchor is never deleted.
  const lasting = Object.entries(counters.now).filter(([name]) => !/server="(?!anchor")/.test(name))
  const sight = await look(platform, told(book, Object.fromEntries(lasting)))
  for (const sentence of i11.judge(sight)) c.broken(`I11: ${sentence}`)
  const { lagP99Ms } = sight.daemon
  if (lagP99Ms === null) c.broken('I14: the daemon does not say how late its event loop is')
  else c.figure('event loop late, p99 at work', lagP99Ms, 'ms', { atMost: 50 })
}

function chooseWay(chance: number): Way {
  if (chance < 0.7) return 'at work'
  return chance < 0.85 ? 'while it stops' : 'while it starts'
}

async function kill(platform: Platform, way: Way, random: () => number): Promise<number> {
  if (way === 'while it stops') {
    const pid = platform.pid()
    const stopping = platform.stop()
    await sleep(random() * 400)
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It was quicker.
    }
    await stopping
    return 1
  }
  await platform.kill()
  if (way === 'at work') return 1
  const starting = platform.start().catch(() => undefined)
  await sleep(random() * 900)
  await platform.kill()
  await starting
  return 2
}

/** What is still wrong when it should be right. */
async function settle(platform: Platform, about: Told): Promise<readonly string[]> {
  const end = performance.now() + SOUND_WITHIN_MS
  for (;;) {
    const sight: Sight = await look(platform, about)
    const violations = judgeAll(sight, APART)
    if (violations.length === 0 || performance.now() > end) return violations
    await sleep(100)
  }
}
