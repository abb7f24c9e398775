/**
 * The way to one process of a hosted server: its connection, the calls in flight on it and those that wait for a place.
 * Takes and returns data; nothing here knows HTTP.
 */
import type { BreakerView } from '../domain/breaker.ts'
import type { Clock } from '../domain/clock.ts'
import { AppError } from '../domain/error.ts'
import type { ServerId } from '../domain/id.ts'
import type { JsonObject } from '../domain/json.ts'
import type { ProcessKey } from '../domain/process-key.ts'
import {
  decideRecordedOutcome,
  parseOutcome,
  type CallRequest,
  type EarlierCall,
  type Outcome,
  type SentCall,
  type LaneTicket,
} from './call.ts'
import type { Logger } from '../system/log.ts'
import { createAskHabits } from './ask-habits.ts'
import { createCallRecorder } from './record-call.ts'
import { createBreaker } from './breaker.ts'
import { buildCall } from './build-call.ts'
import { createCallDeadlines } from './call-deadlines.ts'
import { createCallQueue, type Call, type Shift } from './call-queue.ts'
import { CallTicket } from './call-ticket.ts'
import { createDefinitionGuard } from './definition-guard.ts'
import type { GatewayConfig } from './gateway-config.ts'
import { createLaneConnection } from './lane-connection.ts'
import { addExtras } from './call-extras.ts'
import { asAppError, buildBusy } from './lane-errors.ts'
import { nameTrace, type Tracer } from './trace.ts'
import { createWaitingCallers } from './waiting-callers.ts'
import { createOpenPushes, type PushListener } from './open-pushes.ts'
import { isOfSession, readFacet } from './process-kind.ts'
import type { CallHandlers, CallRecord, DefinitionRecords, UpstreamConnection, Upstreams } from './ports.ts'

export type LaneDeps = {
  readonly upstreams: Upstreams
  readonly definitions: DefinitionRecords
  readonly clock: Clock
  readonly config: GatewayConfig
  /** @param overheadMs of its time, what the server did not have it; null where it gave no answer */
  readonly record: (record: CallRecord, overheadMs: number | null) => void
  readonly logger: Logger
  readonly tracer?: Tracer
  readonly onBreaker?: (serverId: ServerId, key: ProcessKey, view: BreakerView | null) => void
}

const LIST_CHANGES = ['tools', 'prompts', 'resources'].map((list) => `notifications/${list}/list_changed`)
const UNREADABLE = 'The server sent something that cannot be passed on.'

export interface Lane {
  readonly serverId: ServerId
  readonly key: ProcessKey
  /** Null while the process is not known to run. */
  readonly connection: UpstreamConnection | null
  readonly breaker: BreakerView | null
  /**
   * The connection, opened if need be. Throws AppError `server_not_running`.
   * @param principalId of a request that waits for it: it counts as load meanwhile, and is `busy` where too many wait.
   */
  ready(principalId?: string): Promise<UpstreamConnection>
  request(request: CallRequest): LaneTicket
  /** Asks without waiting for the answer or for a connection: state that a new connection gets again anyway. */
  tell(method: string, params: JsonObject): void
  /** Calls in flight and waiting, and requests that wait for the process. */
  load(): number
  /** Of these, those that wait. */
  waiting(): number
  /** Sends away those that wait and may go elsewhere. */
  displace(): void
  /** Calls that asked for log messages and are in flight. */
  listLogTakers(): readonly NonNullable<CallRequest['logs']>[]
  /** Called for each new connection, before any call goes over it. */
  onConnected(listener: (connection: UpstreamConnection) => void): void
  onDisconnected(listener: () => void): void
  onNotification(listener: (method: string, params: JsonObject | undefined) => void): void
  /** What the server asks outside of a call that may be asked; a listener takes it by returning true. */
  onPush(listener: PushListener): void
  /** Ends the calls of one principal, or all; their clients get `error`. */
  failCalls(error: AppError, principalId?: string): void
  close(error: AppError): void
}

export function createLane(serverId: ServerId, key: ProcessKey, deps: LaneDeps): Lane {
  const { clock, config } = deps
  const habits = createAskHabits()
  const calls = createCallQueue(config, habits)
  const callers = createWaitingCallers(config)
  const pushes = createOpenPushes(
    calls,
    habits,
    clock,
    config,
    isOfSession(key, deps.upstreams.traits(serverId)),
  )
  const held = deps.definitions.of(serverId, () => readFacet(key, deps.upstreams.traits(serverId)))
  const guard = createDefinitionGuard(held, { clock, logger: deps.logger, serverId })

  /**
   * What a server sends may be legal JSON that cannot be written again (nested deeper than the stack): that must
   * not end the daemon.
   */
  const attempt = (task: () => void): boolean => {
    try {
      task()
      return true
    } catch (err) {
      deps.logger.warn('what a server sent could not be passed on', { err, server_id: serverId })
      return false
    }
  }

  const breaker = createBreaker({
    clock,
    config,
    findInstance: () => deps.upstreams.current(serverId, key)?.instanceId ?? null,
    onChange: (view) => deps.onBreaker?.(serverId, key, view),
  })

  const open = () => breaker.watch(() => link.open())

  const openForQueue = () => {
    open().catch((error: unknown) => {
      for (const call of calls.list()) {
        if (call.state === 'queued') settle(call, { kind: 'failed', error: asAppError(error) })
      }
    })
  }

  const pump = () => {
    for (;;) {
      const connection = link.isLooking || !link.isReady ? null : link.current
      const call = connection === null ? undefined : calls.takeNext()
      if (call === undefined || connection === null) return
      dispatch(call, connection)
    }
  }

  /** One loss, however many calls were in flight. */
  let lost: UpstreamConnection | null = null
  const shifts = new WeakMap<UpstreamConnection, Shift>()
  /** On a connection that takes no more: it says nothing of the one that calls go to. */
  const isLeft = (call: Call) => call.shift !== null && call.shift !== calls.shift

  const dispatch = (call: Call, over: UpstreamConnection) => {
    const { method, unscreened, earlier } = call.request
    const { params } = call
    calls.enter(call)
    const refusal = guard.refuse(method, params)
    if (refusal !== null) return settle(call, { kind: 'failed', error: refusal })
    const handlers = {
      onResponse(message: JsonObject) {
        call.answeredAt = clock.monotonic()
        if (!isLeft(call)) breaker.noteLife()
        const outcome = parseOutcome(message)
        settle(call, unscreened === true ? outcome : guard.screen(method, outcome))
      },
      onLost(error: AppError) {
        if (lost !== over && !isLeft(call)) breaker.noteFailure()
        lost = over
        settle(call, { kind: 'failed', error })
      },
    }
    try {
      if (earlier !== undefined) return reclaim(call, earlier, over, handlers)
      const extras = addExtras(call.request, handlers, (listener) => progressOf(call, listener), attempt)
      call.sentAt = clock.monotonic()
      call.upstream = over.request(method, params, extras)
    } catch (error) {
      settle(call, { kind: 'failed', error: asAppError(error) })
    }
  }

  const reclaim = (call: Call, earlier: EarlierCall, over: UpstreamConnection, handlers: CallHandlers) => {
    const found = over.reclaim?.(earlier.callId, earlier.requests, handlers)
    if (found === undefined)
      throw new AppError('server_stopped_answering', 'The call ended with the platform.')
    call.upstream = found.call
    for (const push of found.requests) attempt(() => pushes.take(push, calls.shift))
  }

  const progressOf = (call: Call, onProgress: (params: JsonObject) => void) => (params: JsonObject) => {
    if (call.state === 'settled') return
    if (!isLeft(call)) breaker.noteLife()
    const until = Math.min(clock.monotonic() + call.timeoutMs, call.ceiling)
    call.deadline = Math.max(call.deadline, until)
    attempt(() => onProgress(params))
  }

  const end = (call: Call) => {
    calls.settle(call)
    attempt(() => pushes.end(call))
  }

  const settle = (call: Call, ended: Outcome) => {
    if (call.state === 'settled') return
    if (call.request.onPush !== undefined && ended.kind !== 'failed') habits.answered(call.request)
    if (!isLeft(call)) breaker.noteEnd(call, ended, call.upstream !== null)
    end(call)
    record(call, decideRecordedOutcome(call.request.method, ended), ended)
    const outcome = nameTrace(ended, call.traceId)
    const done = attempt(() => call.request.onDone(outcome))
    // An array of answers may hold another one that cannot be written: then there is nothing to say.
    if (!done)
      attempt(() => call.request.onDone({ kind: 'failed', error: new AppError('server_error', UNREADABLE) }))
    if (calls.waiting > 0) pump()
  }

  const cancel = (call: Call, reason: string) => {
    if (call.state === 'settled') return
    const { upstream } = call
    if (!isLeft(call)) breaker.noteEnd(call, null, upstream !== null)
    end(call)
    upstream?.cancel(reason)
    record(call, 'cancelled')
    if (calls.waiting > 0) pump()
  }

  const release = (call: Call) => {
    if (call.state !== 'settled') calls.settle(call)
  }

  const locate = (call: Call): SentCall | null => {
    const { upstream, startedAt } = call
    const connection = link.current
    // What leaves is not there for the next daemon.
    if (upstream === null || connection === null || connection.reclaim === null || isLeft(call)) return null
    const wall = Math.round(clock.now() - (clock.monotonic() - startedAt))
    return { key, instanceId: connection.instanceId, callId: upstream.id, startedAt: wall }
  }

  const control = { cancel, release, locate }

  const record = createCallRecorder(serverId, deps)

  const fail = (call: Call, error: AppError, reason: string) => {
    call.upstream?.cancel(reason)
    settle(call, { kind: 'failed', error })
  }

  const failCalls = (error: AppError, principalId?: string) => {
    for (const call of calls.list()) {
      if ((principalId ?? call.request.principalId) === call.request.principalId)
        fail(call, error, error.message)
    }
  }

  const deadlines = createCallDeadlines(
    { list: () => calls.list(), isReady: () => link.isReady },
    clock,
    config,
    (call, error) => fail(call, error, 'the deadline passed'),
  )

  const ready = () => (link.current === null ? breaker.guard(open) : link.open())

  const lane: Lane = {
    serverId,
    key,
    get connection() {
      return link.current
    },
    get breaker() {
      return breaker.view
    },
    ready: (principalId) => (principalId === undefined ? ready() : callers.wait(principalId, ready)),
    request(request) {
      const call = buildCall(request, key, clock, config, deps.upstreams.traits(serverId), deps.tracer)
      deadlines.watch()
      const connection = link.current
      const refused = breaker.admit(call)
      const goes = request.unscreened === true || (!link.isLooking && link.isReady && calls.hasPlace(request))
      if (refused !== null) settle(call, { kind: 'failed', error: refused })
      else if (connection !== null && goes) dispatch(call, connection)
      else if (calls.isFull(request.principalId)) settle(call, { kind: 'failed', error: buildBusy(config) })
      else {
        calls.wait(call)
        if (connection === null) openForQueue()
      }
      return new CallTicket(call, control)
    },
    tell(method, params) {
      try {
        link.current?.request(method, params, { onResponse: () => {}, onLost: () => {} })
      } catch (error) {
        // Busy, or gone in this very moment.
        if (!(error instanceof AppError)) throw error
      }
    },
    load: () => calls.load + callers.count,
    waiting: () => calls.waiting + callers.count,
    displace() {
      for (const call of calls.list()) {
        const { onDisplaced } = call.request
        if (call.state !== 'queued' || onDisplaced === undefined) continue
        calls.settle(call)
        attempt(onDisplaced)
      }
    },
    listLogTakers() {
      const asked = calls.listInFlight().map(({ request }) => request)
      const principals = new Set(
        asked.filter(({ unrecorded }) => !unrecorded).map((each) => each.principalId),
      )
      return principals.size > 1 ? [] : asked.flatMap(({ logs }) => logs ?? [])
    },
    onConnected: (listener) => link.onConnected(listener),
    onDisconnected: (listener) => link.onDisconnected(listener),
    onNotification: (listener) => link.onNotification(listener),
    onPush: (listener) => pushes.onOutside(listener),
    failCalls,
    close(error) {
      link.close()
      guard.close()
      held.close()
      attempt(() => pushes.close())
      failCalls(error)
    },
  }

  const link = createLaneConnection(lane, deps, guard, {
    attempt,
    onReady: pump,
    onLost: () => (calls.waiting > 0 ? openForQueue() : undefined),
    onPush(push, from) {
      const shift = shifts.get(from) ?? calls.shift
      if (shift === calls.shift) breaker.noteLife()
      let isTaken = false
      return attempt(() => (isTaken = pushes.take(push, shift))) && isTaken
    },
    onLeft: () => calls.turn(),
  })
  link.onConnected((connection) => {
    shifts.set(connection, calls.shift)
    habits.forget()
  })
  held.onChanged(() => {
    if (link.current !== null) guard.look()
    for (const method of LIST_CHANGES) link.announce(method, undefined)
  })
  return lane
}
