/** Traces through every policy, and what that says. */
import { judgeGenerated, judgeRecorded, type Bar, type GroupResult } from './bars.ts'
import { compare, measure, resample, type Comparison, type Figures } from './compare.ts'
import { generateTraces, isLeaking } from './generate.ts'
import { POLICIES } from './policies.ts'
import { CPU_POLICIES, simulateCpu } from './simulate-cpu.ts'
import { simulateMemory, type ServerOutcome } from './simulate-memory.ts'
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

export function replayGenerated(seeds: readonly number[]): Group {
  // A fleet is one seed's: margins that depend on the fleet see 250 servers, as a host would.
  const fleets = seeds.map((seed) => generateTraces(seed))
  const sound = fleets.map((fleet) => fleet.filter((trace) => !isLeaking(trace)))
  const leaking = fleets.map((fleet) => fleet.filter(isLeaking))
  const result = replayFleets(sound)
  return {
    ...result,
    leaking: POLICIES.map((policy) =>
      measure({ ...policy, outcomes: leaking.flatMap((fleet) => simulateMemory(fleet, policy)) }),
    ),
    bars: judgeGenerated(result),
  }
}

export function replayRecorded(traces: readonly Trace[]): Group {
  const result = replayFleets([traces])
  return { ...result, leaking: [], bars: judgeRecorded(result) }
}

function replayFleets(fleets: readonly (readonly Trace[])[]): Omit<Group, 'leaking' | 'bars'> {
  const runs = POLICIES.map(({ family, name, decide, startMib }) => {
    const policy = { family, name, decide, ...(startMib === undefined ? {} : { startMib }) }
    const outcomes = fleets.flatMap((fleet): ServerOutcome[] => simulateMemory(fleet, policy))
    return { family, name, outcomes }
  })
  const points = resample(runs, BOOTSTRAP_SEED)
  const members = (family: string) => runs.filter((run) => run.family === family).map(({ name }) => name)
  const traces = fleets.flat()
  return {
    servers: traces.length,
    figures: runs.map(measure),
    pairs: ['KRR-style +50 %', 'VPA-style p95 +100 %'].map((name) =>
      compare(points, 'balanced', name, [name]),
    ),
    comparisons: TIERS.flatMap((tier) =>
      FAMILIES.map((family) => compare(points, tier, family, members(family))),
    ),
    cpu: traces.some(({ cpu }) => cpu !== undefined)
      ? CPU_POLICIES.map((policy) => simulateCpu(traces, policy))
      : [],
  }
}
