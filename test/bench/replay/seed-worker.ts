/** A thread of the replay: the fleet of one seed. */
import { parentPort, workerData } from 'node:worker_threads'
import { generateTraces, isLeaking } from './generate.ts'
import type { SeedOutcome } from './run-replay.ts'
import { simulateFleet } from './simulate-fleet.ts'

const traces = generateTraces(Number(workerData))
const outcome: SeedOutcome = {
  sound: simulateFleet(traces.filter((trace) => !isLeaking(trace))),
  // A limit cures no leak, and no quota either: their CPU is not looked at.
  leaking: simulateFleet(traces.filter(isLeaking).map((trace) => ({ ...trace, cpu: undefined }))),
}
parentPort?.postMessage(outcome, [])
