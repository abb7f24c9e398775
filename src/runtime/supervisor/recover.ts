/** Every start is a recovery: adopt what is proved, reap the rest, sweep, start what should run. */
import type { ServerId } from '../../domain/id.ts'
import { buildMainKey, isSameKey, renderProcessKey } from '../../domain/process-key.ts'
import type { InstanceEnd, LedgerRow, ServerRecords } from '../ports.ts'
import { decideRecovery, decideStart } from './decide-recovery.ts'
import { buildExit, NO_WORDS } from '../instance/exit/build-exit.ts'
import { parseAdopted } from '../instance/greet.ts'
import { findLongestDelay } from './restart-policy.ts'
import { isDecided, waitForState } from './wait-for-state.ts'
import {
  createServerProcesses,
  type ServerProcesses,
  type ServerProcessesDeps,
} from '../pool/server-processes.ts'
import type { SupervisedServer } from './supervised-server.ts'

/** Between the first tries of those whose wait was over while nobody was there. */
const SPREAD_MS = 250
/** Of delays, at most. */
const JITTER = 1.25

export type RecoveryReport = {
  readonly adopted: number
  readonly reaped: number
  /** What no row named and was removed. */
  readonly swept: readonly string[]
}

type Registry = {
  readonly register: (server: ServerProcesses) => void
  readonly queued: Set<ServerId>
  readonly isClosing: () => boolean
}
type Wanted = Awaited<ReturnType<ServerRecords['listDesired']>>[number]
type Found = { readonly wanted: Wanted; readonly server: ServerProcesses }
type RecoverDeps = ServerProcessesDeps

export async function recoverServers(deps: RecoverDeps, registry: Registry): Promise<RecoveryReport> {
  const rows = await deps.ledger.list()
  const desired = await deps.records.listDesired()
  const ends = await readEnds(deps, rows, desired)
  const found = new Map<ServerId, Found>()
  for (const record of desired) {
    const wanted = withEnd(deps, record, ends.get(record.serverId))
    const { state } = decideStart(wanted.desired, wanted.lastState)
    const server = createServerProcesses(deps, wanted, { ...wanted, state })
    registry.register(server)
    found.set(wanted.serverId, { wanted, server })
  }

  const adopted = new Set<string>()
  const placeOf = ({ serverId, key }: Pick<LedgerRow, 'serverId' | 'key'>) =>
    `${serverId} ${renderProcessKey(key)}`
  const toReap: { row: LedgerRow; reason: string }[] = []
  for (const row of rows) {
    const owner = found.get(row.serverId) ?? null
    const reason = await tryAdopt(deps, row, owner, { taken: adopted.has(placeOf(row)), rows })
    if (reason === null) adopted.add(placeOf(row))
    else toReap.push({ row, reason })
  }
  const reaped = await Promise.all(toReap.map(({ row, reason }) => reap(deps, row, reason)))
  const swept = await sweep(deps)

  const toStart: SupervisedServer[] = []
  let overdue = 0
  for (const {
    wanted,
    server: { main: server },
  } of found.values()) {
    if (adopted.has(placeOf(server))) continue
    const decision = decideStart(wanted.desired, wanted.lastState)
    if (decision.kind === 'wait' && decision.state.kind === 'backoff') {
      const left = decision.state.nextTry - deps.clock.now()
      const wait = left > 0 ? left : deps.random() * SPREAD_MS * ++overdue
      // Wall clocks are set back and forth between two daemons; nobody waits for years because of it.
      const own = wanted.next?.config.restartDelaySeconds ?? 0
      const longest = JITTER * findLongestDelay(decision.state.lastExit.class, own)
      server.wakeAfter(Math.min(wait, longest))
    }
    if (decision.kind === 'start') toStart.push(server)
  }
  for (const server of toStart) registry.queued.add(server.serverId)
  for (const server of toStart) deps.starts.enter('boot', () => startQueued(server, registry))
  return { adopted: adopted.size, reaped: reaped.filter(Boolean).length, swept }
}

/**
 * The one that the server's own state speaks of. While it is not known what a server speaks, that is the one that was
 * asked first, in the earlier era, or the only one there is.
 */
function isMain(row: LedgerRow, wanted: Wanted, rows: readonly LedgerRow[]): boolean {
  const legacy = buildMainKey('legacy')
  const isThere = rows.some(({ serverId, key }) => serverId === row.serverId && isSameKey(key, legacy))
  return isSameKey(row.key, buildMainKey(wanted.mainEra ?? (isThere ? 'legacy' : row.key.era)))
}

/** What ended while no daemon watched, told by what it left behind. */
async function readEnds(
  { backend }: RecoverDeps,
  rows: readonly LedgerRow[],
  wanted: readonly Wanted[],
): Promise<ReadonlyMap<ServerId, InstanceEnd>> {
  const ends = new Map<ServerId, InstanceEnd>()
  for (const row of rows) {
    const end = await backend.readEnd(row).catch(() => null)
    const owner = wanted.find(({ serverId }) => serverId === row.serverId)
    // One that was tried beside the active version, or left, says nothing of the server.
    const isActive = owner?.activeVersion === row.versionId
    if (end !== null && owner !== undefined && isActive && isMain(row, owner, rows))
      ends.set(row.serverId, end)
  }
  return ends
}

/** An end that was being asked for when the daemon died is told as what it was. */
function withEnd(deps: RecoverDeps, record: Wanted, end: InstanceEnd | undefined): Wanted {
  if (end === undefined) return record
  const { lastState, serverId } = record
  const { cause, detail } = lastState.kind === 'stopping' ? lastState : end
  deps.logs.append(serverId, 'platform', `Ended while the platform was away: ${detail}`)
  const lastExit = buildExit({ ...end, cause, detail }, NO_WORDS, 'serving', lastState.lastExit)
  return { ...record, lastState: { ...lastState, lastExit } }
}

/** Null when the instance was taken over, else why it was not. */
async function tryAdopt(
  deps: RecoverDeps,
  row: LedgerRow,
  owner: Found | null,
  { taken, rows }: { readonly taken: boolean; readonly rows: readonly LedgerRow[] },
): Promise<string | null> {
  const decision = decideRecovery(row, { taken }, owner?.wanted ?? null)
  if (decision.kind === 'reap') return decision.reason
  if (owner?.server.main.state().kind === 'failed') return 'its server has failed'
  const initialized = parseAdopted(row.initializeResult)
  if (owner === null || typeof initialized === 'string') return 'its answer to initialize is not readable'
  try {
    const spec = await deps.records.findLaunchSpec(row.serverId, 'adopt')
    const instance = await deps.backend.adopt(row)
    if (instance === null) return 'it had ended while the platform was away'
    const { main, pool } = owner.server
    const { lastState } = owner.wanted
    if (!isMain(row, owner.wanted, rows))
      pool.adopt(row.key, { instance, initialized, spec, startedAt: row.createdAt })
    else {
      const startedAt = lastState.kind === 'running' ? lastState.since : row.createdAt
      main.adopt({ instance, initialized, spec, startedAt })
    }
    return null
  } catch (error) {
    deps.logger.error('A server could not be taken over', { server_id: row.serverId, err: error })
    return 'taking it over failed'
  }
}

/** What cannot be ended keeps its row: the next start of its server tries again before it spawns. */
async function reap(deps: RecoverDeps, row: LedgerRow, reason: string): Promise<boolean> {
  try {
    await deps.backend.reap(row)
    await deps.ledger.remove(row.instanceId)
    deps.logs.append(row.serverId, 'platform', `What was left of pid ${row.pid ?? '?'} was ended: ${reason}`)
    return true
  } catch (error) {
    deps.logger.error('What was left of a server could not be ended', { server_id: row.serverId, err: error })
    return false
  }
}

async function sweep(deps: RecoverDeps): Promise<readonly string[]> {
  try {
    const swept = await deps.backend.sweep(await deps.ledger.list())
    if (swept.length > 0) deps.logger.warn('Removed what no row of the ledger named', { swept })
    return swept
  } catch (error) {
    deps.logger.error('Sweeping failed', { err: error })
    return []
  }
}

/** Holds its place until it runs or does not. */
async function startQueued(server: SupervisedServer, { queued, isClosing }: Registry): Promise<void> {
  // Somebody stopped, started or removed it meanwhile.
  if (isClosing() || !queued.has(server.serverId)) return
  await server.post({ kind: 'start' })
  queued.delete(server.serverId)
  await waitForState(server, isDecided)
}
