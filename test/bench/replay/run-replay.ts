/** Traces through every policy, and what that says. Generated fleets are worked out side by side, one thread each. */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { judgeGenerated, judgeRecorded, type Bar, type GroupResult } from './bars.ts'
import { compare, measure, resample, type Comparison, type Figures } from './compare.ts'
import { simulateFleet, type FleetOutcome } from './simulate-fleet.ts'
import { POLICIES } from './policies.ts'
import { CPU_POLICIES, measureCpu } from './simulate-cpu.ts'
import type { Trace } from './trace.ts'

/** The rules were looked at on these while they were written … */
export const TUNING_SEEDS: readonly number[] = [11]
/** … and are reported on these. */
export const REPORTING_SEEDS: readonly number[] = [101, 102, 103, 104]

const TIERS = ['efficient', 'balanced', 'safe']
const FAMILIES = ['static', 'peak + share', 'KRR-style', 'VPA-style', 'Autopilot-style']
const BOOTSTRAP_SEED = 7

export type Group = GroupResult & {
  readonly servers: number
  /** Ours against families of settings, at equal risk. */
  readonly comparisons: readonly Comparison[]
  readonly leaking: readonly Figures[]
  readonly bars: readonly Bar[]
}

/** What the thread of one seed works out. */
export type SeedOutcome = { readonly sound: FleetOutcome; readonly leaking: FleetOutcome }

/** A fleet is one seed's: margins that depend on the fleet see 250 servers, as a host would. */
export async function replayGenerated(seeds: readonly number[]): Promise<Group> {
  const outcomes = new Map<number, SeedOutcome>()
  const waiting = [...seeds]
  const work = async () => {
    for (let seed = waiting.shift(); seed !== undefined; seed = waiting.shift()) {
      outcomes.set(seed, await simulateSeed(seed))
    }
  }
  await Promise.all(Array.from({ length: Math.min(seeds.length, availableParallelism()) }, work))
  // In the order of the seeds, whichever came first.
  const found = seeds.flatMap((seed) => outcomes.get(seed) ?? [])
  const result = judgeFleets(found.map(({ sound }) => sound))
  const leaking = found.map((each) => each.leaking)
  return {
    ...result,
    leaking: POLICIES.map((policy, index) =>
      measure({ ...policy, outcomes: leaking.flatMap(({ memory }) => memory[index] ?? []) }),
    ),
    bars: judgeGenerated(result),
  }
}

export function replayRecorded(traces: readonly Trace[]): Group {
  const result = judgeFleets([simulateFleet(traces)])
  return { ...result, leaking: [], bars: judgeRecorded(result) }
}

function simulateSeed(seed: number): Promise<SeedOutcome> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./seed-worker.ts', import.meta.url), { workerData: seed })
    worker.once('message', resolve)
    worker.once('error', reject)
    worker.once('exit', (code) => reject(new Error(`the thread of seed ${seed} ended with ${code}`)))
  })
}

function judgeFleets(fleets: readonly FleetOutcome[]): Omit<Group, 'leaking' | 'bars'> {
  const runs = POLICIES.map(({ family, name }, index) => ({
    family,
    name,
    outcomes: fleets.flatMap(({ memory }) => memory[index] ?? []),
  }))
  const points = resample(runs, BOOTSTRAP_SEED)
  const members = (family: string) => runs.filter((run) => run.family === family).map(({ name }) => name)
  const cpu = fleets.filter((fleet) => fleet.cpu.length > 0)
  return {
    servers: fleets.reduce((sum, { servers }) => sum + servers, 0),
    figures: runs.map(measure),
    pairs: ['KRR-style +50 %', 'VPA-style p95 +100 %'].map((name) =>
      compare(points, 'balanced', name, [name]),
    ),
    comparisons: TIERS.flatMap((tier) =>
      FAMILIES.map((family) => compare(points, tier, family, members(family))),
    ),
    cpu:
      cpu.length === 0
        ? []
        : CPU_POLICIES.map(({ name }, index) =>
            measureCpu(
              name,
              cpu.flatMap((fleet) => fleet.cpu[index] ?? []),
            ),
          ),
  }
}
