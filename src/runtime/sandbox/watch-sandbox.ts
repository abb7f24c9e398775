/** The life of a running sandbox from outside: notices its end, ends it when asked or over its limits, cleans up. */
import { watch, type FSWatcher } from 'node:fs'
import type { ExitCause } from '../../domain/server-state.ts'
import type { ResourceLimits } from '../../domain/server.ts'
import type { ControlGroup } from '../../system/cgroup-files.ts'
import {
  findProcess,
  isAlive,
  isTaken,
  readCommandLine,
  signalGroup,
  signalProcess,
  waitUntilGone,
  type ProcessIdentity,
} from '../../system/process-table.ts'
import type { ChildProcess } from '../../system/spawn.ts'
import { isPlain } from './build-launch-arguments.ts'
import { decideEnd, type End, type EndFacts } from './decide-end.ts'
import { startDiskWatch } from './disk/disk-watch.ts'
import type { SandboxProcesses } from './launch.ts'
import { WAIT_AT_GATE } from './launcher-scripts.ts'
import type { SandboxHost } from './open-host.ts'
import { removeSandbox } from './remove-sandbox.ts'
import { openStatusReader, readStatusFile, statusFileOf } from './run-dir.ts'
import { startWatchdog } from './watchdog.ts'

export type Watched = SandboxProcesses & {
  readonly token: string
  readonly runDir: string
  readonly group: ControlGroup | null
  /** Null when another process started it: then nobody here is told of its end. */
  readonly child: ChildProcess | null
  readonly limits: ResourceLimits
  /** From the record: where the kernel does not hold memory or CPU, looking must. */
  readonly needsWatchdog: boolean
  /** Directories whose files have to be added up, since nothing else bounds them. */
  readonly counted: readonly string[]
  /** For sentences: the command's first word. */
  readonly program: string
}

/** @property at milliseconds since the epoch. */
export type SandboxEnd = End & {
  readonly at: number
  /** See ExitEvidence. */
  readonly refusedTasks: number | null
  readonly isOverDisk: boolean
}

export interface SandboxLife {
  /** Resolves once, when nothing is left: no process, group or run directory. Never rejects. */
  readonly ended: Promise<SandboxEnd>
  /** SIGTERM to the payload's process group, `graceMs`, then SIGKILL to all. The first cause wins. */
  stop(cause: ExitCause, detail: string, graceMs: number): Promise<SandboxEnd>
  /** Stops looking; the sandbox goes on. `ended` then never resolves. */
  release(): void
}

/**
 * An adopted sandbox is nobody's child, and cgroup v1 tells nobody of an OOM kill: so it is looked at besides
 * being listened to. Whether it is there at all costs next to nothing; everything else is looked at less often.
 */
const LOOK_MS = 200
const CLOSE_LOOK = 5

const DISK_HINT = 'Raise resource_limits.disk_mb, or make it keep less in /data.'

export function watchSandbox(host: SandboxHost, subject: Watched): SandboxLife {
  const { outer, init, payload, group, token, runDir } = subject
  let asked: EndFacts['asked'] = null
  let state: 'watching' | 'ending' | 'released' = 'watching'
  let looking = false
  let started = subject.child === null
  let overMemory = false
  let isOverDisk = false
  let forced = false
  const readStatus = openStatusReader(runDir)
  const { promise: ended, resolve } = Promise.withResolvers<SandboxEnd>()

  const look = async () => {
    if (looking || state !== 'watching') return
    looking = true
    try {
      started ||= hasLeftGate(payload.pid)
      const over = overMemory || ((await group?.readOomKills().catch(() => 0)) ?? 0) > 0
      if (over || !isAlive(outer) || (await readStatus()).exitCode !== null) await close(over)
    } finally {
      looking = false
    }
  }
  const close = async (over: boolean) => {
    if (state !== 'watching') return
    state = 'ending'
    stopLooking()
    // bubblewrap writes the code and exits; when memory ran out nothing is worth waiting for.
    if (!over) await waitUntilGone(outer, 500)
    const { exitCode } = await readStatusFile(runDir)
    const oomKills = overMemory ? 1 : ((await group?.readOomKills().catch(() => 0)) ?? 0)
    const usage = await group?.readUsage().catch(() => null)
    const refusedTasks = (await group?.readRefusedTasks().catch(() => null)) ?? null
    await removeSandbox(host, token, outer).catch((error: unknown) =>
      host.logger.error('a sandbox was not removed whole; the next sweep tries again', { token, err: error }),
    )
    const end = decideEnd({
      asked,
      forced,
      oomKills,
      exitCode,
      started,
      memoryMb: subject.limits.memoryMb,
      memoryPeakBytes: usage?.memoryPeakBytes ?? null,
      program: subject.program,
    })
    resolve({ ...end, at: host.clock.now(), refusedTasks, isOverDisk })
  }
  const wake = () =>
    void look().catch((error: unknown) => host.logger.error('watching failed', { token, err: error }))

  const watcher = watchFile(statusFileOf(runDir), wake)
  let looks = 0
  const timer = setInterval(() => {
    const isClose = ++looks % CLOSE_LOOK === 0
    // Without a watch on the status file nobody else tells of an exit code.
    if (isClose || !started || watcher === null || !isTaken(outer.pid)) wake()
  }, LOOK_MS)
  timer.unref()
  subject.child?.once('exit', wake)
  subject.child?.unref()
  const watchdog = subject.needsWatchdog
    ? startWatchdog(
        init,
        subject.limits,
        () => {
          overMemory = true
          wake()
        },
        isPlain(host.way),
      )
    : null
  const diskWatch =
    subject.counted.length === 0
      ? null
      : startDiskWatch(host, subject.counted, subject.limits.diskMb, (detail) => {
          isOverDisk = asked === null
          asked ??= { cause: 'platform', detail, hint: DISK_HINT }
          signalProcess(init, 'SIGKILL')
        })
  const stopLooking = () => {
    clearInterval(timer)
    watcher?.close()
    watchdog?.stop()
    diskWatch?.stop()
  }
  if (!started) observeStart(payload.pid, () => (started = true))

  return {
    ended,
    async stop(cause, detail, graceMs) {
      if (state === 'watching') {
        asked ??= { cause, detail }
        if (graceMs > 0) askToEnd(init, payload)
      }
      if (state === 'released') throw new Error('a released sandbox is stopped by whoever adopts it')
      const cancel = host.clock.after(graceMs, () => {
        forced ||= graceMs > 0 && state === 'watching'
        signalProcess(init, 'SIGKILL')
      })
      const end = await ended
      cancel()
      return end
    },
    release() {
      if (state !== 'watching') return
      state = 'released'
      host.active.delete(token)
      stopLooking()
    },
  }
}

/** Null when the kernel grants no more watches: looking goes on without. */
function watchFile(path: string, onChange: () => void): FSWatcher | null {
  try {
    return watch(path, { persistent: false }, onChange).on('error', () => undefined)
  } catch {
    return null
  }
}

/**
 * bubblewrap's init leads the process group that the payload starts in, and ignores SIGTERM itself; bubblewrap
 * outside must not get it: it would die and leave the rest. A payload that made a group of its own gets its own.
 */
function askToEnd(init: ProcessIdentity, payload: ProcessIdentity): void {
  signalGroup(init, 'SIGTERM')
  const group = findProcess(payload.pid)?.group
  if (group !== init.pid && !signalGroup(payload, 'SIGTERM')) signalProcess(payload, 'SIGTERM')
}

/** Until the command takes over, the payload's first process is the shell that waits at the gate. */
function hasLeftGate(pid: number): boolean {
  const line = readCommandLine(pid)
  return line.length > 0 && line[2] !== WAIT_AT_GATE
}

/** A program that is missing ends within milliseconds, so it is looked at closely only at first. */
function observeStart(pid: number, onStart: () => void): void {
  let round = 0
  const timer = setInterval(() => {
    const left = hasLeftGate(pid)
    if (left) onStart()
    if (left || ++round === 50) clearInterval(timer)
  }, 2)
  timer.unref()
}
