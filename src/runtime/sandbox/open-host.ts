/**
 * What this machine has for sandboxes, found once: programs, control groups, the way to drop the uid; and the
 * files that every sandbox uses (stage template, filter). Shared by backend, jail and probe.
 */
import { createHash } from 'node:crypto'
import { chmod, lstat, mkdir, readlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { IsolationTier } from '../../domain/enforcement.ts'
import type { Clock } from '../../domain/clock.ts'
import type { UidBlock } from '../../domain/uid-block.ts'
import type { ControlGroups } from '../../system/cgroup-files.ts'
import { detectControlGroups } from '../../system/cgroups.ts'
import type { Logger } from '../../system/log.ts'
import { readBootId, readRlimit } from '../../system/process-table.ts'
import { createToken } from '../../system/random.ts'
import { isPlain, type LaunchHost, type SandboxWay } from './build-launch-arguments.ts'
import { chooseWay, type UidSupply } from './choose-way.ts'
import { findDiskMeans, type DiskMeans } from './disk/disk-means.ts'
import { findProgram } from './find-program.ts'
import type { UidHolder } from './uid-holder.ts'
import { buildFilter, encodeFilter } from './seccomp/build-filter.ts'
import { ARCHITECTURES } from './seccomp/syscalls.ts'

export type SandboxDeps = {
  /** Absolute, private (0700); holds sandbox/, run/ and runtimes/. */
  readonly dataDir: string
  /** Host uids for servers and jobs; null: a plain user that has none to give. */
  readonly supply: UidSupply | null
  /** The weakest tier that the operator allows; absent: `namespaces`. Below it plain processes are a way too. */
  readonly weakest?: IsolationTier
  readonly clock: Clock
  readonly logger: Logger
}

export const PROGRAM_NAMES = [
  'sh',
  'unshare',
  'setpriv',
  'bwrap',
  'nsenter',
  'ip',
  'mount',
  'mkfifo',
  'chown',
  'setsid',
] as const
type ProgramName = (typeof PROGRAM_NAMES)[number]

export type SandboxHost = SandboxDeps & {
  readonly way: SandboxWay
  /** Why not a better one; null when it is the best for this user. */
  readonly whyWay: string | null
  /** Uids of servers and jobs; null where they have the platform's own. */
  readonly uids: UidBlock | null
  /** Way 4 only. */
  readonly holder: UidHolder | null
  /** What bounds the /data of servers. */
  readonly disk: DiskMeans
  /** Absolute paths; a program that is missing is absent. */
  readonly programs: Readonly<Partial<Record<ProgramName, string>>>
  readonly groups: ControlGroups | null
  /** One sentence: which groups, or why none. */
  readonly groupsFound: string
  readonly launch: LaunchHost
  readonly filterFile: string
  /** The most descriptors that this user may give a process: no limit is raised above it. */
  readonly maxOpenFiles: number
  /** Holds nothing: for trials that need no /app. */
  readonly emptyDir: string
  readonly runRoot: string
  readonly bootId: string
  /** Names this data directory's sandboxes among those of other daemons on the machine. */
  readonly owner: string
  /** Tokens of sandboxes that this process is making, running or ending: a sweep leaves them alone. */
  readonly active: Set<string>
}

/** Never throws for what the host lacks: the probe names it, and starts are refused with that text. */
export async function openSandboxHost(deps: SandboxDeps): Promise<SandboxHost> {
  const owner = createHash('sha256').update(deps.dataDir).digest('hex').slice(0, 8)
  const folder = join(deps.dataDir, 'sandbox')
  const runRoot = join(deps.dataDir, 'run')
  const emptyDir = join(folder, 'empty')
  for (const path of [folder, runRoot, emptyDir]) await mkdir(path, { recursive: true, mode: 0o700 })
  await chmod(emptyDir, 0o755)
  const found = await findPrograms()
  const programs = {
    sh: found.sh ?? '/bin/sh',
    unshare: found.unshare ?? '/usr/bin/unshare',
    setpriv: found.setpriv ?? '/usr/bin/setpriv',
    bwrap: found.bwrap ?? '/usr/bin/bwrap',
  }
  const isRoot = process.getuid?.() === 0
  const { way, why, holder } = await chooseWay(deps.supply, programs, deps.weakest ?? 'namespaces')
  // Named as a scratch, so that a daemon's next start sweeps what a kill meanwhile leaves of it.
  const detection = await detectControlGroups(buildSandboxToken(owner, 's'))
  return {
    ...deps,
    way,
    whyWay: why,
    uids: way === 3 || way === 'none' ? null : (deps.supply?.block ?? null),
    holder,
    disk: isPlain(way) ? NO_IMAGES : await findDiskMeans(isRoot, folder, emptyDir),
    programs: found,
    groups: detection.groups,
    groupsFound: detection.found,
    launch: {
      programs,
      way,
      stage: chooseStage(deps.dataDir),
      stageTemplate: await writeStageTemplate(join(folder, 'stage')),
      systemFolders: await findSystemFolders(),
    },
    filterFile: await writeFilter(folder),
    maxOpenFiles: Number(readRlimit(process.pid, 'Max open files')?.[1] ?? 1024),
    emptyDir,
    runRoot,
    bootId: readBootId(),
    owner,
    active: new Set(),
  }
}

/** An image is mounted by a launcher, and a plain process has none. */
export const NO_IMAGES: DiskMeans = {
  images: null,
  quota: null,
  why: 'a plain process has no mounts of its own',
  fix: null,
}

export const SANDBOX_TOKEN = /^[0-9a-f]{8}-[ijs][A-Za-z0-9-]{16}$/

/** The name of a sandbox's run directory and control group. `kind`: i for instances, j for jobs, s for the scratch of a job. */
export function createSandboxToken(host: SandboxHost, kind: 'i' | 'j' | 's'): string {
  return buildSandboxToken(host.owner, kind)
}

function buildSandboxToken(owner: string, kind: 'i' | 'j' | 's'): string {
  return `${owner}-${kind}${createToken(12).replaceAll('_', '-')}`
}

async function findPrograms(): Promise<SandboxHost['programs']> {
  const found = await Promise.all(
    PROGRAM_NAMES.map(async (name) => {
      const path = await findProgram(name)
      return path === null ? null : ([name, path] as const)
    }),
  )
  return Object.fromEntries(found.filter((entry) => entry !== null))
}

/** The stage covers this directory in the launcher's own mount namespace, so no source may lie below it. */
function chooseStage(dataDir: string): string {
  return `${dataDir}/`.startsWith('/mnt/') ? '/media' : '/mnt'
}

/** Without merged /usr the top directories are real ones and are bound instead of linked. */
async function findSystemFolders(): Promise<LaunchHost['systemFolders']> {
  const found = await Promise.all(
    ['/bin', '/sbin', '/lib', '/lib64'].map(async (path) => {
      const facts = await lstat(path).catch(() => null)
      if (facts === null) return []
      return [{ path, link: facts.isSymbolicLink() ? await readlink(path) : null }]
    }),
  )
  return found.flat()
}

/** How many directories and files may be bound into one sandbox. */
export const STAGE_PLACES = { d: 24, f: 8, v: 1 } as const

/**
 * A read-only pattern that each launcher binds as its stage: one mount instead of making directories each time.
 * /etc is as small as programs allow: `localhost` and the user's name must resolve.
 */
async function writeStageTemplate(template: string): Promise<string> {
  const etc = join(template, 'etc')
  for (const name of ['ssl', 'ca-certificates', 'alternatives']) {
    await mkdir(join(etc, name), { recursive: true, mode: 0o755 })
  }
  const files = {
    passwd: 'root:x:0:0:root:/root:/usr/sbin/nologin\nserver:x:1000:1000:server:/data:/bin/sh\n',
    group: 'root:x:0:\nserver:x:1000:\n',
    hosts: '127.0.0.1 localhost\n::1 localhost\n',
    'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
    'resolv.conf': '',
    'ld.so.cache': '',
    localtime: '',
  }
  for (const [name, text] of Object.entries(files)) await writeReadable(join(etc, name), text)
  for (const kind of ['d', 'v'] as const) {
    for (let n = 0; n < STAGE_PLACES[kind]; n++)
      await mkdir(join(template, `${kind}${n}`), { recursive: true })
  }
  for (let n = 0; n < STAGE_PLACES.f; n++) await writeReadable(join(template, `f${n}`), '')
  // Passable but not listable for the server's uid; the directories above it stay private.
  await chmod(template, 0o711)
  return template
}

async function writeReadable(path: string, text: string): Promise<void> {
  await writeFile(path, text)
  await chmod(path, 0o644)
}

async function writeFilter(folder: string): Promise<string> {
  const architecture = ARCHITECTURES.find((name) => name === process.arch)
  const path = join(folder, 'filter')
  // An unknown machine gets an empty file, which bubblewrap refuses: no start without a filter.
  await writeFile(path, architecture === undefined ? '' : encodeFilter(buildFilter(architecture)))
  return path
}
