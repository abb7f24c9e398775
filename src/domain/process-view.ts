/** What is shown of one process of a server. */
import type { InstanceId } from './id.ts'
import type { ProcessKey } from './process-key.ts'
import type { InstanceFacts, ResourceUsage, UsageDetail } from './server.ts'
import type { ServerState } from './server-state.ts'

export type ProcessView = {
  readonly key: ProcessKey
  /** Null until it was made. */
  readonly instanceId: InstanceId | null
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
    detail: sumDetail(usages.map(({ detail }) => detail)),
    at: Math.max(...usages.map(({ at }) => at)),
  }
}

function sumDetail(details: readonly UsageDetail[]): UsageDetail {
  const sum = (pick: (detail: UsageDetail) => number | null) =>
    details.reduce<number | null>((total, detail) => {
      const value = pick(detail)
      return value === null ? total : (total ?? 0) + value
    }, null)
  return {
    isWatched: details.some(({ isWatched }) => isWatched),
    periods: sum(({ periods }) => periods),
    throttledPeriods: sum(({ throttledPeriods }) => throttledPeriods),
    readBytes: sum(({ readBytes }) => readBytes),
    writtenBytes: sum(({ writtenBytes }) => writtenBytes),
    descriptors: sum(({ descriptors }) => descriptors),
    connections: sum(({ connections }) => connections),
  }
}
