/** The one door to a new process: a program and its argument list, never a shell string. */
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process'

export type SpawnOptions = {
  readonly cwd?: string
  /** The whole environment: nothing of the daemon's own is inherited unless it stands here. */
  readonly environment: Readonly<Record<string, string>>
  readonly stdio: StdioOptions
  /** A session and process group of its own, out of reach of the terminal's Ctrl-C. */
  readonly detached?: boolean
}

/** Starts `argv[0]` with the rest as arguments. A missing program arrives as the child's `error` event. */
export function spawnProcess(argv: readonly string[], options: SpawnOptions): ChildProcess {
  const [program, ...args] = argv
  if (program === undefined || program === '') throw new TypeError('spawnProcess needs a program')
  return spawn(program, args, {
    cwd: options.cwd ?? '/',
    env: { ...options.environment },
    stdio: options.stdio,
    detached: options.detached ?? false,
    shell: false,
  })
}
