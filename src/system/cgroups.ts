/**
 * The one door to control groups. Found by trying: a group is made and a process moved into it, since a listed
 * controller may still refuse both. Groups are named `haivemind/<token>`.
 */
import { join } from 'node:path'
import { readText, type ControlGroups } from './cgroup-files.ts'
import { openV1 } from './cgroups-v1.ts'
import { isRootGroup, openV2 } from './cgroups-v2.ts'
import { listMounts, readMembership, type Mount } from './process-table.ts'
import { runProcess } from './spawn.ts'

export type GroupDetection = { readonly groups: ControlGroups | null; readonly found: string }

/** @param probeName an unused group name, for the trial. */
export async function detectControlGroups(
  probeName: string,
  mounts: readonly Mount[] = listMounts(),
): Promise<GroupDetection> {
  const problems: string[] = []
  for (const open of [() => findV2(mounts, 'top'), () => findV2(mounts, 'own'), () => findV1(mounts)]) {
    try {
      const groups = await open()
      if (typeof groups === 'string') {
        problems.push(groups)
        continue
      }
      await tryOut(groups, probeName)
      return { groups, found: `cgroup ${groups.version}: memory, cpu and tasks can be limited` }
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error))
    }
  }
  return { groups: null, found: [...new Set(problems)].join('; ') }
}

/** Makes a group and lets a process of its own move in; both are undone. Throws with the system's reason. */
async function tryOut(groups: ControlGroups, name: string): Promise<void> {
  const group = await groups.create(name, { memoryBytes: 64 * 2 ** 20, cpuPercent: 100, tasks: 16 })
  try {
    const join = 'for f; do echo $$ > "$f" || exit 1; done'
    const result = await runProcess(['/bin/sh', '-c', join, 'sh', ...group.joinFiles], {
      environment: {},
      timeoutMs: 5000,
    })
    if (result.code !== 0) throw new Error(`moving a process into a cgroup: ${result.stderr.trim()}`)
  } finally {
    await group.remove()
  }
}

function findV1(mounts: readonly Mount[]): ControlGroups | string {
  const find = (controller: string) =>
    mounts.find((mount) => mount.type === 'cgroup' && mount.options.includes(controller))?.target
  const [memory, pids, cpu, cpuacct] = ['memory', 'pids', 'cpu', 'cpuacct'].map(find)
  if (memory === undefined || pids === undefined || cpu === undefined || cpuacct === undefined) {
    return 'no cgroup v1 with memory, pids, cpu and cpuacct is mounted'
  }
  return openV1({ memory, pids, cpu, cpuacct })
}

/**
 * `top`: the root of the hierarchy, for a daemon that may write there: its instances outlive it, and the next one
 * finds them wherever it is started from. `own`: the daemon's group, delegated to it by a service manager.
 */
async function findV2(mounts: readonly Mount[], place: 'top' | 'own'): Promise<ControlGroups | string> {
  const mount = mounts.find(({ type }) => type === 'cgroup2')
  if (mount === undefined) return 'no cgroup v2 is mounted'
  const own = readMembership('self').find(({ controllers }) => controllers.length === 0)?.path ?? '/'
  // A daemon that was restarted inside the group it once made starts from the one above.
  const base = place === 'top' ? mount.target : join(mount.target, own.replace(/\/supervisor$/, ''))
  const controllers = (await readText(join(base, 'cgroup.controllers'))).split(/\s+/)
  const missing = ['memory', 'pids', 'cpu'].filter((name) => !controllers.includes(name))
  if (missing.length > 0) return `cgroup v2 lacks ${missing.join(', ')}`
  // In a container the mount begins at a group like any other: it must be the daemon's own to be rearranged.
  if (place === 'top' && !(await isRootGroup(base))) return 'the top of cgroup v2 is not its root'
  return await openV2(base)
}
