/** cgroup v2: one hierarchy, group OOM kill, group kill. */
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
  readText,
  removeFolder,
  writeControl,
  type ControlGroup,
  type ControlGroups,
} from './cgroup-files.ts'
import { findNumber } from './open-text.ts'
import { isThere } from './files.ts'
import { readMembership } from './process-table.ts'

const CONTROLLERS = ['memory', 'pids', 'cpu'] as const
const PERIOD_US = 100_000

/**
 * @param base the root of the hierarchy, or the daemon's own group, which it then takes over.
 * A group that passes controllers on may hold no processes (cgroups(7), "no internal processes"), so what runs
 * in it moves to `supervisor` first; the root alone is exempt.
 */
export async function openV2(base: string): Promise<ControlGroups> {
  const enabled = (await readText(join(base, 'cgroup.subtree_control'))).split(/\s+/)
  if (CONTROLLERS.some((name) => !enabled.includes(name))) {
    if (!(await isRootGroup(base))) await moveAside(base)
    await enable(base)
  }
  const top = join(base, GROUP_PREFIX)
  await makeFolder(top)
  await enable(top)
  return {
    version: 'v2',
    async create(name, limits) {
      const folder = join(top, name)
      try {
        await makeFolder(folder)
        await writeControl(join(folder, 'memory.max'), limits.memoryBytes)
        // Absent on a kernel without swap accounting; the record then looks whether there is swap at all.
        await writeControl(join(folder, 'memory.swap.max'), 0).catch(() => undefined)
        await writeControl(join(folder, 'memory.oom.group'), 1)
        await writeControl(join(folder, 'pids.max'), limits.tasks)
        await writeControl(join(folder, 'cpu.max'), renderQuota(limits.cpuPercent))
      } catch (error) {
        await removeFolder(folder).catch(() => undefined)
        throw error
      }
      return openGroup(name, folder)
    },
    async open(name) {
      const folder = join(top, name)
      return (await isThere(folder)) ? openGroup(name, folder) : null
    },
    async list() {
      const entries = await readdir(top, { withFileTypes: true })
      return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
    },
  }
}

function renderQuota(cpuPercent: number): string {
  return `${(cpuPercent * PERIOD_US) / 100} ${PERIOD_US}`
}

/** Only the root of the hierarchy has no type, and may hold processes beside groups (cgroups(7)). */
export async function isRootGroup(folder: string): Promise<boolean> {
  return !(await isThere(join(folder, 'cgroup.type')))
}

async function moveAside(base: string): Promise<void> {
  const supervisor = join(base, 'supervisor')
  await makeFolder(supervisor)
  for (const pid of await listProcessesOf(base)) {
    await writeControl(join(supervisor, 'cgroup.procs'), pid)
  }
}

/** One by one: a single refused controller would take the others with it. */
async function enable(folder: string): Promise<void> {
  for (const name of CONTROLLERS) await writeControl(join(folder, 'cgroup.subtree_control'), `+${name}`)
}

function openGroup(name: string, folder: string): ControlGroup {
  const file = (key: string) => join(folder, key)
  const readOomKills = async () => (await readKeys(file('memory.events')))('oom_kill')
  const openMeter = () =>
    openMeterOf(
      {
        memory: file('memory.current'),
        // memory.peak came with Linux 5.19.
        peak: file('memory.peak'),
        cpu: file('cpu.stat'),
        tasks: file('pids.current'),
        events: file('memory.events'),
      },
      ['peak'],
      (read) => {
        const cpu = read('cpu') ?? ''
        const memoryBytes = Number(read('memory'))
        return {
          memoryBytes,
          memoryPeakBytes: Number(read('peak') ?? memoryBytes),
          cpuSeconds: findNumber(cpu, 'usage_usec ') / 1e6,
          cpuThrottledSeconds: findNumber(cpu, 'throttled_usec ') / 1e6,
          periods: findNumber(cpu, 'nr_periods '),
          throttledPeriods: findNumber(cpu, 'nr_throttled '),
          tasks: Number(read('tasks')),
          oomKills: findNumber(read('events') ?? '', 'oom_kill '),
        }
      },
      file('cgroup.procs'),
    )
  return {
    version: 'v2',
    name: `${GROUP_PREFIX}/${name}`,
    joinFiles: [file('cgroup.procs')],
    readOomKills,
    readRefusedTasks: async () => (await readKeys(file('pids.events')))('max'),
    readUsage: async () => readOnce(openMeter()),
    openMeter,
    async readLimits() {
      const [quota = 'max', period = String(PERIOD_US)] = (await readText(file('cpu.max'))).split(' ')
      const [memoryBytes, tasks] = await Promise.all([
        readNumber(file('memory.max')),
        readNumber(file('pids.max')),
      ])
      const cpuPercent = quota === 'max' ? Number.POSITIVE_INFINITY : (Number(quota) / Number(period)) * 100
      return { memoryBytes, tasks, cpuPercent }
    },
    async writeLimits({ memoryBytes, cpuPercent }) {
      await writeControl(file('memory.max'), memoryBytes)
      await writeControl(file('cpu.max'), renderQuota(cpuPercent))
    },
    boundsSwap: async () =>
      await readNumber(file('memory.swap.max')).then(
        (bytes) => bytes === 0,
        () => false,
      ),
    holds: (pid) =>
      readMembership(pid).some(
        ({ controllers, path }) => controllers.length === 0 && path.endsWith(`/${GROUP_PREFIX}/${name}`),
      ),
    listProcesses: () => listProcessesOf(folder),
    async kill() {
      // cgroup.kill came with Linux 5.14; it is atomic, what follows covers older kernels and waits for the end.
      await writeControl(file('cgroup.kill'), 1).catch(() => undefined)
      await killAll(folder)
    },
    remove: () => removeFolder(folder),
  }
}
