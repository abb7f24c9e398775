/** What is shown of one process of a server. */
import type { ProcessKey } from './process-key.ts'
import type { InstanceFacts, ResourceUsage } from './server.ts'
import type { ServerState } from './server-state.ts'

export type ProcessView = {
  readonly key: ProcessKey
  readonly isMain: boolean
  readonly state: ServerState
  /** Null unless running. */
  readonly facts: InstanceFacts | null
  readonly usage: ResourceUsage | null
  /** Calls that it works on. */
  readonly inFlight: number
}

/** Of all processes of a server together; peaks are added up, so that it is an upper bound. Null for none. */
export function sumUsage(usages: readonly ResourceUsage[]): ResourceUsage | null {
  if (usages.length === 0) return null
  const sum = (pick: (usage: ResourceUsage) => number) =>
    usages.reduce((total, usage) => total + pick(usage), 0)
  const isMeasured = usages.some(({ cpuPercent }) => cpuPercent !== null)
  return {
    memoryBytes: sum(({ memoryBytes }) => memoryBytes),
    memoryPeakBytes: sum(({ memoryPeakBytes }) => memoryPeakBytes),
    cpuSeconds: sum(({ cpuSeconds }) => cpuSeconds),
    cpuThrottledSeconds: sum(({ cpuThrottledSeconds }) => cpuThrottledSeconds),
    processes: sum(({ processes }) => processes),
    oomKills: sum(({ oomKills }) => oomKills),
    cpuPercent: isMeasured ? Math.round(sum(({ cpuPercent }) => cpuPercent ?? 0) * 10) / 10 : null,
    at: Math.max(...usages.map(({ at }) => at)),
  }
}
