/**
 * The one door to other processes: reading /proc and sending signals.
 * A process is meant by pid together with start time; across boots, with the boot id too. Reads are synchronous
 * (microseconds, no disk), so that nothing comes between the check of an identity and its signal.
 */
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { readFile, statfs } from 'node:fs/promises'

export type ProcessIdentity = {
  readonly pid: number
  /** Clock ticks since boot, field 22 of /proc/PID/stat. */
  readonly startTime: number
}

export type ProcessFacts = ProcessIdentity & {
  readonly name: string
  /** One letter of proc(5): R, S, D, T, Z … */
  readonly state: string
  readonly parent: number
  /** Process group. */
  readonly group: number
  /** Seconds, its own and of the children it waited for. */
  readonly cpuSeconds: number
}

/** USER_HZ: 100 on every Linux port that Node runs on; /proc counts in it whatever CONFIG_HZ is. */
const TICKS_PER_SECOND = 100

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null // gone, or not ours to see: both mean "not known"
  }
}

/** A setting below /proc/sys, for example user/max_user_namespaces; null where the kernel has none. */
export function readSetting(name: string): string | null {
  return read(`/proc/sys/${name}`)?.trim() ?? null
}

export function readBootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
}

/** Null when there is no such process. A zombie is still found, with state Z. */
export function findProcess(pid: number): ProcessFacts | null {
  const stat = read(`/proc/${pid}/stat`)
  if (stat === null) return null
  // The name may hold spaces and parentheses: fields are counted from the last ')'.
  const close = stat.lastIndexOf(')')
  const fields = stat.slice(close + 2).split(' ')
  const at = (field: number) => Number(fields[field - 3])
  return {
    pid,
    name: stat.slice(stat.indexOf('(') + 1, close),
    state: fields[0] ?? '?',
    parent: at(4),
    group: at(5),
    cpuSeconds: (at(14) + at(15) + at(16) + at(17)) / TICKS_PER_SECOND,
    startTime: at(22),
  }
}

/** Is it this very process, and not yet dead? A zombie has ended: it only waits to be collected. */
export function isAlive(identity: ProcessIdentity): boolean {
  const found = findProcess(identity.pid)
  return (
    found !== null && found.startTime === identity.startTime && found.state !== 'Z' && found.state !== 'X'
  )
}

/** Whether any process has this number, whoever it is: a tenth of what it takes to find that out. */
export function isTaken(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

/** False when it is gone or not ours to signal. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  return isAlive(identity) && send(identity.pid, signal)
}

/** Signals the process group that this process leads; to no effect when it leads none. */
export function signalGroup(leader: ProcessIdentity, signal: NodeJS.Signals): boolean {
  return isAlive(leader) && send(-leader.pid, signal)
}

function send(target: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(target, signal)
  } catch {
    return false
  }
}

/** Waits until it has ended, looking every 5 ms; false when it outlives `timeoutMs`. */
export async function waitUntilGone(identity: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  for (let waited = 0; isAlive(identity); waited += 5) {
    if (waited >= timeoutMs) return false
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return true
}

export function listChildren(pid: number): readonly number[] {
  const tasks = readFolder(`/proc/${pid}/task`)
  return tasks.flatMap((task) =>
    (read(`/proc/${pid}/task/${task}/children`) ?? '').split(' ').filter(Boolean).map(Number),
  )
}

/** The process and all its descendants as they are now, parents first. */
export function listTree(root: number): readonly ProcessFacts[] {
  const facts = findProcess(root)
  return facts === null ? [] : [facts, ...listChildren(root).flatMap(listTree)]
}

/** Its arguments; empty for a zombie or a stranger. */
export function readCommandLine(pid: number): readonly string[] {
  return (read(`/proc/${pid}/cmdline`) ?? '').split('\0').slice(0, -1)
}

export function countThreads(pid: number): number {
  return readFolder(`/proc/${pid}/task`).length
}

/** Proportional set size in bytes (shared pages counted once over all sharers); null when it may not be read. */
export async function readMemory(pid: number): Promise<number | null> {
  // The kernel walks the page tables for it: milliseconds for a big process, so never synchronously.
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '')
  const match = /^Pss:\s+(\d+) kB/m.exec(text)
  return match === null ? null : Number(match[1]) * 1024
}

export type Credentials = {
  /** Real, effective, saved, file-system. */
  readonly uids: readonly number[]
  readonly gids: readonly number[]
  readonly groups: readonly number[]
  /** Every set of capabilities: inheritable, permitted, effective, bounding, ambient. */
  readonly capabilities: readonly bigint[]
  readonly noNewPrivs: boolean
  /** 2 is a filter. */
  readonly seccompMode: number
  /** Its pid in each nested pid namespace, ours first. */
  readonly namespacePids: readonly number[]
}

export function readCredentials(pid: number): Credentials | null {
  const status = read(`/proc/${pid}/status`)
  if (status === null) return null
  const words = (key: string) =>
    (new RegExp(`^${key}:(.*)$`, 'm').exec(status)?.[1] ?? '').trim().split(/\s+/).filter(Boolean)
  return {
    uids: words('Uid').map(Number),
    gids: words('Gid').map(Number),
    groups: words('Groups').map(Number),
    capabilities: ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'].map((set) =>
      BigInt(`0x${words(set)[0] ?? 'f'}`),
    ),
    noNewPrivs: words('NoNewPrivs')[0] === '1',
    seccompMode: Number(words('Seccomp')[0] ?? 0),
    namespacePids: words('NSpid').map(Number),
  }
}

export const NAMESPACES = ['user', 'pid', 'net', 'ipc', 'uts', 'mnt', 'cgroup'] as const
export type NamespaceName = (typeof NAMESPACES)[number]

/** For example 'net:[4026531840]'; null when it may not be read. */
export function readNamespace(pid: number | 'self', name: NamespaceName): string | null {
  return readLink(`/proc/${pid}/ns/${name}`)
}

/** Its control groups: controllers (empty for v2) and path. */
export function readMembership(
  pid: number | 'self',
): readonly { readonly controllers: readonly string[]; readonly path: string }[] {
  return (read(`/proc/${pid}/cgroup`) ?? '')
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [, controllers = '', ...path] = line.split(':')
      return { controllers: controllers.split(',').filter(Boolean), path: path.join(':') }
    })
}

/** Soft and hard bound as the kernel prints them, for example ['1024', '1024']; null when not known. */
export function readRlimit(
  pid: number,
  name: 'Max open files' | 'Max processes' | 'Max file size' | 'Max core file size',
): readonly [string, string] | null {
  const match = new RegExp(`^${name}\\s+(\\S+)\\s+(\\S+)`, 'm').exec(read(`/proc/${pid}/limits`) ?? '')
  return match === null ? null : [match[1] ?? '', match[2] ?? '']
}

/** The size of the file system at `path` as this process sees it; null when it may not be asked. */
export async function readSpaceInside(pid: number, path: string): Promise<number | null> {
  const found = await statfs(`/proc/${pid}/root${path}`).catch(() => null)
  return found === null ? null : found.blocks * found.bsize
}

/** The processes that were started with this HOME and may be asked for it. */
export function listProcessesAtHome(home: string): readonly ProcessFacts[] {
  return readFolder('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => read(`/proc/${pid}/environ`)?.split('\0').includes(`HOME=${home}`) === true)
    .map((pid) => findProcess(Number(pid)))
    .filter((found) => found !== null)
}

/** The processes that run as a uid from `first` on, `count` of them. */
export function listProcessesOf(first: number, count: number): readonly ProcessFacts[] {
  return readFolder('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      const uid = statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid ?? 0
      return uid >= first && uid < first + count
    })
    .map((pid) => findProcess(Number(pid)))
    .filter((found) => found !== null)
}

export type Mount = {
  readonly root: string
  readonly target: string
  readonly type: string
  /** Options of the superblock: for cgroup v1 the controllers. */
  readonly options: readonly string[]
}

export function listMounts(): readonly Mount[] {
  return (read('/proc/self/mountinfo') ?? '')
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [before = '', after = ''] = line.split(' - ')
      const fields = before.split(' ')
      const [type = '', , options = ''] = after.split(' ')
      return { root: fields[3] ?? '', target: fields[4] ?? '', type, options: options.split(',') }
    })
}

/** Is any swap in use on this machine: without a bound on it memory may exceed its limit by going there. */
export function hasSwap(): boolean {
  return (read('/proc/swaps') ?? '').trim().split('\n').length > 1
}

/** Descriptors that this process has open. */
export function countDescriptors(): number {
  return readFolder('/proc/self/fd').length
}

/** Descriptors above 2 that a child would inherit: those without close-on-exec (O_CLOEXEC, octal 02000000). */
export function listInheritedDescriptors(): readonly number[] {
  return readFolder('/proc/self/fdinfo')
    .map(Number)
    .filter((fd) => fd > 2)
    .filter((fd) => {
      const flags = /^flags:\s+(\d+)/m.exec(read(`/proc/self/fdinfo/${fd}`) ?? '')
      return flags !== null && (Number.parseInt(flags[1] ?? '', 8) & 0o2000000) === 0
    })
}

/**
 * A path to what descriptor `fd` is open on, whatever became of its name. With a name behind it, it is openat(2): no
 * link on the way can lead elsewhere.
 */
export function pathOfDescriptor(fd: number): string {
  return `/proc/self/fd/${fd}`
}

/** Who listens on this TCP port; null when nobody does, or when it is not ours to see. */
export function findListener(port: number): ProcessFacts | null {
  const inode = ['/proc/net/tcp', '/proc/net/tcp6']
    .flatMap((table) => (read(table) ?? '').split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    // 0A is LISTEN; the port stands behind the address, in hexadecimal.
    .find(
      ([, local = '', , state]) => state === '0A' && Number.parseInt(local.split(':')[1] ?? '', 16) === port,
    )?.[9]
  if (inode === undefined) return null
  const pid = readFolder('/proc')
    .filter((name) => /^\d+$/.test(name))
    .find((name) =>
      readFolder(`/proc/${name}/fd`).some((fd) => readLink(`/proc/${name}/fd/${fd}`) === `socket:[${inode}]`),
    )
  return pid === undefined ? null : findProcess(Number(pid))
}

function readLink(path: string): string | null {
  try {
    return readlinkSync(path)
  } catch {
    return null
  }
}

function readFolder(path: string): readonly string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}
