/** What both versions of control groups share: their shape, and reading and writing their files. */
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openText, tryOpenText, type OpenText } from './open-text.ts'
import { findProcess, signalProcess } from './process-table.ts'

export const GROUP_PREFIX = 'haivemind'

export type GroupLimits = {
  readonly memoryBytes: number
  /** Percent of one core. */
  readonly cpuPercent: number
  readonly tasks: number
}

export type GroupUsage = {
  readonly memoryBytes: number
  readonly memoryPeakBytes: number
  readonly cpuSeconds: number
  readonly cpuThrottledSeconds: number
  /** Periods of its quota in which it ran, and those in which the quota was used up. */
  readonly periods: number
  readonly throttledPeriods: number
  readonly tasks: number
  readonly oomKills: number
}

export interface GroupMeter {
  read(): GroupUsage
  listProcesses(): readonly number[]
  close(): void
}

export interface ControlGroup {
  readonly version: 'v1' | 'v2'
  readonly name: string
  /** A process joins by writing its own pid to each of these. Written from outside it would come too late. */
  readonly joinFiles: readonly string[]
  readUsage(): Promise<GroupUsage>
  /** For looking each second. Throws when the group is gone. */
  openMeter(): GroupMeter
  readOomKills(): Promise<number>
  /** How often a new process or thread was refused, since that would have been too many. */
  readRefusedTasks(): Promise<number>
  /** What the kernel holds now; a value it did not take is a limit that is not in force. */
  readLimits(): Promise<GroupLimits>
  /** Of a group that lives. Memory below what is in use now makes the kernel kill; that is the caller's to look at. */
  writeLimits(limits: Pick<GroupLimits, 'memoryBytes' | 'cpuPercent'>): Promise<void>
  /** False when memory could leave for swap instead of meeting its limit (where the machine has any swap). */
  boundsSwap(): Promise<boolean>
  /** Is this process inside, for every controller that limits it? */
  holds(pid: number): boolean
  listProcesses(): Promise<readonly number[]>
  /** SIGKILL to everything inside, again until nothing is left. */
  kill(): Promise<void>
  /** Only when empty; a group that is gone is fine. */
  remove(): Promise<void>
}

export interface ControlGroups {
  readonly version: 'v1' | 'v2'
  create(name: string, limits: GroupLimits): Promise<ControlGroup>
  /** Null when there is no such group. */
  open(name: string): Promise<ControlGroup | null>
  list(): Promise<readonly string[]>
}

export async function readText(path: string): Promise<string> {
  return (await readFile(path, 'utf8')).trim()
}

export async function readNumber(path: string): Promise<number> {
  const text = await readText(path)
  return text === 'max' ? Number.POSITIVE_INFINITY : Number(text)
}

/**
 * A `key value` file such as cpu.stat; a key that is missing counts 0. Read at once: the kernel has it in memory, and a
 * turn through the thread pool, five times a second for each server, costs several times as much.
 */
export async function readKeys(path: string): Promise<(key: string) => number> {
  const file = openText(path)
  let text: string
  try {
    text = file.read().trim()
  } finally {
    file.close()
  }
  const lines = text.split('\n').map((line) => line.split(' '))
  const values = new Map(lines.map(([key = '', value = '0']) => [key, Number(value)]))
  return (key) => values.get(key) ?? 0
}

export async function writeControl(path: string, value: string | number): Promise<void> {
  try {
    await writeFile(path, String(value))
  } catch (error) {
    throw new Error(`${path} did not take ${value}`, { cause: error })
  }
}

export async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true })
}

/** A group stays busy for a moment after its last process, for seconds where the machine is: tried for up to five. */
export async function removeFolder(path: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await rmdir(path)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ENOENT') return
      if (code !== 'EBUSY' || attempt === 250) throw error
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}

export async function listProcessesOf(folder: string): Promise<readonly number[]> {
  const text = await readText(join(folder, 'cgroup.procs')).catch(() => '')
  return splitPids(text)
}

/** The group is re-read until it is empty, so a process that forks meanwhile is met in the next round. */
export async function killAll(folder: string): Promise<void> {
  for (let round = 0; round < 1000; round++) {
    const alive = (await listProcessesOf(folder)).map(findProcess).filter((facts) => facts !== null)
    if (alive.length === 0) return
    for (const facts of alive) signalProcess(facts, 'SIGKILL')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  throw new Error(`processes in ${folder} do not end`)
}

/** Opens the files, and closes those that were opened when one is missing. @param names a file each; absent: null */
export function openMeterOf<K extends string>(
  files: Readonly<Record<K, string>>,
  optional: readonly NoInfer<K>[],
  readUsage: (text: (name: K) => string | null) => GroupUsage,
  processes: string,
): GroupMeter {
  const opened = new Map<K | 'processes', OpenText>()
  const close = () => {
    for (const file of opened.values()) file.close()
    opened.clear()
  }
  try {
    for (const [name, path] of Object.entries(files) as [K, string][]) {
      const file = optional.includes(name) ? tryOpenText(path) : openText(path)
      if (file !== null) opened.set(name, file)
    }
    opened.set('processes', openText(processes))
  } catch (error) {
    close()
    throw error
  }
  const read = (name: K) => opened.get(name)?.read() ?? null
  return {
    read: () => readUsage(read),
    listProcesses: () => splitPids(opened.get('processes')?.read() ?? ''),
    close,
  }
}

export function readOnce(meter: GroupMeter): GroupUsage {
  try {
    return meter.read()
  } finally {
    meter.close()
  }
}

function splitPids(text: string): readonly number[] {
  return text.split('\n').filter(Boolean).map(Number)
}
