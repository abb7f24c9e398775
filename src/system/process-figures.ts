/** What the daemon itself takes. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { countDescriptors, readRlimit } from './process-table.ts'

export type ProcessFigures = {
  readonly cpuSeconds: number
  readonly residentBytes: number
  /** Seconds since the epoch. */
  readonly startedAt: number
  readonly descriptors: number
  /** Null: without a limit, or not known. */
  readonly maxDescriptors: number | null
  /** How late timers were since the last reading, seconds. */
  readonly lag: Readonly<Record<'p50' | 'p99' | 'max', number>>
}

const RESOLUTION_MS = 20

export function startProcessFigures(): { read(): ProcessFigures; stop(): void } {
  const [soft = ''] = readRlimit(process.pid, 'Max open files') ?? []
  const maxDescriptors = /^\d+$/.test(soft) ? Number(soft) : null
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delay.enable()
  // It measures from one tick of its timer to the next, its own interval included.
  const late = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - RESOLUTION_MS / 1000)
  return {
    read() {
      const { user, system } = process.cpuUsage()
      const lag = {
        p50: late(delay.percentile(50)),
        p99: late(delay.percentile(99)),
        max: late(delay.max),
      }
      delay.reset()
      return {
        cpuSeconds: (user + system) / 1e6,
        residentBytes: process.memoryUsage.rss(),
        startedAt: performance.timeOrigin / 1000,
        descriptors: countDescriptors(),
        maxDescriptors,
        lag,
      }
    },
    stop: () => void delay.disable(),
  }
}
