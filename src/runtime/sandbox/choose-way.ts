/** Which way a sandbox gets its uid on this host, found by trying the core of each. */
import { runProcess } from '../../system/spawn.ts'
import type { LaunchHost, SandboxWay } from './build-launch-arguments.ts'
import { PROBE_UID } from './job-uids.ts'

export type ChosenWay = {
  readonly way: SandboxWay
  /** Why a better one was passed over, one sentence; null when it is the best that this user can have. */
  readonly why: string | null
}

export async function chooseWay(isRoot: boolean, programs: LaunchHost['programs']): Promise<ChosenWay> {
  if (!isRoot) return { way: 3, why: null }
  const first = await tryOut(buildFirst(programs))
  if (first === null) return { way: 1, why: null }
  const second = await tryOut(buildSecond(programs))
  // Where neither works the first is kept: its complaint is the one that has a cure.
  return second === null ? { way: 2, why: `no user namespaces for servers: ${first}` } : { way: 1, why: null }
}

const SHARED = ['--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev', '--', '/bin/true']

function buildFirst({ setpriv, bwrap }: LaunchHost['programs']): readonly string[] {
  const uid = String(PROBE_UID)
  const drop = [setpriv, `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--']
  const options = ['--unshare-all', '--unshare-user', '--disable-userns', '--cap-drop', 'ALL']
  return [...drop, bwrap, ...options, ...SHARED]
}

function buildSecond({ bwrap }: LaunchHost['programs']): readonly string[] {
  return [bwrap, '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-net', ...SHARED]
}

/** Null when it worked, else what it complained about. */
async function tryOut(argv: readonly string[]): Promise<string | null> {
  const { code, stderr } = await runProcess(argv, { environment: {}, timeoutMs: 10_000 })
  return code === 0 ? null : stderr.trim().split('\n').at(-1)?.slice(0, 300) || `it ended with ${code}`
}
