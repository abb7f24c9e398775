/** What this machine takes altogether. Cheap enough for every second: each file is opened once and read again. */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { availableParallelism, freemem, totalmem } from 'node:os'

export type MachineUsage = {
  /** Since the reading before; null at the first, and where it may not be read. */
  readonly cpuMillicores: number | null
  readonly cores: number
  /** Bytes; what is used can not be had without taking it from somebody (MemAvailable of proc_meminfo(5)). */
  readonly memoryUsed: number
  readonly memorySize: number
}

export function openMachineUsage(): { read(): MachineUsage; close(): void } {
  const cores = availableParallelism()
  const file = openOrNull('/proc/stat')
  const buffer = Buffer.alloc(256)
  let before: { readonly busy: number; readonly all: number } | null = null
  const readCpu = (): number | null => {
    if (file === null) return null
    const text = buffer.toString('latin1', 0, readSync(file, buffer, 0, buffer.length, 0))
    // proc_stat(5): user nice system idle iowait irq softirq steal; what guests took is in user already.
    const ticks = text.slice(0, text.indexOf('\n')).split(/\s+/).slice(1, 9).map(Number)
    const all = ticks.reduce((sum, value) => sum + value, 0)
    const now = { all, busy: all - (ticks[3] ?? 0) - (ticks[4] ?? 0) }
    const last = before
    before = now
    if (last === null || now.all <= last.all) return null
    return Math.max(0, ((now.busy - last.busy) / (now.all - last.all)) * cores * 1000)
  }
  return {
    read: () => ({
      cpuMillicores: readCpu(),
      cores,
      memoryUsed: totalmem() - freemem(),
      memorySize: totalmem(),
    }),
    close() {
      if (file !== null) closeSync(file)
    },
  }
}

/** Percent of the last minute in which something waited for a CPU; null where the kernel does not say (psi.rst, Linux 4.20). */
export function readCpuPressure(): number | null {
  try {
    const text = readFileSync('/proc/pressure/cpu', 'utf8')
    const share = Number(/^some .*?avg60=([\d.]+)/m.exec(text)?.[1])
    return Number.isFinite(share) ? share : null
  } catch {
    return null
  }
}

function openOrNull(path: string): number | null {
  try {
    return openSync(path, 'r')
  } catch {
    return null
  }
}
