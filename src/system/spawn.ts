/** The one door to starting processes: an argument list, an explicit environment, never a shell string. */
import { spawn, type ChildProcess } from 'node:child_process'
import { openSync } from 'node:fs'
import { Duplex, type Readable } from 'node:stream'
import { listInheritedDescriptors } from './process-table.ts'

type StdioEntry = 'ignore' | 'pipe' | 'ipc' | 'inherit' | number
/** A word alone stands for the three standard descriptors. */
export type Stdio = 'ignore' | 'pipe' | 'inherit' | readonly StdioEntry[]

export type SpawnOptions = {
  readonly cwd?: string
  /** The whole environment: nothing of the daemon's own is inherited unless it stands here. */
  readonly environment: Readonly<Record<string, string>>
  /** Descriptor 0, 1, 2, 3 … of the child; a number is a descriptor of ours. */
  readonly stdio: Stdio
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
    stdio: buildStdio(options.stdio, findInherited(), openDevNull),
    detached: options.detached ?? false,
    shell: false,
  })
}

export type { ChildProcess }

/** The daemon's end of descriptor `fd` that was started as 'pipe' (a socket in truth: both directions). */
export function pipeOf(child: ChildProcess, fd: number): Duplex {
  const stream: unknown = child.stdio[fd as 3]
  if (!(stream instanceof Duplex)) throw new TypeError(`descriptor ${fd} is not a pipe`)
  return stream
}

/**
 * Covers what the daemon inherited without close-on-exec (from a shell, a service manager, CI):
 * libuv closes nothing in the child, so such a descriptor would land in every sandbox.
 */
export function buildStdio(stdio: Stdio, inherited: readonly number[], devNull: () => number): StdioEntry[] {
  const all: StdioEntry[] = typeof stdio === 'string' ? [stdio, stdio, stdio] : [...stdio]
  for (const fd of inherited) {
    while (all.length < fd) all.push('ignore')
    // From 3 up, 'ignore' means "leave it as it is": the child would inherit the stranger.
    if (all[fd] === undefined || (fd > 2 && all[fd] === 'ignore')) all[fd] = devNull()
  }
  return all
}

let inherited: readonly number[] | undefined
function findInherited(): readonly number[] {
  return (inherited ??= listInheritedDescriptors())
}

let devNull: number | undefined
function openDevNull(): number {
  return (devNull ??= openSync('/dev/null', 'r+'))
}

export type ProcessResult = {
  /** Null when it was ended by a signal or never started. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  readonly timedOut: boolean
}

/**
 * A short command, to its end: at most `maxOutputBytes` (64 KiB) of each stream are kept, and after
 * `timeoutMs` it is killed. Never rejects: a program that is missing has code null and says so in `stderr`.
 */
export async function runProcess(
  argv: readonly string[],
  options: Omit<SpawnOptions, 'stdio'> & { readonly timeoutMs: number; readonly maxOutputBytes?: number },
): Promise<ProcessResult> {
  const child = spawnProcess(argv, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  const cap = options.maxOutputBytes ?? 65_536
  const stdout = collectText(child.stdout, cap)
  const stderr = collectText(child.stderr, cap)
  let timedOut = false
  const timer = setTimeout(() => {
    timedOut = true
    child.kill('SIGKILL')
  }, options.timeoutMs)
  return await new Promise((resolve) => {
    const end = (code: number | null, problem: string) => {
      clearTimeout(timer)
      resolve({ code, stdout: stdout(), stderr: stderr() + problem, timedOut })
    }
    child.once('error', (error) => end(null, error.message))
    child.once('close', (code) => end(code, ''))
  })
}

/** The first `cap` bytes of a stream as text; it is read on to its end, so that the writer never blocks. */
export function collectText(stream: Readable | null, cap: number): () => string {
  const chunks: Buffer[] = []
  let size = 0
  stream?.on('data', (chunk: Buffer) => {
    if (size < cap) chunks.push(chunk.subarray(0, cap - size))
    size += chunk.length
  })
  return () => Buffer.concat(chunks).toString('utf8')
}
