/** What is in force for a sandbox that waits at its gate, read from the kernel and not from what was asked for. */
import { PROTECTIONS, type Enforcement, type Protection } from '../../domain/enforcement.ts'
import type { ControlGroup } from '../../system/cgroup-files.ts'
import {
  hasSwap,
  NAMESPACES,
  readCredentials,
  readNamespace,
  readRlimit,
  readSpaceInside,
} from '../../system/process-table.ts'
import { isPlain, TASK_SLACK, type SandboxWay } from './build-launch-arguments.ts'
import type { Launched } from './launch.ts'
import type { SandboxPolicy } from './policy.ts'

export type Confirmation =
  | { readonly kind: 'confirmed'; readonly enforcement: Enforcement }
  /** Something that no tier allows: it must not run. */
  | { readonly kind: 'broken'; readonly why: string }

/** Its place in `Credentials.capabilities`. */
const BOUNDING = 3

const hard = (by: string): Protection => ({ level: 'hard', by, why: null })
const soft = (by: string, why: string): Protection => ({ level: 'soft', by, why })
const none = (why: string): Protection => ({ level: 'none', by: 'nothing', why })

export async function readEnforcement(
  launched: Launched,
  policy: SandboxPolicy,
  way: SandboxWay,
): Promise<Confirmation> {
  const { pid } = launched.payload
  const credentials = readCredentials(pid)
  if (credentials === null) return { kind: 'broken', why: 'its process cannot be inspected' }
  const uid = policy.uid ?? process.getuid?.() ?? 0
  if (uid === 0 || credentials.uids.some((found) => found !== uid)) {
    return { kind: 'broken', why: `it runs as host uid ${credentials.uids.join('/')}, not ${uid}` }
  }
  // The bounding set grants nothing by itself, and only root can empty it.
  const sets = credentials.capabilities.filter((_, index) => way !== 'none' || index !== BOUNDING)
  if (sets.some((set) => set !== 0n)) {
    return { kind: 'broken', why: 'it still has capabilities' }
  }
  if (!credentials.noNewPrivs) return { kind: 'broken', why: 'it may gain privileges' }
  if (policy.uid !== null && credentials.groups.length > 0) {
    return { kind: 'broken', why: `it is still in the groups ${credentials.groups.join(', ')}` }
  }
  // Way 2 makes no user namespace: its payload has no capability, and the filter refuses new ones.
  const wanted = NAMESPACES.filter((name) => name !== 'user' || way !== 2)
  const shared = wanted.filter((name) => readNamespace(pid, name) === readNamespace('self', name))
  const limits = await readGroupProtections(launched.group, pid, policy, way)
  return {
    kind: 'confirmed',
    enforcement: {
      uid: policy.uid === null ? 'platform' : 'distinct',
      fs: isPlain(way)
        ? none('a plain process: it sees the files of the host that its user may see')
        : shared.some((name) => name !== 'net')
          ? none(`it shares the ${shared.join(', ')} namespace of the host`)
          : hard(way === 2 ? 'mount and pid namespaces' : 'mount, user and pid namespaces'),
      net: shared.includes('net') ? none('it shares the network of the host') : hard('network namespace'),
      seccomp:
        credentials.seccompMode === 2 ? hard('seccomp filter') : none('no system-call filter is loaded'),
      ...limits,
      open_files: hasRlimit(pid, 'Max open files', policy.openFiles)
        ? hard('RLIMIT_NOFILE')
        : none('the limit on descriptors was not taken'),
      disk: await readDisk(pid, policy),
    },
  }
}

/** What the kernel says of the file system at /data: a quota counts only while it is no larger than it should be. */
async function readDisk(pid: number, { volume }: SandboxPolicy): Promise<Protection> {
  if (volume === null) return none('nothing of it is kept')
  if (volume.means === 'counted') return soft(COUNTING, volume.why ?? 'its files are added up now and then')
  const bytes = await readSpaceInside(pid, '/data')
  const by = volume.means === 'image' ? 'loop image' : 'project quota'
  if (bytes === null || bytes > volume.bytes) return none(`the ${by} is not in force`)
  return { level: 'hard', by, why: volume.why }
}

const COUNTING = 'adding up'
const WATCHDOG = 'watchdog'

/** A record that names the watchdog is true only while one runs. */
export function needsWatchdog({ memory, cpu }: Enforcement): boolean {
  return memory.by === WATCHDOG || cpu.by === WATCHDOG
}

type Limits = Pick<Enforcement, 'memory' | 'cpu' | 'pids'>

async function readGroupProtections(
  group: ControlGroup | null,
  pid: number,
  { limits }: SandboxPolicy,
  way: SandboxWay,
): Promise<Limits> {
  const tasks = limits.maxProcesses + TASK_SLACK
  const without = 'no writable control group'
  const byUid = way === 2 || way === 'user'
  const watched: Limits = {
    memory: soft(WATCHDOG, `${without}: its memory is added up and it is ended when over`),
    cpu: soft(WATCHDOG, `${without}: it is paused when over`),
    pids: hasRlimit(pid, 'Max processes', tasks)
      ? hard(byUid ? 'RLIMIT_NPROC of a uid of its own' : 'RLIMIT_NPROC in a user namespace')
      : none('nothing bounds the number of its tasks'),
  }
  if (group === null || !group.holds(pid)) return watched
  const found = await group.readLimits()
  const by = group.version === 'v1' ? 'cgroup v1' : 'cgroup v2'
  // The kernel keeps whole pages.
  const memoryTaken = Math.abs(found.memoryBytes - limits.memoryMb * 2 ** 20) < 65_536
  const swaps = hasSwap() && !(await group.boundsSwap())
  return {
    memory: !memoryTaken
      ? watched.memory
      : swaps
        ? soft(by, 'memory may go to swap, which this kernel does not bound')
        : hard(by),
    cpu: Math.abs(found.cpuPercent - limits.cpuPercent) < 1 ? hard(by) : watched.cpu,
    pids: found.tasks === tasks ? hard(by) : watched.pids,
  }
}

function hasRlimit(pid: number, name: Parameters<typeof readRlimit>[1], value: number): boolean {
  return readRlimit(pid, name)?.every((bound) => Number(bound) === value) ?? false
}

/** The protections below hard, each with its reason: what doctor and a refused start say. */
export function renderGaps(enforcement: Enforcement): string {
  const gaps = PROTECTIONS.filter((name) => enforcement[name].level !== 'hard').map(
    (name) => `${name}: ${enforcement[name].level} (${enforcement[name].why ?? enforcement[name].by})`,
  )
  const own = enforcement.uid === 'platform' ? ['uid: the platform’s own'] : []
  return [...own, ...gaps].join('; ')
}
