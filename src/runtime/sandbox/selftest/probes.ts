/** The attacks of the self-test: what each one tries, and which protections stop it. The one table. */
import type { Enforcement, IsolationTier, ProtectionName } from '../../../domain/enforcement.ts'

type Means = ProtectionName | 'uid'

export type Probe = {
  readonly id: string
  /** What is tried. */
  readonly title: string
  /** Any one of these is enough; empty: stopped in every tier. */
  readonly stoppedBy: readonly Means[]
}

export const PROBES = [
  { id: 'SB-01', title: 'be a host user that somebody else is too', stoppedBy: ['uid'] },
  { id: 'SB-02', title: 'have capabilities, or be without the system-call filter', stoppedBy: ['seccomp'] },
  { id: 'SB-03', title: 'write the kernel’s settings', stoppedBy: [] },
  { id: 'SB-04', title: 'hide from the memory killer', stoppedBy: [] },
  { id: 'SB-05', title: 'make a device', stoppedBy: [] },
  { id: 'SB-06', title: 'become another user by a setuid file', stoppedBy: [] },
  { id: 'SB-07', title: 'trace processes, load BPF, use io_uring, keys, mount', stoppedBy: ['seccomp'] },
  { id: 'SB-08', title: 'make namespaces of its own', stoppedBy: ['seccomp'] },
  {
    id: 'SB-09',
    title: 'open sockets to the hypervisor, raw packets, the kernel’s crypto or firewall',
    stoppedBy: ['seccomp'],
  },
  { id: 'SB-10', title: 'type into a terminal', stoppedBy: ['seccomp'] },
  { id: 'SB-11', title: 'make system calls of a foreign architecture', stoppedBy: ['seccomp'] },
  { id: 'SB-13', title: 'read or write what the host lets everybody read', stoppedBy: ['fs'] },
  {
    id: 'S-40',
    title: 'read or write the platform’s files, another server’s data, /etc/shadow',
    stoppedBy: ['fs', 'uid'],
  },
  { id: 'S-42', title: 'signal the platform or another server', stoppedBy: ['fs', 'uid'] },
  { id: 'SB-14', title: 'write its own version, or the system', stoppedBy: ['fs', 'uid'] },
  { id: 'SB-15', title: 'link files of its version or the system into /data', stoppedBy: ['fs', 'uid'] },
  { id: 'SB-20', title: 'share /tmp and /dev/shm with the host', stoppedBy: ['fs'] },
  { id: 'SB-21', title: 'read the environment of other processes', stoppedBy: ['fs', 'uid'] },
  { id: 'SB-22', title: 'have its secrets shown by ps on the host', stoppedBy: [] },
  { id: 'SB-23', title: 'find descriptors of the platform', stoppedBy: [] },
  { id: 'SB-25', title: 'find variables that nobody wrote down', stoppedBy: [] },
  { id: 'SB-26', title: 'leave a core file', stoppedBy: [] },
  { id: 'SB-29', title: 'stay behind in a session of its own', stoppedBy: [] },
  { id: 'SB-33', title: 'take twice its memory in one process', stoppedBy: ['memory'] },
  { id: 'SB-34', title: 'take four times its memory in eight processes', stoppedBy: ['memory'] },
  { id: 'SB-35', title: 'fork without end', stoppedBy: ['pids'] },
  { id: 'SB-36', title: 'make threads without end', stoppedBy: ['pids'] },
  { id: 'SB-37', title: 'use more CPU than it was given, by three loops', stoppedBy: ['cpu'] },
  { id: 'SB-38', title: 'open descriptors without end', stoppedBy: ['open_files'] },
  { id: 'SB-39', title: 'fill /tmp and /dev/shm beyond their size', stoppedBy: ['fs'] },
  { id: 'SB-40', title: 'write twice what /data may hold', stoppedBy: ['disk'] },
  { id: 'SB-41', title: 'make 20,000 files in the host’s /tmp', stoppedBy: ['fs'] },
  { id: 'SB-42', title: 'fill the platform’s memory by one endless line', stoppedBy: [] },
  {
    id: 'SB-45',
    title: 'reach the host, its networks, the metadata service, a name server',
    stoppedBy: ['net'],
  },
  { id: 'SB-46', title: 'reach a place that is not on its list', stoppedBy: ['net'] },
  { id: 'SB-47', title: 'reach an address in any notation through the proxy', stoppedBy: ['net'] },
  { id: 'SB-48', title: 'reach a private address by a name through the proxy', stoppedBy: ['net'] },
  { id: 'SB-51', title: 'reach another server’s port or socket', stoppedBy: ['net'] },
  { id: 'neighbour', title: 'disturb another server meanwhile', stoppedBy: ['fs', 'uid'] },
] as const satisfies readonly Probe[]

export type ProbeId = (typeof PROBES)[number]['id']

/** What is in force decides, not the name of the tier: a limit may be hard in a weak one. */
export function isPromised({ stoppedBy }: Probe, record: Enforcement): boolean {
  return (
    stoppedBy.length === 0 ||
    stoppedBy.some((name) => (name === 'uid' ? record.uid === 'distinct' : record[name].level === 'hard'))
  )
}

/** What the tier's name alone proves, as `tierOf` has it; descriptors are bounded in each. */
const PROVED: Readonly<Record<IsolationTier, readonly Means[]>> = {
  strong: ['uid', 'fs', 'net', 'seccomp', 'memory', 'cpu', 'pids', 'open_files'],
  namespaces: ['fs', 'net', 'seccomp', 'open_files'],
  user: ['uid', 'open_files'],
  none: ['open_files'],
}

export function isProvedBy(tier: IsolationTier, { stoppedBy }: Probe): boolean {
  return stoppedBy.length === 0 || stoppedBy.some((name) => PROVED[tier].includes(name))
}
