/**
 * Work that must not run in the daemon: a process of its own with a heap limit, a deadline, and Node's permission
 * model, so that it reads and writes only what the job names. One JSON line comes back.
 */
import { fileURLToPath } from 'node:url'
import type { Clock } from '../domain/clock.ts'
import { AppError } from '../domain/error.ts'
import { decodeJson } from '../domain/json.ts'
import { endFirst } from '../system/memory-victim.ts'
import { collectText, spawnProcess } from '../system/spawn.ts'

export type WorkerJob = {
  /** The worker's module, without extension, relative to this file: './unpack/unpack-worker'. */
  readonly module: string
  readonly argument: object
  /** Absolute paths; a directory covers what is in it. The platform's own sources are readable as well. */
  readonly read: readonly string[]
  readonly write: readonly string[]
  readonly timeoutSeconds: number
  /** Of V8; 192 unless the job needs more. */
  readonly heapMb?: number
  /** It starts threads of its own; each may do what the process may. */
  readonly threads?: boolean
}

export type WorkerResult =
  | { readonly kind: 'answered'; readonly answer: unknown }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'cancelled' }
  /** It ended without an answer; `detail` is the beginning of its stderr, or OUT_OF_MEMORY. */
  | { readonly kind: 'crashed'; readonly detail: string }

export const OUT_OF_MEMORY = 'there was not enough memory for it'

/** As the system, libuv and V8 say that there is no process or thread to be had. */
const NO_ROOM = /EAGAIN|EMFILE|pthread_create|uv_thread_create|Resource temporarily unavailable/

const HEAP_MB = 192
const ANSWER_BYTES = 256 * 1024
const STDERR_BYTES = 4096
const ROOT = fileURLToPath(new URL('../', import.meta.url))
/** '.ts' from a checkout, '.js' from dist/. */
const EXTENSION = import.meta.url.slice(-3)

/** Throws AppError `busy` where no process can be made: that says nothing about the archive. */
export async function runWorker(job: WorkerJob, clock: Clock, signal: AbortSignal): Promise<WorkerResult> {
  if (signal.aborted) return { kind: 'cancelled' }
  const child = spawnProcess(
    [
      process.execPath,
      `--max-old-space-size=${job.heapMb ?? HEAP_MB}`,
      '--permission',
      ...(job.threads === true ? ['--allow-worker'] : []),
      ...[ROOT, ...job.read, ...job.write].map((path) => `--allow-fs-read=${path}`),
      ...job.write.map((path) => `--allow-fs-write=${path}`),
      fileURLToPath(new URL(job.module + EXTENSION, import.meta.url)),
      JSON.stringify(job.argument),
    ],
    { environment: {}, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  if (child.pid !== undefined) endFirst(child.pid)
  let stopped: 'timeout' | 'cancelled' | null = null
  const stop = (why: 'timeout' | 'cancelled') => {
    stopped ??= why
    child.kill('SIGKILL')
  }
  const cancel = () => stop('cancelled')
  signal.addEventListener('abort', cancel, { once: true })
  const disarm = clock.after(job.timeoutSeconds * 1000, () => stop('timeout'))
  const out = collectText(child.stdout, ANSWER_BYTES)
  const err = collectText(child.stderr, STDERR_BYTES)
  const failure = await new Promise<string | null>((resolve) => {
    child.on('error', (error) => resolve(error.message))
    child.on('close', (_code, by) => resolve(by === null ? null : findReason(by, err())))
  })
  disarm()
  signal.removeEventListener('abort', cancel)
  if (stopped !== null) return { kind: stopped }
  if (failure !== null && NO_ROOM.test(`${failure}\n${err()}`)) {
    throw new AppError('busy', 'This machine has no more processes for the platform.', {
      cause: new Error(failure),
    })
  }
  const answer = failure === null ? decodeJson(out()) : undefined
  return answer === undefined ? { kind: 'crashed', detail: failure ?? err() } : { kind: 'answered', answer }
}

/** Nobody but the kernel kills it when we did not; V8 aborts at the end of its heap and says so. */
function findReason(by: NodeJS.Signals, said: string): string {
  const isOut = by === 'SIGKILL' || /heap out of memory|Cannot allocate memory/.test(said)
  return isOut ? OUT_OF_MEMORY : `${said}\nended by ${by}`
}
