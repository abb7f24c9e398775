/** What an instance takes, as its control group and its processes tell it. For every second. */
import type { Clock } from '../../domain/clock.ts'
import type { ResourceUsage, UsageDetail } from '../../domain/server.ts'
import type { GroupMeter } from '../../system/cgroup-files.ts'
import { listTree } from '../../system/process-table.ts'
import { countConnections, countOpenFiles, readDiskTraffic } from '../../system/usage-figures.ts'
import { readTreeUsage } from '../sandbox/watchdog.ts'
import type { Watched } from '../sandbox/watch-sandbox.ts'

export interface UsageReader {
  read(): Promise<ResourceUsage>
  close(): void
}

/** Files, sockets and disk traffic have to be asked of each process, which costs more than all the rest. */
const COUNT_EVERY = 5

type Counts = Omit<UsageDetail, 'isWatched' | 'periods' | 'throttledPeriods'>

/** @param hasNetwork it has a network namespace of its own, so that what is in there is its own */
export function createUsageReader(
  clock: Clock,
  { group, init, payload }: Pick<Watched, 'group' | 'init' | 'payload'>,
  hasNetwork: boolean,
): UsageReader {
  let meter: GroupMeter | null = null
  let closed = false
  let last: { readonly at: number; readonly cpuSeconds: number } | null = null
  let peak = 0
  /** Of processes that end between two readings a part is with their parent a moment later: sums never fall. */
  let counts: Counts | null = null
  let readings = 0
  let moved = { readBytes: 0, writtenBytes: 0 }

  const count = (pids: readonly number[]): Counts => {
    let descriptors: number | null = null
    let traffic: { readBytes: number; writtenBytes: number } | null = null
    for (const pid of pids) {
      const files = countOpenFiles(pid)
      if (files !== null) descriptors = (descriptors ?? 0) + files
      const io = readDiskTraffic(pid)
      if (io === null) continue
      traffic ??= { readBytes: 0, writtenBytes: 0 }
      traffic.readBytes += io.readBytes
      traffic.writtenBytes += io.writtenBytes
    }
    if (traffic !== null) {
      moved = {
        readBytes: Math.max(moved.readBytes, traffic.readBytes),
        writtenBytes: Math.max(moved.writtenBytes, traffic.writtenBytes),
      }
    }
    return {
      descriptors,
      connections: hasNetwork ? countConnections(payload.pid) : null,
      readBytes: traffic === null ? null : moved.readBytes,
      writtenBytes: traffic === null ? null : moved.writtenBytes,
    }
  }

  const measure = async () => {
    if (group === null) {
      const unknown = { memoryPeakBytes: 0, cpuThrottledSeconds: 0, oomKills: 0 }
      return {
        usage: { ...(await readTreeUsage(init)), ...unknown, periods: null, throttledPeriods: null },
        listProcesses: () => listTree(init.pid).map(({ pid }) => pid),
      }
    }
    if (closed) throw new Error('The instance is over.')
    const open = (meter ??= group.openMeter())
    return { usage: open.read(), listProcesses: () => open.listProcesses() }
  }

  return {
    async read() {
      const { usage, listProcesses } = await measure()
      if (counts === null || readings++ % COUNT_EVERY === 0) counts = count(listProcesses())
      const at = clock.monotonic()
      // Without a control group the peak is what was seen, and what a lost child used is not known any more.
      peak = Math.max(peak, usage.memoryBytes, usage.memoryPeakBytes)
      const cpuSeconds = Math.max(usage.cpuSeconds, last?.cpuSeconds ?? 0)
      const cpuPercent =
        last === null || at <= last.at
          ? null
          : ((cpuSeconds - last.cpuSeconds) / ((at - last.at) / 1000)) * 100
      last = { at, cpuSeconds }
      return {
        memoryBytes: usage.memoryBytes,
        memoryPeakBytes: peak,
        cpuSeconds,
        cpuThrottledSeconds: usage.cpuThrottledSeconds,
        processes: usage.tasks,
        oomKills: usage.oomKills,
        cpuPercent,
        detail: {
          isWatched: group === null,
          periods: usage.periods,
          throttledPeriods: usage.throttledPeriods,
          ...counts,
        },
        at: clock.now(),
      }
    },
    close() {
      closed = true
      meter?.close()
      meter = null
    },
  }
}
