/** A share of the schedules in a thread of its own; answers the seeds that broke something. */
import { parentPort, workerData } from 'node:worker_threads'
import { runSchedule } from './run-schedule.ts'

const { first, count, by } = workerData as {
  readonly first: number
  readonly count: number
  readonly by: number
}
for (let n = 0; n < count; n += by) {
  const { seed, violations } = await runSchedule(first + n)
  if (violations.length > 0) parentPort?.postMessage(seed, [])
}
parentPort?.postMessage(null, [])
