/** Compares desired and observed, again and again, and acts on what differs for longer than it takes to do it. */
import type { Difference, Observation } from '../../../domain/difference.ts'
import type { InstanceId, ServerId } from '../../../domain/id.ts'
import type { Crew } from '../../pool/crew.ts'
import type { ServerProcesses } from '../../pool/server-processes.ts'
import type { Backend, Ledger, ServerRecords } from '../../ports.ts'
import type { RunDeps } from '../run-types.ts'
import type { SupervisedServer } from '../supervised-server.ts'
import { decideReconcile, type Memory, type Reconciliation } from './decide-reconcile.ts'
import type { Action, Observed, ObservedProcess, Standing } from './find-differences.ts'

/** Older than this, what is shown is marked stale. */
const STALE_MS = 2000

export type ReconcilerDeps = Pick<RunDeps, 'clock' | 'logger' | 'logs'> & {
  readonly backend: Pick<Backend, 'observe' | 'reap' | 'sweep'>
  readonly ledger: Pick<Ledger, 'list' | 'listBrief' | 'remove'>
  readonly records: Pick<ServerRecords, 'listWishes'>
}

/** What the supervisor holds, and what it lets the reconciler do. */
export type Supervised = {
  readonly servers: ReadonlyMap<ServerId, ServerProcesses>
  readonly queued: ReadonlySet<ServerId>
  readonly isOpen: () => boolean
  readonly track: (serverId: ServerId, server: string) => void
  readonly forget: (serverId: ServerId) => Promise<void>
}

export interface Reconciler {
  /**
   * One comparison; resolves when what it began is under way. While one goes on, another asks for nothing.
   * @param switching names of servers that a verb stops and starts at this moment.
   */
  look(switching: () => readonly string[]): Promise<void>
  observation(serverId: ServerId): Observation
  /** All that differs, of servers and beside them. */
  differences(): readonly Difference[]
}

export function createReconciler(deps: ReconcilerDeps, supervised: Supervised): Reconciler {
  const { clock, backend, ledger, logger } = deps
  let memory: Memory = new Map()
  let shown: Reconciliation['shown'] = []
  let seen: { readonly at: number; readonly monotonic: number } | null = null
  let looking = false

  const observe = async (switching: () => readonly string[]) => {
    const evidence = await backend.observe(await ledger.listBrief())
    // Read last and together, so that no verb comes between what it wishes and what is done about it.
    const rows = await ledger.listBrief()
    const wishes = await deps.records.listWishes()
    const observed: Observed = {
      processes: [...supervised.servers.values()].flatMap((server) =>
        listCrews(server).flatMap((crew) => observeCrew(crew, clock.monotonic())),
      ),
      rows: rows.flatMap((row) => {
        const found = evidence.rows.get(row.instanceId)
        return found === undefined ? [] : [{ ...row, ...found }]
      }),
      strays: evidence.strays.filter((token) => !rows.some((row) => row.token === token)),
      queued: supervised.queued,
      switching: new Set(switching()),
    }
    return { wishes, observed }
  }

  const fail = (key: string, action: Action, error: unknown) => {
    const failure = error instanceof Error ? error.message : String(error)
    logger.warn('A difference could not be mended', { difference: key, action: action.do, err: error })
    const known = memory.get(key)
    if (known !== undefined) memory = new Map(memory).set(key, { ...known, failure })
  }

  const reap = async (wanted: InstanceId) => {
    const row = (await ledger.list()).find(({ instanceId }) => instanceId === wanted)
    if (row === undefined) return
    await backend.reap(row)
    await ledger.remove(row.instanceId)
    deps.logs.append(row.serverId, 'platform', `What was left of pid ${row.pid ?? '?'} was ended and removed`)
  }

  const act = async (action: Action): Promise<void> => {
    switch (action.do) {
      case 'start':
      case 'stop':
        return supervised.servers.get(action.serverId)?.main.post({ kind: action.do })
      case 'wake':
        return findMain(supervised, action)?.post({ kind: 'due' })
      case 'end':
        return findOwner(supervised, action.instanceId)?.post({ kind: 'stop' })
      case 'give_up_start': {
        const detail = 'It did not come up, and nobody was waiting for it any more.'
        return findMain(supervised, action)?.post({ kind: 'unfit', cause: 'start_timeout', detail })
      }
      case 'track':
        return supervised.track(action.serverId, action.server)
      case 'forget':
        return supervised.forget(action.serverId)
      case 'reap':
        return reap(action.instanceId)
      case 'lose':
        return findOwner(supervised, action.instanceId)?.run()?.endUnseen()
      case 'sweep':
        await backend.sweep(await ledger.list(), new Set([action.token]))
    }
  }

  return {
    async look(switching) {
      if (looking || !supervised.isOpen()) return
      looking = true
      try {
        const { wishes, observed } = await observe(switching)
        if (!supervised.isOpen()) return
        const time = { now: clock.now(), monotonic: clock.monotonic() }
        const decided = decideReconcile(wishes, observed, memory, time)
        memory = decided.memory
        shown = decided.shown
        seen = { at: time.now, monotonic: time.monotonic }
        for (const { key, action } of decided.actions) {
          logger.warn('What differs from what should be is mended', { difference: key, action: action.do })
          // Not waited for: one that hangs must not keep the others from being looked at.
          void act(action).catch((error: unknown) => fail(key, action, error))
        }
      } finally {
        looking = false
      }
    },
    observation: (serverId) => ({
      at: seen?.at ?? null,
      isStale: seen === null || clock.monotonic() - seen.monotonic > STALE_MS,
      differences: shown.filter((difference) => difference.serverId === serverId),
    }),
    differences: () => shown,
  }
}

type Side = Pick<Crew, 'main' | 'pool'> & {
  readonly standing: Standing
  readonly leavesBy: number | null
}

function listCrews(server: ServerProcesses): readonly Side[] {
  const { main, pool } = server
  const tried = server.tried()
  return [
    { main, pool, standing: 'serving', leavesBy: null },
    ...server.beside().map((crew): Side => ({
      main: crew.main,
      pool: crew.pool,
      standing: crew === tried ? 'tried' : 'leaving',
      leavesBy: crew.leavesBy(),
    })),
  ]
}

function observeCrew(
  { main, pool, standing, leavesBy }: Side,
  monotonic: number,
): readonly ObservedProcess[] {
  return [main, ...pool.list()].map((process) => ({
    serverId: process.serverId,
    server: process.server,
    isMain: process === main,
    standing,
    isOverdue: leavesBy !== null && monotonic > leavesBy,
    state: process.state(),
    waits: process.waits(),
    startTimeoutMs: (process.launch()?.config.startTimeoutSeconds ?? 30) * 1000,
    versionId: process.launch()?.versionId ?? null,
    instanceId: process.run()?.instanceId() ?? null,
  }))
}

function findMain(
  { servers }: Supervised,
  { serverId, standing }: { readonly serverId: ServerId; readonly standing: Standing },
): SupervisedServer | null {
  const server = servers.get(serverId)
  const crew = server === undefined ? undefined : listCrews(server).find((one) => one.standing === standing)
  return crew?.main ?? null
}

function findOwner({ servers }: Supervised, instanceId: string): SupervisedServer | null {
  for (const { main, pool } of [...servers.values()].flatMap(listCrews)) {
    const owner = [main, ...pool.list()].find((process) => process.run()?.instanceId() === instanceId)
    if (owner !== undefined) return owner
  }
  return null
}
