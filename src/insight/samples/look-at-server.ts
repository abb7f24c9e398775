import type { ProcessView } from '../../domain/process-view.ts'
import type { ResourceUsage } from '../../domain/server.ts'
import type { CounterBook, CountedProcess } from './counter-book.ts'
import type { Look } from './sample-slot.ts'

const MIB = 1024 * 1024

type Seen = ProcessView & { readonly usage: ResourceUsage }

/** What all processes of a server take at this moment; null where none is measured. */
export function lookAtServer(
  processes: readonly ProcessView[],
  book: CounterBook,
  load: { readonly sessions: number; readonly streams: number },
): Look | null {
  const seen = processes.filter((process): process is Seen => process.usage !== null)
  const { risen, peaks } = book.read(seen.map(countProcess))
  const [first] = seen
  if (first === undefined) return null
  let largest = first
  let busiest = first
  let memoryTotal = 0
  let cpuTotal: number | null = null
  let tasks = 0
  let memoryPeak = 0
  for (const [index, process] of seen.entries()) {
    const { usage } = process
    memoryTotal += usage.memoryBytes
    tasks += usage.processes
    memoryPeak = Math.max(memoryPeak, peaks[index] ?? 0)
    if (usage.cpuPercent !== null) cpuTotal = (cpuTotal ?? 0) + usage.cpuPercent * 10
    if (usage.memoryBytes > largest.usage.memoryBytes) largest = process
    if ((usage.cpuPercent ?? -1) > (busiest.usage.cpuPercent ?? -1)) busiest = process
  }
  const isWatched = seen.some(({ usage }) => usage.detail.isWatched)
  const limits = largest.facts?.limits
  return {
    memory: largest.usage.memoryBytes,
    memoryPeak: isWatched ? null : memoryPeak,
    memoryLimit: limits === undefined ? null : limits.memoryMb * MIB,
    memoryTotal,
    cpu: busiest.usage.cpuPercent === null ? null : busiest.usage.cpuPercent * 10,
    cpuLimit: limits === undefined ? null : limits.cpuPercent * 10,
    cpuTotal,
    processes: tasks,
    descriptors: add(seen.map(({ usage }) => usage.detail.descriptors)),
    connections: add(seen.map(({ usage }) => usage.detail.connections)),
    ...load,
    risen,
    isWatched,
  }
}

function countProcess({ instanceId, key, facts, usage }: Seen): CountedProcess {
  const { detail, memoryBytes, memoryPeakBytes, cpuThrottledSeconds, oomKills } = usage
  const isCounted = !detail.isWatched
  return {
    id: instanceId ?? `${key.era} ${key.capabilities} ${key.owner} ${key.member}`,
    isAdopted: facts?.adopted === true,
    memory: memoryBytes,
    memoryPeak: memoryPeakBytes,
    counters: {
      periods: detail.periods,
      throttledPeriods: detail.throttledPeriods,
      throttledMs: isCounted ? cpuThrottledSeconds * 1000 : null,
      oomKills: isCounted ? oomKills : null,
      readBytes: detail.readBytes,
      writtenBytes: detail.writtenBytes,
    },
  }
}

/** Of those that are known; null where none is. */
function add(values: readonly (number | null)[]): number | null {
  return values.reduce<number | null>((sum, value) => (value === null ? sum : (sum ?? 0) + value), null)
}
