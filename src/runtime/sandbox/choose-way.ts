/** Which way a sandbox gets its uid on this host, found by trying the core of each, strongest first. */
import { isAtLeast, type IsolationTier } from '../../domain/enforcement.ts'
import { probeUid, type UidBlock } from '../../domain/uid-block.ts'
import { runProcess } from '../../system/spawn.ts'
import type { UidRange } from '../../system/uid-ranges.ts'
import type { LaunchHost, SandboxWay } from './build-launch-arguments.ts'
import { findProgram } from './find-program.ts'
import { openUidHolder, type UidHolder } from './uid-holder.ts'

/** Uids that the platform may give: a block of its own, and for a plain user the granted range that it lies in. */
export type UidSupply = { readonly block: UidBlock; readonly range: UidRange | null }

export type ChosenWay = {
  readonly way: SandboxWay
  /** Why a better one was passed over, one sentence; null when it is the best that this user can have. */
  readonly why: string | null
  readonly holder: UidHolder | null
}

export async function chooseWay(
  supply: UidSupply | null,
  programs: LaunchHost['programs'],
  weakest: IsolationTier,
): Promise<ChosenWay> {
  if (process.getuid?.() !== 0) {
    const chosen = await chooseForUser(supply, programs)
    if (weakest !== 'none') return chosen
    const why = await tryOut(buildThird(programs))
    return why === null ? chosen : { way: 'none', why, holder: null }
  }
  const uid = supply === null ? null : probeUid(supply.block)
  if (uid === null) throw new TypeError('root gives every server a uid of its own')
  const first = await tryOut(buildFirst(programs, uid))
  if (first === null) return { way: 1, why: null, holder: null }
  const second = await tryOut(buildSecond(programs))
  if (second === null) return { way: 2, why: `no user namespaces for servers: ${first}`, holder: null }
  if (!isAtLeast(weakest, 'namespaces')) return { way: 'user', why: second, holder: null }
  // Where neither works the first is kept: its complaint is the one that has a cure.
  return { way: 1, why: null, holder: null }
}

async function chooseForUser(
  supply: UidSupply | null,
  { unshare }: LaunchHost['programs'],
): Promise<ChosenWay> {
  const third = (why: string): ChosenWay => ({ way: 3, why, holder: null })
  if (!supply?.range) return third('this user has no range in /etc/subuid and /etc/subgid')
  if ((await findProgram('newuidmap')) === null) return third('newuidmap is not installed')
  const [nsenter, cat] = [await findProgram('nsenter'), await findProgram('cat')]
  if (nsenter === null || cat === null) return third('nsenter or cat is not installed')
  try {
    const holder = await openUidHolder({ unshare, nsenter, cat }, supply.range, supply.block)
    return { way: 4, why: null, holder }
  } catch (error) {
    return third(error instanceof Error ? error.message : String(error))
  }
}

const SHARED = ['--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev', '--', '/bin/true']

function buildFirst({ setpriv, bwrap }: LaunchHost['programs'], uid: number): readonly string[] {
  const drop = [setpriv, `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--']
  const options = ['--unshare-all', '--unshare-user', '--disable-userns', '--cap-drop', 'ALL']
  return [...drop, bwrap, ...options, ...SHARED]
}

function buildThird({ bwrap }: LaunchHost['programs']): readonly string[] {
  return [bwrap, '--unshare-all', '--unshare-user', '--disable-userns', '--cap-drop', 'ALL', ...SHARED]
}

function buildSecond({ bwrap }: LaunchHost['programs']): readonly string[] {
  return [bwrap, '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-net', ...SHARED]
}

/** Null when it worked, else what it complained about. */
async function tryOut(argv: readonly string[]): Promise<string | null> {
  const { code, stderr } = await runProcess(argv, { environment: {}, timeoutMs: 10_000 })
  return code === 0 ? null : stderr.trim().split('\n').at(-1)?.slice(0, 300) || `it ended with ${code}`
}
