/** A server's launch as a sandbox policy. Pure. */
import type { LaunchSpec } from '../ports.ts'
import { INSIDE, SANDBOX_PATH } from './interpreters.ts'
import type { Bind, SandboxPolicy } from './policy.ts'

/** Part of memory_mb that V8's old space may take: buffers, code and stacks need the rest. */
const HEAP_SHARE = 0.75
const TMP_BYTES = 64 * 2 ** 20
const OPEN_FILES = 4096
const FILE_BYTES = 2 ** 30

/** The whole environment of a server besides what it declares. */
export const BASE_ENVIRONMENT = {
  PATH: SANDBOX_PATH,
  HOME: '/data',
  LANG: 'C.UTF-8',
  TZ: 'UTC',
  TMPDIR: '/tmp',
} as const

/**
 * @param program `command[0]` as resolved inside. @param extra binds besides /app and /data.
 */
export function buildServerPolicy(
  spec: LaunchSpec,
  program: string,
  uid: number | null,
  extra: readonly Bind[],
): SandboxPolicy {
  const { limits, environment } = spec.config
  return {
    uid,
    command: boundHeap([program, ...spec.command.slice(1)], limits.memoryMb),
    environment: { ...BASE_ENVIRONMENT, ...environment },
    binds: [
      { source: spec.appDir, target: '/app', writable: false },
      { source: spec.dataDir, target: '/data', writable: true },
      ...extra,
    ],
    limits,
    tmpBytes: TMP_BYTES,
    openFiles: OPEN_FILES,
    fileBytes: FILE_BYTES,
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
