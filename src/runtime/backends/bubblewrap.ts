/**
 * The backend for a plain Linux host: one bubblewrap sandbox per instance, which outlives the daemon; or, where none
 * can be made and the operator allows less, one plain process (backend `process`).
 */
import { join } from 'node:path'
import { isAtLeast, tierOf, type IsolationTier } from '../../domain/enforcement.ts'
import { AppError } from '../../domain/error.ts'
import { holdsUid } from '../../domain/uid-block.ts'
import { GROUP_PREFIX } from '../../system/cgroup-files.ts'
import { isAlive, readCredentials } from '../../system/process-table.ts'
import { createId } from '../../system/random.ts'
import type { Egress } from '../egress/open-egress.ts'
import type { Backend, HostProbe, Instance, InstanceEnd, LaunchSpec, Ledger, LedgerRow } from '../ports.ts'
import { isPlain } from '../sandbox/build-launch-arguments.ts'
import { buildServerPolicy } from '../sandbox/build-server-policy.ts'
import type { Interpreters } from '../sandbox/interpreters.ts'
import { launchSandbox, type Launched } from '../sandbox/launch.ts'
import { decideEnd } from '../sandbox/decide-end.ts'
import { prepareVolume } from '../sandbox/disk/prepare-volume.ts'
import { createSandboxToken, type SandboxHost } from '../sandbox/open-host.ts'
import type { Bind, SandboxPolicy } from '../sandbox/policy.ts'
import { needsWatchdog, readEnforcement, renderGaps } from '../sandbox/read-enforcement.ts'
import { removeSandbox } from '../sandbox/remove-sandbox.ts'
import { resolveProgram } from '../sandbox/resolve-command.ts'
import { readSandboxFacts, readStatusFile } from '../sandbox/run-dir.ts'
import { listStrays, observeRow } from './observe-rows.ts'
import { openInstance } from './bubblewrap-instance.ts'
import { openNetwork, reopenNetwork } from './open-network.ts'
import { createTurns } from './turns.ts'

export type BubblewrapDeps = {
  readonly host: SandboxHost
  readonly interpreters: Interpreters
  /** Below it no server starts (`security.min_isolation_tier`). */
  readonly minTier: IsolationTier
  readonly probe: () => Promise<HostProbe>
  readonly egress: Egress
}

/** A row is adopted only by the kind that made it. */
const nameOf = ({ way }: SandboxHost) => (isPlain(way) ? 'process' : 'bubblewrap')

export function createBubblewrapBackend(deps: BubblewrapDeps): Backend {
  const { host } = deps
  const turns = createTurns()
  let known: Promise<HostProbe> | undefined
  const plan = () => (known ??= deps.probe())
  return {
    name: nameOf(host),
    probe: () => (known = deps.probe()),
    async start(spec, ledger) {
      const before = await plan()
      // What was missing may be there by now.
      const probe = isAtLeast(before.tier, deps.minTier) ? before : await (known = deps.probe())
      assertStrongEnough(probe, deps.minTier)
      const row = buildRow(host, spec)
      // Held from before its row is there until it is removed: nobody takes it for something left over.
      host.active.add(row.token)
      try {
        await ledger.create(row)
        // Processes of one server share /data: its image must not be checked by one while the other mounts it.
        const { policy, launched } = await turns.take(spec.dataDir, async () => {
          const planned = await planServer(deps, spec)
          return { policy: planned, launched: await launchSandbox(host, row.token, planned) }
        })
        try {
          return await openGate(deps, { row, spec, ledger, launched, policy, probe })
        } catch (error) {
          await removeSandbox(host, row.token, launched.outer)
          throw error
        }
      } catch (error) {
        host.active.delete(row.token)
        await ledger.remove(row.instanceId)
        throw error
      }
    },
    adopt: (row) => adopt(deps, row),
    readEnd: (row) => readEnd(host, row),
    async reap(row) {
      const outer =
        row.bootId === host.bootId && row.pid !== null && row.startTime !== null
          ? { pid: row.pid, startTime: row.startTime }
          : null
      await removeSandbox(host, row.token, outer)
    },
    async observe(rows) {
      const strays = await listStrays(host, rows)
      const found = rows.map((row) => [row.instanceId, observeRow(host, row)] as const)
      return { rows: new Map(found), strays }
    },
    async sweep(rows, among) {
      const found = await listStrays(host, rows)
      const strays = among === undefined ? found : found.filter((token) => among.has(token))
      for (const token of strays) await removeSandbox(host, token)
      return strays
    },
  }
}

function assertStrongEnough(probe: HostProbe, minTier: IsolationTier): void {
  if (isAtLeast(probe.tier, minTier)) return
  const failed = probe.checks.filter(({ status }) => status !== 'ok')
  const fixes = failed.map(({ fix }) => fix).filter((fix) => fix !== null)
  throw new AppError(
    'isolation_too_weak',
    `This host reaches isolation tier "${probe.tier}", and "${minTier}" is required: ` +
      `${failed.map(({ found }) => found).join('; ') || renderGaps(probe.planned)}.`,
    fixes.length === 0 ? {} : { hint: fixes.join(' ') },
  )
}

async function planServer({ host, interpreters }: BubblewrapDeps, spec: LaunchSpec): Promise<SandboxPolicy> {
  const uid = chooseUid(host, spec)
  const [word = ''] = spec.command
  const extra: Bind[] = spec.runtime === 'node' || word === 'node' ? [await interpreters.nodeBind()] : []
  const program = await resolveProgram(word, { appDir: spec.appDir, nodeDir: extra[0]?.source ?? null })
  const { diskMb } = spec.config.limits
  const volume = await prepareVolume(host, { dataDir: spec.dataDir, uid, diskMb })
  const policy = buildServerPolicy(spec, program, uid, volume, extra)
  return { ...policy, openFiles: Math.min(policy.openFiles, host.maxOpenFiles) }
}

function chooseUid({ way, uids }: SandboxHost, { uid }: LaunchSpec): number | null {
  if (uids === null) return null
  if (uid === null) throw new TypeError('this way gives every server a uid of its own')
  // Root reaches any; a plain user only those that he was granted.
  if (way !== 4 || holdsUid(uids, uid)) return uid
  throw new AppError(
    'sandbox_failed',
    `Its files belong to host uid ${uid}, which this user was not granted.`,
    {
      hint: 'Run the platform as the user it ran as before, or deploy the server anew under another name.',
    },
  )
}

function buildRow(host: SandboxHost, spec: LaunchSpec): LedgerRow {
  const token = createSandboxToken(host, 'i')
  return {
    instanceId: createId('ins'),
    serverId: spec.serverId,
    versionId: spec.versionId,
    key: spec.key,
    token,
    backend: nameOf(host),
    pid: null,
    startTime: null,
    bootId: host.bootId,
    runDir: join(host.runRoot, token),
    cgroup: host.groups === null ? null : `${GROUP_PREFIX}/${token}`,
    enforcement: null,
    initializeResult: null,
    createdAt: host.clock.now(),
  }
}

type Waiting = {
  readonly row: LedgerRow
  readonly spec: LaunchSpec
  readonly ledger: Ledger
  readonly launched: Launched
  readonly policy: SandboxPolicy
  readonly probe: HostProbe
}

/** Nothing of the server has run yet: what is in force is read back, the row completed, then the gate opened. */
async function openGate(deps: BubblewrapDeps, waiting: Waiting): Promise<Instance> {
  const { host, minTier } = deps
  const { row, launched, policy, probe } = waiting
  const confirmation = await readEnforcement(launched, policy, host.way)
  if (confirmation.kind === 'broken') {
    throw new AppError('isolation_too_weak', `The sandbox was refused before it ran: ${confirmation.why}.`)
  }
  const { enforcement } = confirmation
  const tier = tierOf(enforcement)
  if (!isAtLeast(tier, minTier) || !isAtLeast(tier, probe.tier)) {
    throw new AppError(
      'isolation_too_weak',
      `The sandbox reached only tier "${tier}" and was ended before it ran: ${renderGaps(enforcement)}.`,
    )
  }
  const { pid, startTime } = launched.outer
  const network = await openNetwork(deps, launched, waiting.spec)
  try {
    await waiting.ledger.update(row.instanceId, { pid, startTime, enforcement })
    const instance = openInstance(
      host,
      {
        ...launched,
        limits: policy.limits,
        program: policy.command[0] ?? '',
        needsWatchdog: needsWatchdog(enforcement),
      },
      { instanceId: row.instanceId, uid: policy.uid ?? process.getuid?.() ?? 0, enforcement, network },
    )
    launched.go()
    return instance
  } catch (error) {
    network.close()
    throw error
  }
}

/** Pid, start time, boot and token must all match: a pid that was given to another process is left alone. */
async function adopt(deps: BubblewrapDeps, row: LedgerRow): Promise<Instance | null> {
  const { host } = deps
  const { token, runDir, enforcement } = row
  if (row.backend !== nameOf(host) || row.bootId !== host.bootId || enforcement === null) return null
  if (row.pid === null || row.startTime === null || runDir !== join(host.runRoot, token)) return null
  const outer = { pid: row.pid, startTime: row.startTime }
  const facts = await readSandboxFacts(runDir, host.bootId)
  if (facts === null || ![outer, facts.init, facts.payload].every(isAlive)) return null
  const uid = readCredentials(facts.payload.pid)?.uids[0]
  const group = (await host.groups?.open(token)) ?? null
  if (uid === undefined || (row.cgroup !== null && group?.holds(facts.payload.pid) !== true)) return null
  host.active.add(token)
  const network = await reopenNetwork(deps, { runDir, outer }, row.serverId)
  try {
    return openInstance(
      host,
      { ...facts, outer, token, runDir, group, child: null, needsWatchdog: needsWatchdog(enforcement) },
      { instanceId: row.instanceId, uid, enforcement, network },
    )
  } catch (error) {
    network.close()
    throw error
  }
}

/** The status file and the control group outlive the sandbox until it is reaped: they tell what nobody saw. */
async function readEnd(host: SandboxHost, { token, runDir, bootId }: LedgerRow): Promise<InstanceEnd | null> {
  if (bootId !== host.bootId || runDir !== join(host.runRoot, token)) return null
  const facts = await readSandboxFacts(runDir, host.bootId)
  if (facts === null || isAlive(facts.init)) return null
  const { exitCode, changedAt } = await readStatusFile(runDir)
  const group = (await host.groups?.open(token)) ?? null
  const usage = await group?.readUsage().catch(() => null)
  const end = decideEnd({
    asked: null,
    forced: false,
    oomKills: (await group?.readOomKills().catch(() => 0)) ?? 0,
    exitCode,
    started: true,
    memoryMb: facts.limits.memoryMb,
    memoryPeakBytes: usage?.memoryPeakBytes ?? null,
    program: facts.program,
  })
  return { ...end, at: changedAt ?? host.clock.now() }
}
