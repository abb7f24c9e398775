/** Counters of processes that come and go, as what they rose by: of the server, across restarts and resets. */

/** As the kernel counts for one process of a server. Null: it does not. */
export type Counters = {
  readonly periods: number | null
  readonly throttledPeriods: number | null
  readonly throttledMs: number | null
  readonly oomKills: number | null
  readonly readBytes: number | null
  readonly writtenBytes: number | null
}

export type Risen = Counters & { readonly starts: number }

type Known = { counters: Counters; peak: number; seen: number }

/** One process as it is seen now. */
export type CountedProcess = {
  /** Differs for every process there ever was. */
  readonly id: string
  /** It was there before the platform: what it counted so far was seen by another. */
  readonly isAdopted: boolean
  /** The highest memory so far, bytes. */
  readonly memoryPeak: number
  readonly memory: number
  readonly counters: Counters
}

export const COUNTERS = [
  'periods',
  'throttledPeriods',
  'throttledMs',
  'oomKills',
  'readBytes',
  'writtenBytes',
] as const satisfies readonly (keyof Counters)[]

export interface CounterBook {
  /** All processes of one server, at each look: one that is missing is over. */
  read(processes: readonly CountedProcess[]): { readonly risen: Risen; readonly peaks: readonly number[] }
}

export function createCounterBook(): CounterBook {
  const known = new Map<string, Known>()
  let look = 0
  return {
    read(processes) {
      look++
      const sums: Record<keyof Counters, number | null> = {
        periods: null,
        throttledPeriods: null,
        throttledMs: null,
        oomKills: null,
        readBytes: null,
        writtenBytes: null,
      }
      let starts = 0
      const peaks: number[] = []
      for (const { id, isAdopted, memory, memoryPeak, counters } of processes) {
        const before = known.get(id)
        if (before === undefined && !isAdopted) starts++
        for (const name of COUNTERS) {
          const now = counters[name]
          if (now === null) continue
          const start = before === undefined ? (isAdopted ? now : 0) : (before.counters[name] ?? now)
          // A counter that fell was reset: what it shows came since.
          sums[name] = (sums[name] ?? 0) + (now >= start ? now - start : now)
        }
        // The kernel's peak is that of the whole life of a process: only what is new of it belongs to this moment.
        const old = before?.peak ?? (isAdopted ? memoryPeak : 0)
        peaks.push(memoryPeak > old ? memoryPeak : memory)
        known.set(id, { counters, peak: memoryPeak, seen: look })
      }
      if (known.size > processes.length) {
        for (const [id, { seen }] of known) if (seen !== look) known.delete(id)
      }
      return { risen: { ...sums, starts }, peaks }
    },
  }
}
