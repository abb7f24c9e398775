/** A server's launch as a sandbox policy. Pure. */
import { buildProxyEnvironment } from '../egress/proxy-address.ts'
import type { LaunchSpec } from '../ports.ts'
import type { Volume } from './disk/volume.ts'
import { INSIDE, SANDBOX_PATH } from './interpreters.ts'
import type { Bind, SandboxPolicy } from './policy.ts'

/** Part of memory_mb that V8's old space may take: buffers, code and stacks need the rest. */
const HEAP_SHARE = 0.75
const TMP_BYTES = 64 * 2 ** 20
const OPEN_FILES = 4096
const FILE_BYTES = 2 ** 30

/**
 * A quota answers a write too much with an error; the bound of a file kills, so it stays out of the quota's way. Where
 * files are only counted, it at least holds each one.
 */
function chooseFileBytes({ means, bytes }: Volume): number {
  return means === 'counted' ? Math.min(FILE_BYTES, bytes) : Math.max(FILE_BYTES, bytes)
}

/** The whole environment of a server besides what it declares and, with egress, the proxy's variables. */
export const BASE_ENVIRONMENT = {
  PATH: SANDBOX_PATH,
  HOME: '/data',
  LANG: 'C.UTF-8',
  TZ: 'UTC',
  TMPDIR: '/tmp',
} as const

/** What of a launch makes a sandbox. */
export type ServerLaunch = Pick<LaunchSpec, 'command' | 'appDir' | 'secrets'> & {
  readonly config: Pick<LaunchSpec['config'], 'limits' | 'environment' | 'allowedNetwork' | 'egress'>
}

/**
 * @param program `command[0]` as resolved inside. @param volume for /data. @param extra binds besides /app and /data.
 */
export function buildServerPolicy(
  spec: ServerLaunch,
  program: string,
  uid: number | null,
  volume: Volume,
  extra: readonly Bind[],
): SandboxPolicy {
  const { limits, environment, allowedNetwork, egress } = spec.config
  const proxy = allowedNetwork && egress.length > 0 ? buildProxyEnvironment() : {}
  return {
    uid,
    command: boundHeap([program, ...spec.command.slice(1)], limits.memoryMb),
    // The proxy is the only way out: a variable of the server's own that names another would lead nowhere.
    environment: { ...BASE_ENVIRONMENT, ...environment, ...proxy },
    secrets: spec.secrets,
    binds: [
      { source: spec.appDir, target: '/app', writable: false },
      { source: volume.source, target: '/data', writable: true, image: volume.means === 'image' },
      ...extra,
    ],
    limits,
    tmpBytes: TMP_BYTES,
    openFiles: OPEN_FILES,
    fileBytes: chooseFileBytes(volume),
    volume,
    diesWithDaemon: false,
  }
}

/**
 * Node takes the host's memory for its own and would grow past the limit before it collects. On argv, since
 * NODE_OPTIONS would reach its children and is the server's to set.
 */
export function boundHeap(command: readonly string[], memoryMb: number): readonly string[] {
  const [program, ...args] = command
  if (program !== INSIDE.node) return command
  return [program, `--max-old-space-size=${Math.floor(memoryMb * HEAP_SHARE)}`, ...args]
}
