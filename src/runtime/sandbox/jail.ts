/**
 * The jail: strangers' code at install time, under the same containment as at run time. It fits intake's port
 * structurally. A job dies with the daemon, may write only to its own tree, and reaches only what it is given.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isAtLeast, tierOf, type IsolationTier } from '../../domain/enforcement.ts'
import { AppError } from '../../domain/error.ts'
import { RUNTIME_KINDS, type RuntimeKind } from '../../domain/runtime-kind.ts'
import type { ResourceLimits } from '../../domain/server.ts'
import type { Place } from '../../domain/egress-rule.ts'
import type { Egress } from '../egress/open-egress.ts'
import { jobUid } from '../../domain/uid-block.ts'
import { openListenerInside } from '../egress/open-listener.ts'
import { buildProxyEnvironment } from '../egress/proxy-address.ts'
import { BASE_ENVIRONMENT, boundHeap } from './build-server-policy.ts'
import { TOOL_NAMES, type FoundTool, type ToolName, type Tools } from './find-tools.ts'
import { giveTo } from './change-owner.ts'
import { createSandboxToken, type SandboxHost } from './open-host.ts'
import { createPlaceQueue } from './place-queue.ts'
import type { Bind, SandboxPolicy } from './policy.ts'
import { renderGaps } from './read-enforcement.ts'
import { removeSandbox } from './remove-sandbox.ts'
import { runJob, type JobOptions, type JobResult } from './run-job.ts'

export type JailDeps = {
  readonly host: SandboxHost
  readonly tools: Tools
  /** Installing is contained no less than serving. */
  readonly minTier: IsolationTier
  readonly egress: Egress
}

type Job = {
  readonly argv: readonly string[]
  readonly appDir: string
  readonly binds: readonly Bind[]
  readonly environment: Readonly<Record<string, string>>
  readonly reach: readonly Place[]
  readonly limits: ResourceLimits
  readonly timeoutSeconds: number
  readonly onLine: (line: string) => void
}

export interface SandboxJail {
  /** Throws AppError (`sandbox_failed`, `isolation_too_weak`, `invalid_config`) when it cannot run contained. */
  run(job: Job, signal: AbortSignal): Promise<Omit<JobResult, 'enforcement'>>
  findTool(name: ToolName): Promise<Omit<FoundTool, 'binds'> | null>
  runtimes(): Promise<readonly RuntimeKind[]>
}

/** Refused places that one log line names. */
const MAX_TOLD = 20
/** How many jobs run at once. */
const JOB_PLACES = 2
const OPEN_FILES = 8192
const TMP_BYTES = 2 ** 30
const FILE_BYTES = 4 * 2 ** 30

export function createJail({ host, tools, minTier, egress }: JailDeps): SandboxJail {
  const queue = createPlaceQueue(JOB_PLACES)
  const run = async (job: Job, uid: number | null, signal: AbortSignal) => {
    const scratch = createSandboxToken(host, 's')
    const scratchDir = join(host.runRoot, scratch)
    // Owned by the job while it runs: its own tree, and the caches it may write to.
    const lent = [job.appDir, ...writableSources(job)]
    host.active.add(scratch)
    await mkdir(scratchDir, { mode: 0o700 })
    try {
      await giveTo(host, uid, [scratchDir, ...lent])
      const openFiles = Math.min(OPEN_FILES, host.maxOpenFiles)
      const policy = { ...buildJobPolicy(job, uid, scratchDir, await listToolBinds(host, tools)), openFiles }
      const { outcome, code, seconds } = await runJob(
        host,
        policy,
        buildOptions({ host, minTier, egress }, job, signal),
      )
      return { outcome, code, seconds }
    } finally {
      await giveTo(host, null, [scratchDir, ...lent])
      await removeSandbox(host, scratch)
    }
  }
  return {
    async run(job, signal) {
      const place = await queue.enter([job.appDir, ...writableSources(job)], signal)
      if (place === null) return { outcome: 'cancelled', code: null, seconds: 0 }
      try {
        return await run(job, host.uids === null ? null : jobUid(host.uids, place.number), signal)
      } finally {
        place.leave()
      }
    },
    async findTool(name) {
      const found = await tools.find(name)
      return found === null ? null : { name: found.name, argv: found.argv, version: found.version }
    },
    async runtimes() {
      const found = await Promise.all(RUNTIME_KINDS.map((name) => tools.find(name)))
      return RUNTIME_KINDS.filter((_, index) => found[index] !== null)
    },
  }
}

function writableSources(job: Job): readonly string[] {
  return job.binds.filter(({ writable }) => writable).map(({ source }) => source)
}

/** All of them: a job may call Node from Python, and the other way round. One that fails is missing, no more. */
async function listToolBinds({ logger }: SandboxHost, tools: Tools): Promise<readonly Bind[]> {
  const find = async (name: ToolName) => {
    try {
      return await tools.find(name)
    } catch (error) {
      logger.warn('a tool could not be tried', { tool: name, err: error })
      return null
    }
  }
  const found = await Promise.all(TOOL_NAMES.map(find))
  const binds = found.flatMap((tool) => tool?.binds ?? [])
  return [...new Map(binds.map((bind) => [bind.target, bind])).values()]
}

function buildJobPolicy(
  job: Job,
  uid: number | null,
  scratchDir: string,
  toolBinds: readonly Bind[],
): Omit<SandboxPolicy, 'openFiles'> {
  return {
    uid,
    command: boundHeap(job.argv, job.limits.memoryMb),
    environment: {
      ...BASE_ENVIRONMENT,
      ...job.environment,
      ...(job.reach.length === 0 ? {} : buildProxyEnvironment()),
    },
    binds: [
      { source: job.appDir, target: '/app', writable: true },
      { source: scratchDir, target: '/data', writable: true },
      ...toolBinds,
      ...job.binds,
    ],
    limits: job.limits,
    tmpBytes: TMP_BYTES,
    fileBytes: FILE_BYTES,
    volume: { means: 'counted', source: scratchDir, bytes: job.limits.diskMb * 2 ** 20, why: null },
    diesWithDaemon: true,
  }
}

function buildOptions(
  { host, minTier, egress }: Omit<JailDeps, 'tools'>,
  job: Job,
  signal: AbortSignal,
): JobOptions {
  return {
    timeoutSeconds: job.timeoutSeconds,
    onLine: job.onLine,
    signal,
    async beforeGo(launched, enforcement) {
      const tier = tierOf(enforcement)
      if (!isAtLeast(tier, minTier)) {
        throw new AppError(
          'isolation_too_weak',
          `The install was refused: its sandbox reached only tier "${tier}" (${renderGaps(enforcement)}).`,
        )
      }
      if (job.reach.length === 0) return undefined
      const listener = await openListenerInside(host, launched.outer.pid)
      const bytes: Record<string, number> = {}
      const refused = new Set<string>()
      const proxy = egress.serveJob(listener, job.reach, (entry) => {
        const { host: name, port, kind } = entry
        if (kind === 'moved') bytes[name] = (bytes[name] ?? 0) + entry.sent + entry.received
        if (kind === 'refused' && refused.size < MAX_TOLD) refused.add(`${name}:${port}: ${entry.reason}`)
      })
      return () => {
        proxy.close()
        host.logger.info('an install reached the network', { bytes, refused: [...refused] })
      }
    },
  }
}
