/** What intake needs from others. Jail is the only way intake can run anything. */
import type { ResourceLimits } from '../domain/server.ts'
import type { RuntimeKind } from '../domain/runtime-kind.ts'

/** Never of an archive's choosing: the operator's package sources, or the package managers' own defaults. */
export type JailPlace = { readonly host: string; readonly port: number }
export type JailBind = { readonly source: string; readonly target: string; readonly writable: boolean }

/** One command under a policy; it dies with the daemon and leaves nothing. Host paths are absolute. */
export type JailJob = {
  readonly argv: readonly string[]
  /**
   * Bound writable at /app, the same path as at run time: virtual environments and shebangs contain it. The job
   * owns it while it runs, so it must share no file by hard link with a tree that is already kept.
   */
  readonly appDir: string
  readonly binds: readonly JailBind[]
  readonly environment: Readonly<Record<string, string>>
  /** Hosts and ports that the job may reach through the platform's proxy; none: no network at all. */
  readonly reach: readonly JailPlace[]
  readonly limits: ResourceLimits
  readonly timeoutSeconds: number
  /** Output as it comes, stdout and stderr together, lines without their newline. */
  readonly onLine: (line: string) => void
}

export type JailResult = {
  readonly outcome: 'exited' | 'timeout' | 'out_of_memory' | 'signalled' | 'cancelled'
  /** Null unless exited. */
  readonly code: number | null
  readonly seconds: number
}

/** An interpreter or tool as it is reached inside the sandbox, proved by running it there. */
export type Tool = {
  readonly name: 'python' | 'node' | 'bash' | 'npm' | 'uv'
  /** For example ['/opt/node/bin/node', '/opt/npm/bin/npm-cli.js']. */
  readonly argv: readonly string[]
  readonly version: string
}

export interface Jail {
  run(job: JailJob, signal: AbortSignal): Promise<JailResult>
  /** Null when it is not to be had here. */
  findTool(name: Tool['name']): Promise<Tool | null>
  runtimes(): Promise<readonly RuntimeKind[]>
}
