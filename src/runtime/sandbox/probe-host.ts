/** What this host can enforce, found by trying: a whole sandbox is made and read back; nothing is inferred. */
import { join } from 'node:path'
import { tierOf, type Enforcement, type Protection } from '../../domain/enforcement.ts'
import { AppError } from '../../domain/error.ts'
import { probeUid } from '../../domain/uid-block.ts'
import { DEFAULT_LIMITS } from '../../domain/server.ts'
import { runProcess } from '../../system/spawn.ts'
import type { HostProbe } from '../ports.ts'
import { BASE_ENVIRONMENT } from './build-server-policy.ts'
import { isPlain, type SandboxWay } from './build-launch-arguments.ts'
import { removeOwned } from './change-owner.ts'
import { prepareVolume } from './disk/prepare-volume.ts'
import { imageOf } from './disk/volume.ts'
import { buildLimitChecks, readLimitFacts } from './check-limits.ts'
import { buildKernelChecks, readKernelFacts } from './check-kernel.ts'
import { checkPrograms } from './check-programs.ts'
import { createSandboxToken, type SandboxHost } from './open-host.ts'
import { findCure } from './find-cure.ts'
import { renderGaps } from './read-enforcement.ts'
import { runJob } from './run-job.ts'

type Check = HostProbe['checks'][number]

/** @param extra further checks, for example of the interpreters. */
export async function probeHost(
  host: SandboxHost,
  extra: () => Promise<readonly Check[]> = async () => [],
): Promise<HostProbe> {
  const programs = checkPrograms(host.programs)
  const trial = await trySandbox(host)
  const checks = [
    ...programs,
    await checkBubblewrap(host),
    checkGroups(host),
    ...buildKernelChecks(readKernelFacts()),
    ...buildLimitChecks(readLimitFacts()),
    ...trial.checks,
    ...(trial.enforcement === null ? [] : await extra()),
  ]
  const planned = trial.enforcement ?? NOTHING
  return { tier: tierOf(planned), planned, cgroup: host.groups?.version ?? 'none', checks }
}

const absent = { level: 'none', by: 'nothing', why: 'no sandbox can be made on this host' } as const
const NOTHING: Enforcement = {
  uid: 'platform',
  fs: absent,
  net: absent,
  seccomp: absent,
  memory: absent,
  cpu: absent,
  pids: absent,
  open_files: absent,
  disk: absent,
}

/** --disable-userns came with 0.8.0; on an older one no argument is dropped, the start is refused. */
const OLDEST_BUBBLEWRAP = [0, 8, 0] as const

async function checkBubblewrap({ launch }: SandboxHost): Promise<Check> {
  const result = await runProcess([launch.programs.bwrap, '--version'], { environment: {}, timeoutMs: 5000 })
  const found = /(\d+)\.(\d+)\.(\d+)/.exec(result.stdout)?.slice(1).map(Number) ?? []
  const fits = found.length > 0 && compare(found, OLDEST_BUBBLEWRAP) >= 0
  return {
    id: 'bubblewrap',
    area: 'sandbox',
    status: fits ? 'ok' : 'fail',
    found: result.code === 0 ? result.stdout.trim() : 'bubblewrap does not run',
    fix: fits ? null : 'Install it: apt-get install bubblewrap (0.8.0 or newer).',
  }
}

function compare(left: readonly number[], right: readonly number[]): number {
  const index = right.findIndex((part, at) => part !== left[at])
  return index === -1 ? 0 : (left[index] ?? 0) - (right[index] ?? 0)
}

export function checkGroups({ groups, groupsFound }: Pick<SandboxHost, 'groups' | 'groupsFound'>): Check {
  return {
    id: 'cgroup',
    area: 'limits',
    status: groups === null ? 'warn' : 'ok',
    found: groups === null ? `no control group can be used: ${groupsFound}` : groupsFound,
    fix:
      groups === null
        ? 'Run the platform as root, or as a service with Delegate=yes; else limits on memory and CPU are soft.'
        : null,
  }
}

const WAYS: Readonly<Record<SandboxWay, string>> = {
  1: 'every server gets a uid of its own',
  2: 'every server gets a uid of its own, without a user namespace (way 2)',
  3: 'servers share the platform’s uid behind a user namespace',
  4: 'every server gets a subordinate uid of this user (way 4)',
  user: 'servers are plain processes, each with a uid of its own, and see the host’s files and network',
  none: 'servers are plain processes of the platform’s own user: nothing contains them',
}

const UIDMAP = 'apt-get install uidmap'
const RANGE = 'usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER'
const USERNS_FIX =
  'Servers are contained without them; to have both: sysctl kernel.unprivileged_userns_clone=1 or user.max_user_namespaces=10000.'

/** What would give every server a uid of its own; null where it has one, or this user can do nothing about it. */
export function findUidFix({ way, whyWay }: Pick<SandboxHost, 'way' | 'whyWay'>): string | null {
  if (way === 2) return USERNS_FIX
  if (isPlain(way))
    return 'Make sandboxes possible first: haivemind doctor with min_isolation_tier namespaces says how.'
  if (way !== 3) return null
  if (whyWay?.includes('newuidmap is not installed') === true)
    return `Install it: ${UIDMAP}; and leave NoNewPrivileges off.`
  return `Run the platform as root; or ${UIDMAP}, give the user a range (${RANGE}), and leave NoNewPrivileges off.`
}

const TRIAL_DISK_MB = 16

/** Inside, a new namespace must fail: that is the filter at work, since the payload may else try. */
const TRY_FILTER =
  'if unshare --user true 2>/dev/null; then echo namespaces=open; else echo namespaces=closed; fi'

async function trySandbox(
  host: SandboxHost,
): Promise<{ readonly enforcement: Enforcement | null; readonly checks: readonly Check[] }> {
  const lines: string[] = []
  const uid = host.uids === null ? null : probeUid(host.uids)
  const token = createSandboxToken(host, 's')
  const dataDir = join(host.runRoot, token)
  host.active.add(token)
  try {
    const volume = await prepareVolume(host, { dataDir, uid, diskMb: TRIAL_DISK_MB })
    const { enforcement, outcome } = await runJob(
      host,
      {
        uid,
        command: ['/bin/sh', '-c', TRY_FILTER],
        environment: BASE_ENVIRONMENT,
        binds: [
          { source: host.emptyDir, target: '/app', writable: false },
          { source: volume.source, target: '/data', writable: true, image: volume.means === 'image' },
        ],
        limits: DEFAULT_LIMITS,
        tmpBytes: 2 ** 20,
        openFiles: 256,
        fileBytes: 2 ** 20,
        volume,
        diesWithDaemon: true,
      },
      { timeoutSeconds: 10, onLine: (line) => lines.push(line) },
    )
    const closed = lines.includes('namespaces=closed')
    const tier = tierOf(enforcement)
    const checks: Check[] = [
      {
        id: 'sandbox',
        area: 'sandbox',
        status: tier === 'strong' ? 'ok' : 'warn',
        found: `a whole sandbox was made and read back: tier ${tier}`,
        fix: tier === 'strong' ? null : `What is missing: ${renderGaps(enforcement)}.`,
      },
      {
        id: 'uids',
        area: 'sandbox',
        status: host.way === 3 || host.whyWay !== null ? 'warn' : 'ok',
        found: `${WAYS[host.way]}${host.whyWay === null ? '' : `: ${host.whyWay}`}`,
        fix: findUidFix(host),
      },
      {
        id: 'filter',
        area: 'sandbox',
        status: closed ? 'ok' : 'fail',
        found: closed
          ? 'the system-call filter is loaded and refuses new namespaces'
          : `the system-call filter did not refuse new namespaces (trial ${outcome})`,
        fix: closed ? null : 'Report this with the kernel’s version: it should not happen.',
      },
      checkDisk(host, enforcement.disk),
    ]
    return { enforcement: closed ? enforcement : { ...enforcement, seccomp: NOTHING.seccomp }, checks }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return {
      enforcement: null,
      checks: [
        {
          id: 'sandbox',
          area: 'sandbox',
          status: 'fail',
          found: message,
          fix: error instanceof AppError ? error.hint : findCure(message),
        },
      ],
    }
  } finally {
    for (const path of [imageOf(dataDir), dataDir]) await removeOwned(host, host.runRoot, path)
    host.active.delete(token)
  }
}

function checkDisk({ disk }: SandboxHost, { level, by, why }: Protection): Check {
  const isHard = level === 'hard'
  return {
    id: 'disk',
    area: 'limits',
    status: isHard ? 'ok' : 'warn',
    found: isHard ? `the space of /data is held by ${by}` : `the space of /data is ${level}: ${why ?? by}`,
    fix: isHard ? null : (disk.fix ?? 'Keep the data directory on a file system of its own.'),
  }
}
