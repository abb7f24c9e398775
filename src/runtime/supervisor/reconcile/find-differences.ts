/** Desired against observed, at one moment: everything that is not as it should be. Pure. */
import type { DifferenceKind } from '../../../domain/difference.ts'
import type { InstanceId, ServerId, VersionId } from '../../../domain/id.ts'
import type { DesiredState, ServerState } from '../../../domain/server-state.ts'

export type Wish = {
  readonly serverId: ServerId
  readonly server: string
  readonly desired: DesiredState
  readonly activeVersion: VersionId | null
}

/** `tried`: a version beside the one that serves. `leaving`: one before it, which finishes what it was asked. */
export type Standing = 'serving' | 'tried' | 'leaving'

export type ObservedProcess = {
  readonly serverId: ServerId
  readonly server: string
  /** Of those of its standing. */
  readonly isMain: boolean
  readonly standing: Standing
  /** It leaves, and the time in which it may finish what it was asked is over. */
  readonly isOverdue: boolean
  readonly state: ServerState
  /** A next try is scheduled. */
  readonly waits: boolean
  readonly startTimeoutMs: number
  readonly versionId: VersionId | null
  readonly instanceId: InstanceId | null
}

export type ObservedRow = {
  readonly instanceId: InstanceId
  readonly serverId: ServerId
  readonly pid: number | null
  /** This daemon makes, runs or ends it. */
  readonly isHeld: boolean
  readonly isAlive: boolean
}

export type Observed = {
  readonly processes: readonly ObservedProcess[]
  readonly rows: readonly ObservedRow[]
  /** Run directories and control groups that no row names and nobody holds. */
  readonly strays: readonly string[]
  /** Will be started as soon as there is a place. */
  readonly queued: ReadonlySet<ServerId>
  /** Names of servers that a verb stops and starts at this moment. */
  readonly switching: ReadonlySet<string>
}

export type Action =
  | { readonly do: 'start' | 'stop' | 'forget'; readonly serverId: ServerId }
  | { readonly do: 'wake'; readonly serverId: ServerId; readonly standing: Standing }
  | { readonly do: 'track'; readonly serverId: ServerId; readonly server: string }
  | { readonly do: 'give_up_start'; readonly serverId: ServerId; readonly standing: Standing }
  /** Tells the process to end, in order. */
  | { readonly do: 'end'; readonly instanceId: InstanceId }
  /** Ends what is left of the row; `lose` tells the supervised process too that it has ended. */
  | { readonly do: 'reap' | 'lose'; readonly instanceId: InstanceId }
  | { readonly do: 'sweep'; readonly token: string }

export type Found = {
  /** The same for as long as it is the same difference. */
  readonly key: string
  readonly kind: DifferenceKind
  readonly serverId: ServerId | null
  readonly server: string | null
  readonly reason: string
  readonly nextStep: string
  readonly action: Action | null
  /** How long it has to last before it is told, and before it is acted upon. */
  readonly showAfterMs: number
  readonly actAfterMs: number
}

/** Seen in two looks in a row: what is just being done is gone by then. */
const SHOW_MS = 900
const ACT_MS = 1900
/** Something that is just being made may be there before its row is. */
const SWEEP_MS = 4900
/** The ladder of a stop, and what removing a sandbox takes at most. */
const STOP_MS = 20_000
const START_SLACK_MS = 20_000
/** Between the end of its time and its stop lie a look at what it holds, and the drain of what waits behind it. */
const LEAVE_MS = 5000
/** Its end is noticed within 200 ms, and removing what is left takes 5 s at most. */
const GONE_MS = 10_000

const OF = { serving: '', tried: 'The next version of ', leaving: 'The version before of ' } as const

export function findDifferences(wishes: readonly Wish[], observed: Observed): readonly Found[] {
  const known = new Map(wishes.map((wish) => [wish.serverId, wish]))
  const alive = new Map(observed.rows.map((row) => [row.instanceId, row]))
  const mains = observed.processes.filter(({ isMain, standing }) => isMain && standing === 'serving')
  // Between its end and the end of its row an instance is nobody's but its process's.
  const owned = new Set(observed.processes.map(({ instanceId }) => instanceId))
  const supervised = new Set(mains.map(({ serverId }) => serverId))
  return [
    ...mains.flatMap((main) => compareWish(main, known.get(main.serverId) ?? null, observed)),
    ...observed.processes.flatMap((process) => compareProcess(process, alive)),
    ...wishes
      .filter(({ serverId, server }) => !supervised.has(serverId) && !observed.switching.has(server))
      .map(findUnsupervised),
    ...observed.rows
      .filter(({ isHeld, instanceId }) => !isHeld && !owned.has(instanceId))
      .map((row) => findLeftOver(row, known)),
    ...observed.strays.map(findStray),
  ]
}

function compareWish(main: ObservedProcess, wish: Wish | null, observed: Observed): readonly Found[] {
  const { serverId, server, state } = main
  if (observed.switching.has(server)) return []
  const about = { serverId, server, showAfterMs: SHOW_MS, actAfterMs: ACT_MS }
  if (wish === null) {
    return [
      {
        ...about,
        key: `no_record ${serverId}`,
        kind: 'no_record',
        reason: `${server} is supervised, and there is no record of it.`,
        nextStep: 'The platform ends what runs of it and forgets it.',
        action: { do: 'forget', serverId },
        actAfterMs: SWEEP_MS,
      },
    ]
  }
  const rests = state.kind === 'stopped' && state.idle === true
  const isUp = state.kind === 'starting' || state.kind === 'running' || state.kind === 'backoff'
  if (wish.desired === 'stopped') {
    if (!isUp) return []
    return [
      {
        ...about,
        key: `should_not_run ${serverId}`,
        kind: 'should_not_run',
        reason: `${server} is ${state.kind}, and it should be stopped.`,
        nextStep: `The platform stops it; else: haivemind stop ${server}`,
        action: { do: 'stop', serverId },
      },
    ]
  }
  if (state.kind === 'stopped' && !rests && !observed.queued.has(serverId) && wish.activeVersion !== null) {
    return [
      {
        ...about,
        key: `should_run ${serverId}`,
        kind: 'should_run',
        reason: `${server} is stopped, and it should run.`,
        nextStep: `The platform starts it; else: haivemind start ${server}`,
        action: { do: 'start', serverId },
      },
    ]
  }
  if (state.kind === 'backoff' && !main.waits) return [findLostWake(main)]
  const isOther = state.kind === 'running' && main.versionId !== null && wish.activeVersion !== main.versionId
  if (!isOther) return []
  return [
    {
      ...about,
      key: `other_version ${serverId} ${main.versionId}`,
      kind: 'other_version',
      reason: `${server} runs another version than its active one.`,
      nextStep: `haivemind restart ${server}`,
      action: null,
    },
  ]
}

function findLostWake({ serverId, server, standing }: ObservedProcess): Found {
  return {
    serverId,
    server,
    key: `lost_wake ${serverId} ${standing}`,
    kind: 'lost_wake',
    reason: `${OF[standing]}${server} waits for its next try, and none is scheduled.`,
    nextStep: `The platform tries it now; else: haivemind start ${server}`,
    action: { do: 'wake', serverId, standing },
    showAfterMs: SHOW_MS,
    actAfterMs: ACT_MS,
  }
}

/** What its state says against what there is of it. */
function compareProcess(
  process: ObservedProcess,
  rows: ReadonlyMap<InstanceId, ObservedRow>,
): readonly Found[] {
  const { serverId, server, state, instanceId, standing } = process
  const whose = `${OF[standing]}${server}`
  const about = { serverId, server, showAfterMs: SHOW_MS }
  const row = instanceId === null ? undefined : rows.get(instanceId)
  const lose = instanceId === null ? null : ({ do: 'lose', instanceId } as const)
  if ((state.kind === 'starting' || state.kind === 'running') && row?.isAlive === false) {
    return [
      {
        ...about,
        key: `process_gone ${instanceId}`,
        kind: 'process_gone',
        reason: `${whose} is ${state.kind}, and its process ${row.pid ?? ''} is gone.`,
        nextStep: 'The platform removes what is left of it and decides about a restart.',
        action: lose,
        actAfterMs: GONE_MS,
      },
    ]
  }
  if (state.kind === 'running' && process.isOverdue && instanceId !== null) {
    return [
      {
        ...about,
        key: `leave_overdue ${instanceId}`,
        kind: 'should_not_run',
        reason: `${whose} runs on, although the time to finish what it was asked is over.`,
        nextStep: 'The platform ends it.',
        action: { do: 'end', instanceId },
        showAfterMs: LEAVE_MS,
        actAfterMs: LEAVE_MS,
      },
    ]
  }
  if (standing === 'tried' && process.isMain && state.kind === 'backoff' && !process.waits)
    return [findLostWake(process)]
  if (state.kind === 'stopping') {
    return [
      {
        ...about,
        key: `stop_overdue ${serverId} ${standing} ${instanceId} ${state.since}`,
        kind: 'stop_overdue',
        reason: `${whose} is being stopped for longer than that takes.`,
        nextStep: 'The platform ends its processes by force.',
        action: lose,
        showAfterMs: STOP_MS,
        actAfterMs: STOP_MS,
      },
    ]
  }
  if (state.kind === 'starting') {
    const limit = process.startTimeoutMs + START_SLACK_MS
    return [
      {
        ...about,
        key: `start_overdue ${serverId} ${standing} ${instanceId} ${state.since}`,
        kind: 'start_overdue',
        reason: `${whose} is starting for longer than its start_timeout.`,
        nextStep: `The platform gives this start up; else: haivemind restart ${server}`,
        action: process.isMain ? { do: 'give_up_start', serverId, standing } : null,
        showAfterMs: limit,
        actAfterMs: limit,
      },
    ]
  }
  return []
}

function findUnsupervised({ serverId, server }: Wish): Found {
  return {
    key: `not_supervised ${serverId}`,
    kind: 'not_supervised',
    serverId,
    server,
    reason: `There is a record of ${server}, and it is not supervised.`,
    nextStep: 'The platform takes it up.',
    action: { do: 'track', serverId, server },
    showAfterMs: SHOW_MS,
    actAfterMs: SWEEP_MS,
  }
}

function findLeftOver(row: ObservedRow, known: ReadonlyMap<ServerId, Wish>): Found {
  const server = known.get(row.serverId)?.server ?? null
  const whose = server === null ? 'a server that is gone' : server
  return {
    key: `left_over ${row.instanceId}`,
    kind: 'left_over',
    serverId: row.serverId,
    server,
    reason: row.isAlive
      ? `Process ${row.pid ?? ''} of ${whose} runs on from an earlier start.`
      : `What an earlier process of ${whose} left is not removed yet.`,
    nextStep: 'The platform ends and removes it.',
    action: { do: 'reap', instanceId: row.instanceId },
    showAfterMs: SHOW_MS,
    actAfterMs: ACT_MS,
  }
}

function findStray(token: string): Found {
  return {
    key: `stray ${token}`,
    kind: 'stray',
    serverId: null,
    server: null,
    reason: `The run directory or control group ${token} belongs to nothing that is known.`,
    nextStep: 'The platform removes it.',
    action: { do: 'sweep', token },
    showAfterMs: SHOW_MS,
    actAfterMs: SWEEP_MS,
  }
}
