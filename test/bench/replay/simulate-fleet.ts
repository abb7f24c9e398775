/** One fleet through every policy: plain numbers, so that they can come from another thread. */
import { POLICIES } from './policies.ts'
import { CPU_POLICIES, sumCpu, type CpuSums } from './simulate-cpu.ts'
import { simulateMemory, type ServerOutcome } from './simulate-memory.ts'
import type { Trace } from './trace.ts'

export type FleetOutcome = {
  readonly servers: number
  /** In the order of the policies. */
  readonly memory: readonly (readonly ServerOutcome[])[]
  /** Empty: nothing is known of its CPU. */
  readonly cpu: readonly CpuSums[]
}

export function simulateFleet(traces: readonly Trace[]): FleetOutcome {
  return {
    servers: traces.length,
    memory: POLICIES.map((policy) => simulateMemory(traces, policy)),
    cpu: traces.some(({ cpu }) => cpu !== undefined)
      ? CPU_POLICIES.map((policy) => sumCpu(traces, policy))
      : [],
  }
}
