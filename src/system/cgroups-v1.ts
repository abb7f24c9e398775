/** cgroup v1: one hierarchy a controller (cpu and cpuacct are often one), no group kill, no group OOM kill. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import {
  GROUP_PREFIX,
  killAll,
  listProcessesOf,
  makeFolder,
  openMeterOf,
  readKeys,
  readNumber,
  readOnce,
  removeFolder,
  writeControl,
  type ControlGroup,
  type ControlGroups,
  type GroupLimits,
} from './cgroup-files.ts'
import { findNumber } from './open-text.ts'
import { isThere } from './files.ts'
import { readMembership } from './process-table.ts'

type Controller = 'memory' | 'pids' | 'cpu' | 'cpuacct'
type Folders = Readonly<Record<Controller, string>>

const PERIOD_US = 100_000

/**
 * @param mounts where each controller is mounted. Groups are made at the top of each, not under the daemon's own
 * group: they outlive the daemon, and the next one must find them wherever it was started from.
 */
export function openV1(mounts: Folders): ControlGroups {
  const foldersOf = (name: string): Folders => {
    const below = (controller: Controller) => join(mounts[controller], GROUP_PREFIX, name)
    return { memory: below('memory'), pids: below('pids'), cpu: below('cpu'), cpuacct: below('cpuacct') }
  }
  return {
    version: 'v1',
    async create(name, limits) {
      const folders = foldersOf(name)
      const group = openGroup(name, folders)
      try {
        await Promise.all(distinct(folders).map(makeFolder))
        await writeLimits(folders, limits)
      } catch (error) {
        await group.remove().catch(() => undefined)
        throw error
      }
      return group
    },
    async open(name) {
      const folders = foldersOf(name)
      const present = await Promise.all(distinct(folders).map(isThere))
      return present.includes(true) ? openGroup(name, folders) : null
    },
    async list() {
      const found = await Promise.all(
        distinct(mounts).map(async (mount) => {
          const entries = await readdir(join(mount, GROUP_PREFIX), { withFileTypes: true }).catch(() => [])
          return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
        }),
      )
      return [...new Set(found.flat())]
    },
  }
}

async function writeLimits(folders: Folders, limits: GroupLimits): Promise<void> {
  await Promise.all([
    writeMemory(folders.memory, limits.memoryBytes),
    writeControl(join(folders.pids, 'pids.max'), limits.tasks),
    writeCpu(folders.cpu, (limits.cpuPercent * PERIOD_US) / 100),
  ])
}

async function writeMemory(folder: string, bytes: number): Promise<void> {
  await writeControl(join(folder, 'memory.limit_in_bytes'), bytes)
  // Memory and swap together; it must not be below the limit above, so it is written after it.
  const both = join(folder, 'memory.memsw.limit_in_bytes')
  if (await isThere(both)) await writeControl(both, bytes)
}

/** At every moment memory and swap together must be at least memory alone. */
async function changeMemory(folder: string, bytes: number): Promise<void> {
  const both = join(folder, 'memory.memsw.limit_in_bytes')
  const isRaised = bytes > (await readNumber(join(folder, 'memory.limit_in_bytes')))
  if (isRaised && (await isThere(both))) await writeControl(both, bytes)
  await writeMemory(folder, bytes)
}

async function writeCpu(folder: string, quotaUs: number): Promise<void> {
  await writeControl(join(folder, 'cpu.cfs_period_us'), PERIOD_US)
  await writeControl(join(folder, 'cpu.cfs_quota_us'), quotaUs)
}

function openGroup(name: string, folders: Folders): ControlGroup {
  const all = distinct(folders)
  const file = (controller: Controller, key: string) => join(folders[controller], key)
  const readOomKills = async () => (await readKeys(file('memory', 'memory.oom_control')))('oom_kill')
  const openMeter = () =>
    openMeterOf(
      {
        memory: file('memory', 'memory.usage_in_bytes'),
        peak: file('memory', 'memory.max_usage_in_bytes'),
        cpu: file('cpuacct', 'cpuacct.usage'),
        tasks: file('pids', 'pids.current'),
        throttling: file('cpu', 'cpu.stat'),
        oom: file('memory', 'memory.oom_control'),
      },
      [],
      (read) => {
        const throttling = read('throttling') ?? ''
        return {
          memoryBytes: Number(read('memory')),
          memoryPeakBytes: Number(read('peak')),
          cpuSeconds: Number(read('cpu')) / 1e9,
          cpuThrottledSeconds: findNumber(throttling, 'throttled_time ') / 1e9,
          periods: findNumber(throttling, 'nr_periods '),
          throttledPeriods: findNumber(throttling, 'nr_throttled '),
          tasks: Number(read('tasks')),
          oomKills: findNumber(read('oom') ?? '', 'oom_kill '),
        }
      },
      file('pids', 'cgroup.procs'),
    )
  return {
    version: 'v1',
    name: `${GROUP_PREFIX}/${name}`,
    joinFiles: all.map((folder) => join(folder, 'cgroup.procs')),
    readOomKills,
    readRefusedTasks: async () => (await readKeys(file('pids', 'pids.events')))('max'),
    readUsage: async () => readOnce(openMeter()),
    openMeter,
    async readLimits() {
      const [memoryBytes, tasks, quota, period] = await Promise.all([
        readNumber(file('memory', 'memory.limit_in_bytes')),
        readNumber(file('pids', 'pids.max')),
        readNumber(file('cpu', 'cpu.cfs_quota_us')),
        readNumber(file('cpu', 'cpu.cfs_period_us')),
      ])
      const cpuPercent = quota < 0 ? Number.POSITIVE_INFINITY : (quota / period) * 100
      return { memoryBytes, tasks, cpuPercent }
    },
    async writeLimits({ memoryBytes, cpuPercent }) {
      await changeMemory(folders.memory, memoryBytes)
      await writeCpu(folders.cpu, (cpuPercent * PERIOD_US) / 100)
    },
    boundsSwap: async () =>
      await readNumber(file('memory', 'memory.memsw.limit_in_bytes')).then(
        async (both) => both === (await readNumber(file('memory', 'memory.limit_in_bytes'))),
        () => false,
      ),
    holds(pid) {
      const memberships = readMembership(pid)
      return (['memory', 'pids', 'cpu', 'cpuacct'] as const).every((controller) =>
        memberships.some(
          ({ controllers, path }) =>
            controllers.includes(controller) && path.endsWith(`/${GROUP_PREFIX}/${name}`),
        ),
      )
    },
    listProcesses: () => listProcessesOf(folders.pids),
    async kill() {
      for (const folder of all) await killAll(folder)
    },
    async remove() {
      await Promise.all(all.map(removeFolder))
    },
  }
}

function distinct(folders: Folders): readonly string[] {
  return [...new Set(Object.values(folders))]
}
