/** The prefix that runs a program in a sandbox's network namespace, and in no other of its namespaces. */
import { isPlain } from './build-launch-arguments.ts'
import type { SandboxHost } from './open-host.ts'

/** In ways 3 and 4 the network belongs to a user namespace, so that one is entered first. */
const ENTER = {
  1: ['-n'],
  2: ['-n'],
  3: ['-U', '-n', '--preserve-credentials'],
  4: ['-U', '-n', '-S', '0', '-G', '0'],
} as const

/** @param pid bubblewrap outside, which lives in the namespace. */
export function buildEnterNetwork(
  host: Pick<SandboxHost, 'programs' | 'way'>,
  pid: number,
): readonly string[] {
  if (isPlain(host.way)) {
    throw new Error('a plain process has no network of its own: rules for it cannot be held')
  }
  const nsenter = host.programs.nsenter
  if (nsenter === undefined) throw new Error('nsenter is not installed')
  return [nsenter, '-t', String(pid), ...ENTER[host.way], '--']
}
