/** One command in a sandbox to its end: for installs, trials of the host and of interpreters. */
import { finished } from 'node:stream/promises'
import type { Readable } from 'node:stream'
import type { Enforcement } from '../../domain/enforcement.ts'
import { AppError } from '../../domain/error.ts'
import { openFifoReader } from '../../system/fifos.ts'
import { launchSandbox, type Launched } from './launch.ts'
import { createSandboxToken, type SandboxHost } from './open-host.ts'
import type { SandboxPolicy } from './policy.ts'
import { needsWatchdog, readEnforcement } from './read-enforcement.ts'
import { removeSandbox } from './remove-sandbox.ts'
import { fifoOf } from './run-dir.ts'
import { createLineSplitter } from './split-lines.ts'
import { watchSandbox, type SandboxEnd, type Watched } from './watch-sandbox.ts'

export type JobOptions = {
  readonly timeoutSeconds: number
  readonly onLine: (line: string) => void
  readonly signal?: AbortSignal
  /** Runs while the job waits at its gate; throwing refuses the job. What it returns is called at the end. */
  readonly beforeGo?: (launched: Launched, enforcement: Enforcement) => Promise<(() => void) | undefined>
}

export type JobResult = {
  readonly outcome: 'exited' | 'timeout' | 'out_of_memory' | 'signalled' | 'cancelled'
  readonly code: number | null
  readonly seconds: number
  readonly enforcement: Enforcement
}

const DRAIN_MS = 2000

/** Throws AppError (`sandbox_failed`, `isolation_too_weak`) when it cannot run contained; leaves nothing behind. */
export async function runJob(
  host: SandboxHost,
  policy: SandboxPolicy,
  options: JobOptions,
): Promise<JobResult> {
  const launched = await launchSandbox(host, createSandboxToken(host, 'j'), policy)
  let undo: (() => void) | undefined
  try {
    const confirmation = await readEnforcement(launched, policy, host.way)
    if (confirmation.kind === 'broken') {
      throw new AppError('isolation_too_weak', `The job was refused before it ran: ${confirmation.why}.`)
    }
    undo = await options.beforeGo?.(launched, confirmation.enforcement)
    const { enforcement } = confirmation
    const watched = {
      ...launched,
      limits: policy.limits,
      program: policy.command[0] ?? '',
      needsWatchdog: needsWatchdog(enforcement),
    }
    return { ...(await runToEnd(host, watched, launched.go, options)), enforcement }
  } finally {
    undo?.()
    await removeSandbox(host, launched.token, launched.outer)
  }
}

async function runToEnd(
  host: SandboxHost,
  watched: Watched,
  go: () => void,
  options: JobOptions,
): Promise<Omit<JobResult, 'enforcement'>> {
  const began = host.clock.monotonic()
  const streams = (['out', 'err'] as const).map((name) =>
    readLines(openFifoReader(fifoOf(watched.runDir, name)), options.onLine),
  )
  const life = watchSandbox(host, watched)
  let forced: 'timeout' | 'cancelled' | null = null
  const force = (outcome: 'timeout' | 'cancelled') => {
    forced ??= outcome
    void life.stop('asked', outcome, 0)
  }
  const cancelDeadline = host.clock.after(options.timeoutSeconds * 1000, () => force('timeout'))
  const onAbort = () => force('cancelled')
  options.signal?.addEventListener('abort', onAbort)
  go()
  if (options.signal?.aborted === true) onAbort()
  const end = await life.ended
  if (end.cause === 'platform') options.onLine(end.detail)
  cancelDeadline()
  options.signal?.removeEventListener('abort', onAbort)
  await Promise.all(streams.map((stream) => stream.drain()))
  const seconds = (host.clock.monotonic() - began) / 1000
  const outcome = forced ?? decideOutcome(end)
  return { outcome, code: outcome === 'exited' ? end.code : null, seconds }
}

function decideOutcome(end: SandboxEnd): JobResult['outcome'] {
  if (end.cause === 'out_of_memory') return 'out_of_memory'
  return end.code === null ? 'signalled' : 'exited'
}

/** `drain` waits for the end of what was written before the job ended, then lets go. */
function readLines(stream: Readable, onLine: (line: string) => void): { drain(): Promise<void> } {
  const lines = createLineSplitter(onLine)
  stream.setEncoding('utf8').on('data', (text: string) => lines.push(text))
  const done = finished(stream, { writable: false }).catch(() => undefined)
  return {
    async drain() {
      await Promise.race([done, new Promise((resolve) => setTimeout(resolve, DRAIN_MS).unref())])
      stream.destroy()
      lines.end()
    },
  }
}
