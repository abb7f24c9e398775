/**
 * A Backend in process, for tests that move the clock. It passes the same contract as the real one
 * (test/contracts/backend-contract.ts), so that it cannot lie.
 */
import { NO_DETAIL } from '../../src/domain/server.ts'
import { basename } from 'node:path'
import type { Clock } from '../../src/domain/clock.ts'
import type { ResourceLimits } from '../../src/domain/server.ts'
import type { Enforcement, Protection } from '../../src/domain/enforcement.ts'
import { AppError } from '../../src/domain/error.ts'
import { buildId, type InstanceId } from '../../src/domain/id.ts'
import type { Backend, HostProbe, Instance, LaunchSpec, LedgerRow } from '../../src/runtime/ports.ts'
import { FAKE_PROGRAMS } from './fake-programs.ts'
import { createFakeProcess, type FakeProcess } from './fake-process.ts'

const NONE: Protection = { level: 'none', by: 'fake', why: 'It contains nothing' }
export const NO_ENFORCEMENT: Enforcement = {
  uid: 'platform',
  fs: NONE,
  net: NONE,
  seccomp: NONE,
  memory: NONE,
  cpu: NONE,
  pids: NONE,
  open_files: NONE,
  disk: NONE,
}
const PROBE: HostProbe = { tier: 'none', planned: NO_ENFORCEMENT, cgroup: 'none', checks: [] }

export type FakeBackend = Backend & {
  /** Living processes, oldest first. */
  processes(): readonly FakeProcess[]
  /** Instances started so far, the ended ones included. */
  started(): number
  /** Makes the next starts fail; null ends that. */
  failWith(error: Error | null): void
  /** As if the daemon that made them had gone: nobody holds what lives. */
  forgetHolder(): void
  /** What lives is gone from one moment to the next, and nobody is told. */
  loseSilently(): void
}

type Entry = {
  readonly process: FakeProcess
  readonly token: string
  readonly startTime: number
  limits: ResourceLimits
}

export function createFakeBackend(clock: Clock): FakeBackend {
  const entries = new Map<InstanceId, Entry>()
  /** What the present daemon makes, runs or ends. */
  const held = new Set<InstanceId>()
  let count = 0
  let failure: Error | null = null

  const findLiving = (row: Pick<LedgerRow, 'instanceId' | 'pid' | 'startTime' | 'token'>): Entry | null => {
    const entry = entries.get(row.instanceId)
    if (entry === undefined || !entry.process.isAlive()) return null
    const same =
      entry.process.pid === row.pid && entry.startTime === row.startTime && entry.token === row.token
    return same ? entry : null
  }

  const hold = (instanceId: InstanceId, { process }: Entry) => {
    held.add(instanceId)
    void process.ended.then(() => held.delete(instanceId))
  }

  const buildInstance = (instanceId: InstanceId, entry: Entry): Instance => ({
    instanceId,
    pid: entry.process.pid,
    uid: 1000,
    enforcement: NO_ENFORCEMENT,
    get limits() {
      return entry.limits
    },
    egress: [],
    defect: null,
    http: null,
    ...entry.process.attach(),
    ended: entry.process.ended,
    stop: (cause, detail, graceMs) => entry.process.stop(cause, detail, graceMs),
    release() {
      held.delete(instanceId)
      entry.process.detach()
    },
    async resize(change) {
      entry.limits = { ...entry.limits, ...change }
      return true
    },
    async usage() {
      return {
        memoryBytes: 10_000_000,
        memoryPeakBytes: 12_000_000,
        cpuSeconds: (clock.monotonic() / 1000) * 0.25,
        cpuThrottledSeconds: 0,
        processes: 1,
        oomKills: 0,
        cpuPercent: null,
        detail: { ...NO_DETAIL, isWatched: false },
        at: clock.now(),
      }
    },
  })

  return {
    name: 'fake',
    probe: async () => PROBE,
    async start(spec, ledger) {
      if (failure !== null) throw failure
      const program = FAKE_PROGRAMS[programOf(spec)]
      if (program === undefined) {
        throw new AppError('command_not_found', `The start command ${spec.command.join(' ')} does not exist`)
      }
      const number = ++count
      const instanceId = buildId('ins', clock.now(), Buffer.alloc(16, number))
      const row: LedgerRow = {
        instanceId,
        serverId: spec.serverId,
        versionId: spec.versionId,
        key: spec.key,
        token: `token-${number}`,
        backend: 'fake',
        pid: null,
        startTime: null,
        bootId: 'boot',
        runDir: `run-${number}`,
        cgroup: null,
        enforcement: null,
        initializeResult: null,
        createdAt: clock.now(),
      }
      await ledger.create(row)
      const entry: Entry = {
        process: createFakeProcess(program, 1000 + number, clock),
        token: row.token,
        startTime: number,
        limits: spec.config.limits,
      }
      entries.set(instanceId, entry)
      hold(instanceId, entry)
      await ledger.update(instanceId, {
        pid: 1000 + number,
        startTime: number,
        enforcement: NO_ENFORCEMENT,
      })
      return buildInstance(instanceId, entry)
    },
    async adopt(row) {
      const entry = findLiving(row)
      if (entry === null) return null
      hold(row.instanceId, entry)
      return buildInstance(row.instanceId, entry)
    },
    async readEnd(row) {
      const entry = entries.get(row.instanceId)
      return entry === undefined || entry.process.isAlive() ? null : entry.process.ended
    },
    async reap(row) {
      entries.get(row.instanceId)?.process.kill()
    },
    async observe(rows) {
      const known = new Set(rows.map((row) => row.instanceId))
      const strays = [...entries].filter(([id, { process }]) => !known.has(id) && process.isAlive())
      return {
        rows: new Map(
          rows.map((row) => {
            const isAlive = findLiving(row) !== null
            return [row.instanceId, { isHeld: held.has(row.instanceId), isAlive }]
          }),
        ),
        strays: strays.map(([, { token }]) => token),
      }
    },
    async sweep(rows, among) {
      const known = new Set(rows.map((row) => row.instanceId))
      const strays = [...entries].filter(
        ([id, { process, token }]) =>
          !known.has(id) && process.isAlive() && (among === undefined || among.has(token)),
      )
      for (const [, { process }] of strays) process.kill()
      return strays.map(([, { token }]) => token)
    },
    processes: () =>
      [...entries.values()].map(({ process }) => process).filter((process) => process.isAlive()),
    started: () => count,
    forgetHolder: () => held.clear(),
    loseSilently: () => entries.forEach(({ process }) => process.vanish()),
    failWith(error) {
      failure = error
    },
  }
}

/** `['bash', '/app/echo.sh']` runs the program `echo`. */
function programOf(spec: LaunchSpec): string {
  return basename(spec.command.at(-1) ?? '').replace(/\.\w+$/, '')
}
