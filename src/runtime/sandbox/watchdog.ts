/** Where no control group can hold a sandbox: its tree is added up four times a second. Soft: a fast hog gets ahead. */
import type { ResourceLimits } from '../../domain/server.ts'
import {
  countThreads,
  listTree,
  readMemory,
  signalProcess,
  type ProcessIdentity,
} from '../../system/process-table.ts'

export type TreeUsage = {
  readonly memoryBytes: number
  readonly cpuSeconds: number
  readonly tasks: number
}

/** Adds up what is under `init` now. What has ended is counted by the parent that waited for it. */
export async function readTreeUsage(init: ProcessIdentity): Promise<TreeUsage> {
  const tree = listTree(init.pid)
  const memory = await Promise.all(tree.map(({ pid }) => readMemory(pid)))
  return {
    memoryBytes: memory.reduce<number>((sum, bytes) => sum + (bytes ?? 0), 0),
    cpuSeconds: tree.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
    tasks: tree.reduce((sum, { pid }) => sum + countThreads(pid), 0),
  }
}

const ROUND_MS = 250

/**
 * `onOver` is called once, when memory is over its limit. Over its share of CPU, every process of the sandbox is
 * paused until the average is right again: pausing cannot be refused, and unlike killing it loses nothing.
 */
export function startWatchdog(
  init: ProcessIdentity,
  limits: ResourceLimits,
  onOver: () => void,
  /** A plain process has no init above it that reports its end: it is paused too. */
  withFirst = false,
): { stop(): void } {
  let stopped = false
  let busy = false
  let paused = false
  let last: number | null = null
  let debtSeconds = 0
  const signalAll = (signal: 'SIGSTOP' | 'SIGCONT') => {
    // Not the init itself: it reports the payload's end.
    for (const facts of listTree(init.pid).slice(withFirst ? 0 : 1)) signalProcess(facts, signal)
  }
  const round = async () => {
    const usage = await readTreeUsage(init)
    if (stopped) return
    if (usage.memoryBytes > limits.memoryMb * 2 ** 20) {
      stopped = true
      clearInterval(timer)
      return onOver()
    }
    const share = (limits.cpuPercent / 100) * (ROUND_MS / 1000)
    debtSeconds = Math.max(0, debtSeconds + (last === null ? 0 : usage.cpuSeconds - last) - share)
    last = usage.cpuSeconds
    const over = debtSeconds > 0
    if (over !== paused) signalAll(over ? 'SIGSTOP' : 'SIGCONT')
    paused = over
  }
  const timer = setInterval(() => {
    if (busy || stopped) return
    busy = true
    void round().finally(() => (busy = false))
  }, ROUND_MS)
  timer.unref()
  return {
    stop() {
      stopped = true
      clearInterval(timer)
      if (paused) signalAll('SIGCONT')
    },
  }
}
