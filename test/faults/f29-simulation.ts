import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Fault, FaultContext } from './fault.ts'
import { shrinkSchedule } from './simulation/run-schedule.ts'

const SCHEDULES = { slice: 500, full: 100_000 } as const
const TOLD = 5

/** Each schedule has a seed of its own, so that one that broke something can be run again alone. */
export const f29: Fault = {
  id: 'F29',
  title: 'simulated schedules',
  async run(c: FaultContext) {
    const first = (c.seed % 1000) * 1_000_000
    const began = performance.now()
    const count = SCHEDULES[c.size]
    const broken = await runInThreads(c, first, count, c.size === 'full' ? availableParallelism() : 1)
    const seconds = (performance.now() - began) / 1000
    c.figure('schedules', count, '')
    c.figure('all of them', seconds, 's', { atMost: c.size === 'full' ? 600 : 20 })
    c.figure('schedules that broke an invariant', broken.length, '', { atMost: 0 })
    for (const seed of broken.slice(0, TOLD)) {
      const { violations, history } = await shrinkSchedule(seed)
      c.broken(`schedule ${seed}: ${violations.join('; ')}\n    ${history.join('\n    ')}`)
    }
  },
}

async function runInThreads(
  c: FaultContext,
  first: number,
  count: number,
  by: number,
): Promise<readonly number[]> {
  const broken: number[] = []
  const threads = Array.from({ length: by }, (_, n) => {
    const workerData = { first: first + n, count: count - n, by }
    const worker = new Worker(new URL('simulation/worker.ts', import.meta.url), { workerData })
    c.defer(async () => void (await worker.terminate()))
    return new Promise<void>((resolve, reject) => {
      worker.on('message', (seed: number | null) => (seed === null ? resolve() : void broken.push(seed)))
      worker.on('error', reject)
      c.signal.addEventListener('abort', () => reject(c.signal.reason as Error), { once: true })
    })
  })
  await Promise.all(threads)
  return broken
}
