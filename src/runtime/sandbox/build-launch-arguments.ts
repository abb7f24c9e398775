/** A policy as argument lists. Pure: the test shows them literally. */
import { SET_STAGE, WAIT_AT_GATE } from './launcher-scripts.ts'
import type { PolicySecret, SandboxPolicy } from './policy.ts'

/**
 * How the payload gets its host uid. 1: root drops it before bubblewrap makes a user namespace. 2: root, where there
 * are no user namespaces: bubblewrap runs as root and the uid drops inside. 3: a plain user's own. 4: one of a plain user's
 * subordinate uids, as 1 within a user namespace that holds them. `user` and `none` are plain processes, for tiers
 * that the operator has to ask for: with a uid of their own, and without.
 */
export type SandboxWay = 1 | 2 | 3 | 4 | 'user' | 'none'

export function isPlain(way: SandboxWay): way is 'user' | 'none' {
  return way === 'user' || way === 'none'
}

/** What this host has and where; found by the probe. */
export type LaunchHost = {
  readonly programs: {
    readonly sh: string
    readonly unshare: string
    readonly setpriv: string
    readonly bwrap: string
  }
  readonly way: SandboxWay
  /** Where the stage is mounted; must not hold any source. */
  readonly stage: string
  /** A directory with etc/, and places d0… and f0… to bind on. */
  readonly stageTemplate: string
  /** Top directories that are links into /usr on this host, or null for a real directory. */
  readonly systemFolders: readonly { readonly path: string; readonly link: string | null }[]
}

/** A bind with its place on the stage: `d3` for a directory, `f0` for a file, `v0` for an image. */
export type StagedBind = SandboxPolicy['binds'][number] & { readonly place: string }

export type LaunchArguments = {
  /** The chain, each link of which becomes the next by exec: one pid down to bubblewrap. */
  readonly argv: readonly string[]
  /** bubblewrap's options: go through a descriptor, since `ps` shows arguments to everybody. */
  readonly options: readonly string[]
  /** Contents for the descriptors from `FD.secrets` up, each read to its end. */
  readonly files: readonly Buffer[]
}

/** Descriptors of the chain; 0–2 are standard, 8 is the server's stderr until the gate opens. */
export const FD = { seccomp: 3, status: 4, options: 5, gate: 6, ready: 7, secrets: 9 } as const

/** Tasks beyond the server's own: two bubblewraps, and slack for the platform's own helpers inside. */
export const TASK_SLACK = 4

const SHM_BYTES = 64 * 2 ** 20

export function buildLaunchArguments(
  policy: SandboxPolicy,
  binds: readonly StagedBind[],
  host: LaunchHost,
  at: {
    readonly runDir: string
    readonly joinFiles: readonly string[]
    /** Way 4: what enters the namespace that holds the uids, and the policy's uid as it reads there. */
    readonly held?: { readonly enter: readonly string[]; readonly uid: number }
  },
): LaunchArguments {
  const { sh, unshare, setpriv, bwrap } = host.programs
  const inside = host.way === 2 ? buildDrop('/usr/bin/setpriv', policy.uid, INSIDE_DROP) : []
  const newNamespaces = [unshare, '--mount', '--net', '--propagation', 'private']
  const mapRoot = ['--user', '--map-root-user']
  const setStage = ['--', sh, '-c', SET_STAGE, 'sh', ...at.joinFiles, '--']
  const stage = [host.stageTemplate, host.stage, at.runDir]
  // bubblewrap must not start as real uid 0: its user namespace would leave the kernel's uid at 0.
  const uid = at.held?.uid ?? policy.uid
  const outside = host.way === 1 || host.way === 4 ? buildDrop(setpriv, uid, []) : []
  const waitAtGate = [
    bwrap,
    '--args',
    String(FD.options),
    '--',
    ...inside,
    '/bin/sh',
    '-c',
    WAIT_AT_GATE,
    'sh',
  ]
  const argv = [
    at.held?.enter ?? [],
    newNamespaces,
    host.way === 3 ? mapRoot : [],
    setStage,
    stage,
    binds.flatMap(({ place, source }) => [place, source]),
    '--',
    outside,
    waitAtGate,
    String(boundTasks(policy, host.way, at.joinFiles.length > 0)),
    String(policy.openFiles),
    String(Math.ceil(policy.fileBytes / 512)),
    policy.command,
  ].flat()
  const files = listSecretFiles(policy).map(({ value }) => value.revealBytes())
  return { argv, options: buildOptions(policy, binds, host), files }
}

/** Sandboxes of one server: what their common uid may run at most, where each has its own bound besides. */
const SANDBOXES_PER_UID = 64

/**
 * RLIMIT_NPROC counts by uid and user namespace (setrlimit(2)). Where a sandbox has no user namespace of its own, all
 * processes of a server count together; the control group bounds each.
 */
export function boundTasks({ limits }: SandboxPolicy, way: SandboxWay, hasGroup: boolean): number {
  const tasks = limits.maxProcesses + TASK_SLACK
  return (way === 2 || way === 'user') && hasGroup ? tasks * SANDBOXES_PER_UID : tasks
}

/** bubblewrap leaves root these three where there is no user namespace; with the uid they go as well. */
const DROP_CAPABILITIES = ['CAP_SETUID', 'CAP_SETGID', 'CAP_SETPCAP'] as const
const INSIDE_DROP = ['--inh-caps=-all', '--bounding-set=-all', '--no-new-privs'] as const

function buildDrop(setpriv: string, uid: number | null, more: readonly string[]): readonly string[] {
  if (uid === null) throw new TypeError('this way gives every sandbox a uid of its own')
  return [setpriv, `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', ...more, '--']
}

function buildNamespaces(way: SandboxWay): readonly (readonly string[])[] {
  if (way === 2) {
    return [
      ['--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup'],
      ['--cap-drop', 'ALL', ...DROP_CAPABILITIES.flatMap((name) => ['--cap-add', name])],
    ]
  }
  return [
    // The network namespace is the launcher's: it exists before the payload, which has no rights over it.
    ['--unshare-all', '--share-net'],
    // --unshare-all only tries the user namespace; this one fails where there is none.
    ['--unshare-user', '--uid', '1000', '--gid', '1000', '--disable-userns', '--assert-userns-disabled'],
    ['--cap-drop', 'ALL'],
  ]
}

function buildOptions(
  policy: SandboxPolicy,
  binds: readonly StagedBind[],
  host: LaunchHost,
): readonly string[] {
  const options = [
    ...buildNamespaces(host.way),
    ['--new-session'],
    policy.diesWithDaemon ? ['--die-with-parent'] : [],
    ['--hostname', 'sandbox', '--clearenv'],
    ...Object.entries(policy.environment).map(([name, value]) => ['--setenv', name, value]),
    ...listSecretVariables(policy).map(({ name, value }) => ['--setenv', name, value.reveal()]),
    ['--ro-bind', '/usr', '/usr'],
    ...host.systemFolders.map(({ path, link }) =>
      link === null ? ['--ro-bind', path, path] : ['--symlink', link, path],
    ),
    ['--ro-bind', `${host.stage}/etc`, '/etc'],
    ...ETC_FROM_HOST.map((path) => ['--ro-bind-try', path, path]),
    ['--proc', '/proc', '--dev', '/dev'],
    // --perms and --size hold for the next tmpfs only.
    ['--perms', '1777', '--size', String(policy.tmpBytes), '--tmpfs', '/tmp'],
    ['--perms', '1777', '--size', String(SHM_BYTES), '--tmpfs', '/dev/shm'],
    ...binds.map(({ place, target, writable }) => [
      writable ? '--bind' : '--ro-bind',
      `${host.stage}/${place}`,
      target,
    ]),
    ...buildSecretFiles(policy, host.way),
    // After all mounts: else the root tmpfs is writable and unbounded.
    ['--remount-ro', '/dev', '--remount-ro', '/'],
    ['--chdir', '/app', '--seccomp', String(FD.seccomp), '--json-status-fd', String(FD.status)],
  ].flat()
  return options.map((option) => {
    if (option.includes('\0')) throw new TypeError('a NUL byte would end the option and begin another')
    return option
  })
}

function listSecretVariables({ secrets = [] }: SandboxPolicy): readonly PolicySecret[] {
  return secrets.filter((secret) => secret.as === 'environment')
}

function listSecretFiles({ secrets = [] }: SandboxPolicy): readonly PolicySecret[] {
  return secrets.filter((secret) => secret.as === 'file')
}

/** bubblewrap reads each from its descriptor into memory (an unlinked file of its root tmpfs) and binds that. */
function buildSecretFiles(policy: SandboxPolicy, way: SandboxWay): readonly (readonly string[])[] {
  const files = listSecretFiles(policy)
  if (files.length === 0) return []
  // In way 2 they are root's, as bubblewrap is; nobody but the server is inside to read them.
  const modes = way === 2 ? { folder: '0555', file: '0444' } : { folder: '0500', file: '0400' }
  return [
    ['--perms', '0755', '--dir', '/run', '--perms', modes.folder, '--dir', '/run/secrets'],
    ...files.map(({ name }, index) => [
      '--perms',
      modes.file,
      '--ro-bind-data',
      String(FD.secrets + index),
      `/run/secrets/${name}`,
    ]),
  ]
}

/** Certificates, alternatives (java, editors …), the loader's cache, the zone: read-only, where the host has them. */
const ETC_FROM_HOST = [
  '/etc/ssl',
  '/etc/ca-certificates',
  '/etc/alternatives',
  '/etc/ld.so.cache',
  '/etc/localtime',
] as const
