/** What this machine takes altogether, and of one process what its control group does not tell. For every second. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { findNumber, tryOpenText } from './open-text.ts'
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
  const file = tryOpenText('/proc/stat')
  let before: { readonly busy: number; readonly all: number } | null = null
  const readCpu = (): number | null => {
    if (file === null) return null
    const text = file.read()
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
    close: () => file?.close(),
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

/** Files that it has open; null when it is gone or not ours to see. */
export function countOpenFiles(pid: number): number | null {
  const path = `/proc/${pid}/fd`
  try {
    // Since Linux 6.2 the size of the folder is their number (proc_pid_fd(5)).
    return statSync(path).size || readdirSync(path).length
  } catch {
    return null
  }
}

/** What it moved from and to disks, and the children that it waited for; null when it is gone or not ours to see. */
export function readDiskTraffic(
  pid: number,
): { readonly readBytes: number; readonly writtenBytes: number } | null {
  const text = tryRead(`/proc/${pid}/io`)
  if (text === null) return null
  return { readBytes: findNumber(text, 'read_bytes: '), writtenBytes: findNumber(text, 'write_bytes: ') }
}

/** TCP sockets that are used in its network namespace, listening ones too; null when it is gone. */
export function countConnections(pid: number): number | null {
  const v4 = tryRead(`/proc/${pid}/net/sockstat`)
  if (v4 === null) return null
  const v6 = tryRead(`/proc/${pid}/net/sockstat6`) ?? ''
  return countTcp(v4, 'TCP: inuse ') + countTcp(v6, 'TCP6: inuse ')
}

function countTcp(text: string, key: string): number {
  const at = text.indexOf(key)
  return at === -1 ? 0 : Number.parseInt(text.slice(at + key.length), 10)
}

function tryRead(path: string): string | null {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return null
  }
}
