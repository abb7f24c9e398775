/**
 * A policy as a plain process, where no sandbox can be made and the operator allows less: tier `user` gives it a host
 * uid of its own, tier `none` nothing. The paths of a sandbox become the host's. Pure.
 */
import { boundTasks, type LaunchArguments } from './build-launch-arguments.ts'
import { KEEP_PROCESS, WAIT_AT_GATE } from './launcher-scripts.ts'
import type { SandboxPolicy } from './policy.ts'

export type ProcessPrograms = Readonly<Record<'sh' | 'setsid' | 'setpriv', string>>

export function buildProcessArguments(
  policy: SandboxPolicy,
  programs: ProcessPrograms,
  at: {
    readonly runDir: string
    readonly joinFiles: readonly string[]
    /** The bound on tasks that the platform's user has: what stays where a server shares it. */
    readonly ownTasks: string
  },
): Pick<LaunchArguments, 'argv'> & { readonly environment: Readonly<Record<string, string>> } {
  const map = (text: string) => mapInside(text, policy.binds)
  const drop =
    policy.uid === null
      ? []
      : [
          `--reuid=${policy.uid}`,
          `--regid=${policy.uid}`,
          '--clear-groups',
          '--inh-caps=-all',
          '--bounding-set=-all',
        ]
  const secrets = (policy.secrets ?? []).map(({ name, value }) => [name, value.reveal()] as const)
  const environment = Object.fromEntries([
    ...Object.entries(policy.environment).map(([name, value]) => [name, map(value)] as const),
    ...secrets,
  ])
  // Without a uid of its own the bound would count the tasks of the platform's user.
  const tasks =
    policy.uid === null ? at.ownTasks : String(boundTasks(policy, 'user', at.joinFiles.length > 0))
  const argv = [
    [programs.sh, '-c', KEEP_PROCESS, 'sh', ...at.joinFiles, '--', at.runDir, map('/app')],
    [programs.setsid, programs.setpriv, ...drop, '--no-new-privs', '--'],
    [programs.sh, '-c', WAIT_AT_GATE, 'sh', tasks, String(policy.openFiles)],
    String(Math.ceil(policy.fileBytes / 512)),
    policy.command.map(map),
  ].flat()
  return { argv, environment }
}

/** A path of the sandbox, or a search path that begins with one, as it is on the host. */
function mapInside(text: string, binds: SandboxPolicy['binds']): string {
  return text
    .split(':')
    .map((part) => {
      const bind = binds.find(({ target }) => part === target || part.startsWith(`${target}/`))
      return bind === undefined ? part : `${bind.source}${part.slice(bind.target.length)}`
    })
    .join(':')
}
