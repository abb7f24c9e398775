/** A call that has to start its process first, against the start of a server by hand and the call after it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ServerId } from '../../src/domain/id.ts'
import { buildMainKey, type ProcessKey } from '../../src/domain/process-key.ts'
import { openRealWorld, type RealWorld } from '../integration/supervisor-world.ts'
import { median } from './median.ts'

const ROUNDS = 15
const MAIN = buildMainKey('legacy')
const never = new AbortController().signal

/** @param args rounds, for a shorter or longer run. */
export async function benchIdleStart(args: readonly string[]): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'idle-start-'))
  const world = await openRealWorld(dataDir, 1)
  try {
    const times = { 'started by hand': [], 'woken by the call': [], 'a process of its own': [] } as Record<
      string,
      number[]
    >
    const id = world.add(1, 'echo.py', { idleStopSeconds: 1 })
    world.supervisor.track(id, 'server-1')
    // The first round warms up.
    for (let round = 0; round <= Number(args[0] ?? ROUNDS); round++) {
      const measured = await measure(world, id, round)
      for (const [name, milliseconds] of Object.entries(measured)) {
        if (round > 0) times[name]?.push(milliseconds)
      }
    }
    const base = median(times['started by hand'] ?? [])
    console.log('from the wish to the first answer, ms    median   ratio')
    for (const [name, all] of Object.entries(times)) {
      const middle = median(all)
      console.log(
        `${name.padEnd(40)} ${middle.toFixed(1).padStart(6)}  ${(middle / base).toFixed(2).padStart(6)}`,
      )
    }
  } finally {
    await world.close('stop')
    await rm(dataDir, { recursive: true })
  }
}

async function measure(world: RealWorld, id: ServerId, round: number): Promise<Record<string, number>> {
  const { supervisor } = world
  const own: ProcessKey = { ...MAIN, owner: `round-${round}` }
  await supervisor.stop(id, 'platform')
  await world.reach(id, 'stopped')
  const byHand = await time(async () => {
    await supervisor.start(id, 'platform')
    await call(world, id, MAIN)
  })
  await world.reach(id, 'stopped')
  const woken = await time(() => call(world, id, MAIN))
  const beside = await time(() => call(world, id, own))
  supervisor.release(id, own)
  return { 'started by hand': byHand, 'woken by the call': woken, 'a process of its own': beside }
}

async function time(task: () => Promise<void>): Promise<number> {
  // The kernel takes a network namespace apart in the background, and what follows would wait for it.
  await new Promise((resolve) => setTimeout(resolve, 200))
  const began = performance.now()
  await task()
  return performance.now() - began
}

async function call({ supervisor }: RealWorld, id: ServerId, key: ProcessKey): Promise<void> {
  const connection = await supervisor.open(id, key, never)
  await new Promise<unknown>((resolve, reject) => {
    const params = { name: 'echo', arguments: { message: 'hello' } }
    connection.request('tools/call', params, { onResponse: resolve, onLost: reject })
  })
}
