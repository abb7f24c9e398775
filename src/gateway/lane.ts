/**
 * The way to one process of a hosted server: its connection, the calls in flight on it and those that wait for a place.
 * Takes and returns data; nothing here knows HTTP. One sweep timer watches every deadline, since a timer for
 * each call would cost more than the call.
 */
import type { Clock } from '../domain/clock.ts'
import { AppError } from '../domain/error.ts'
import type { ServerId } from '../domain/id.ts'
import type { JsonObject } from '../domain/json.ts'
import type { ProcessKey } from '../domain/process-key.ts'
import {
  decideRecordedOutcome,
  parseOutcome,
  readToolName,
  type CallRequest,
  type Outcome,
  type Ticket,
} from './call.ts'
import type { Logger } from '../system/log.ts'
import { createCallQueue, type Call } from './call-queue.ts'
import { createDefinitionGuard } from './definition-guard.ts'
import type { GatewayConfig } from './gateway-config.ts'
import { asAppError, buildBusy, buildTimeout } from './lane-errors.ts'
import type { CallRecord, DefinitionRecords, UpstreamConnection, Upstreams } from './ports.ts'

export type LaneDeps = {
  readonly upstreams: Upstreams
  readonly definitions: DefinitionRecords
  readonly clock: Clock
  readonly config: GatewayConfig
  readonly record: (record: CallRecord) => void
  readonly logger: Logger
}

const LIST_CHANGES = ['tools', 'prompts', 'resources'].map((list) => `notifications/${list}/list_changed`)
const UNREADABLE = 'The server sent something that cannot be passed on.'

export interface Lane {
  readonly serverId: ServerId
  readonly key: ProcessKey
  /** Null while the server is not known to run. */
  readonly connection: UpstreamConnection | null
  /** The connection, opened if need be. Throws AppError `server_not_running`. */
  ready(): Promise<UpstreamConnection>
  request(request: CallRequest): Ticket
  /** Asks without waiting for the answer or for a connection: state that a new connection gets again anyway. */
  tell(method: string, params: JsonObject): void
  /** Calls in flight and waiting. */
  load(): number
  /** Calls that asked for log messages and are in flight. */
  listLogTakers(): readonly NonNullable<CallRequest['logs']>[]
  /** Called for each new connection, before any call goes over it. */
  onConnected(listener: (connection: UpstreamConnection) => void): void
  onDisconnected(listener: () => void): void
  onNotification(listener: (method: string, params: JsonObject | undefined) => void): void
  /** Ends the calls of one principal, or all; their clients get `error`. */
  failCalls(error: AppError, principalId?: string): void
  close(error: AppError): void
}

export function createLane(serverId: ServerId, key: ProcessKey, deps: LaneDeps): Lane {
  const { clock, config } = deps
  const calls = createCallQueue(config)
  const connected: ((connection: UpstreamConnection) => void)[] = []
  const disconnected: (() => void)[] = []
  const notified: ((method: string, params: JsonObject | undefined) => void)[] = []
  const held = deps.definitions.of(serverId)
  const guard = createDefinitionGuard(held, { clock, logger: deps.logger, serverId })
  /** While a new connection is looked at, calls wait. */
  let looking = false
  let connection: UpstreamConnection | null = null
  let opening: {
    readonly promise: Promise<UpstreamConnection>
    readonly controller: AbortController
  } | null = null
  let sweepArmed = false
  let closed = false

  const open = (): Promise<UpstreamConnection> => {
    if (connection !== null) return Promise.resolve(connection)
    if (opening !== null) return opening.promise
    const controller = new AbortController()
    // `starting` may outlast everybody's patience: nobody waits longer than one call's deadline.
    const stopWaiting = clock.after(config.callTimeoutMs, () => controller.abort())
    const promise = deps.upstreams
      .open(serverId, key, controller.signal)
      .then((opened) => attach(opened))
      .finally(() => {
        stopWaiting()
        opening = null
      })
    opening = { promise, controller }
    return promise
  }

  const attach = (found: UpstreamConnection): UpstreamConnection => {
    if (closed) throw new AppError('not_ready', 'The gateway is stopping.')
    const opened = guard.cover(found)
    connection = opened
    looking = true
    void guard.begin(found, lane, () => {
      if (connection !== opened) return
      looking = false
      pump()
    })
    opened.onNotification((method, params) => {
      if (method.endsWith('/list_changed')) guard.look()
      for (const listener of notified) attempt(() => listener(method, params))
    })
    for (const listener of connected) listener(opened)
    opened.onClosed(() => {
      if (connection !== opened) return
      connection = null
      for (const listener of disconnected) listener()
      if (calls.waiting > 0) openForQueue()
    })
    return opened
  }

  const openForQueue = () => {
    open().catch((error: unknown) => {
      for (const call of calls.list()) {
        if (call.state === 'queued') settle(call, { kind: 'failed', error: asAppError(error) })
      }
    })
  }

  const pump = () => {
    for (;;) {
      const call = connection === null || looking ? undefined : calls.takeNext()
      if (call === undefined || connection === null) return
      dispatch(call, connection)
    }
  }

  const dispatch = (call: Call, over: UpstreamConnection) => {
    const { method, params, onProgress, unscreened } = call.request
    calls.enter(call)
    const refusal = guard.refuse(method, params)
    if (refusal !== null) return settle(call, { kind: 'failed', error: refusal })
    const handlers = {
      onResponse(message: JsonObject) {
        const outcome = parseOutcome(message)
        settle(call, unscreened === true ? outcome : guard.screen(method, outcome))
      },
      onLost: (error: AppError) => settle(call, { kind: 'failed', error }),
    }
    try {
      call.upstream = over.request(
        method,
        params,
        onProgress === undefined ? handlers : { ...handlers, onProgress: progressOf(call, onProgress) },
      )
    } catch (error) {
      settle(call, { kind: 'failed', error: asAppError(error) })
    }
  }

  const progressOf = (call: Call, onProgress: (params: JsonObject) => void) => (params: JsonObject) => {
    if (call.state === 'settled') return
    call.deadline = Math.min(clock.monotonic() + config.callTimeoutMs, call.ceiling)
    attempt(() => onProgress(params))
  }

  const settle = (call: Call, outcome: Outcome) => {
    if (call.state === 'settled') return
    calls.settle(call)
    record(call, decideRecordedOutcome(call.request.method, outcome))
    const done = attempt(() => call.request.onDone(outcome))
    // An array of answers may hold another one that cannot be written: then there is nothing to say.
    if (!done)
      attempt(() => call.request.onDone({ kind: 'failed', error: new AppError('server_error', UNREADABLE) }))
    if (calls.waiting > 0) pump()
  }

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

  const cancel = (call: Call, reason: string) => {
    if (call.state === 'settled') return
    const { upstream } = call
    calls.settle(call)
    upstream?.cancel(reason)
    record(call, 'cancelled')
    if (calls.waiting > 0) pump()
  }

  const record = (call: Call, outcome: CallRecord['outcome']) => {
    if (call.request.unrecorded === true) return
    const milliseconds = clock.monotonic() - call.startedAt
    deps.record({
      serverId,
      principalId: call.request.principalId,
      method: call.request.method.slice(0, 128),
      tool: readToolName(call.request),
      protocolVersion: call.request.protocolVersion,
      outcome,
      startedAt: Math.round(clock.now() - milliseconds),
      milliseconds,
    })
  }

  const armSweep = () => {
    if (sweepArmed) return
    sweepArmed = true
    clock.after(Math.min(500, Math.ceil(config.callTimeoutMs / 4)), () => {
      sweepArmed = false
      sweep()
      if (calls.list().length > 0) armSweep()
    })
  }

  const failCalls = (error: AppError, principalId?: string) => {
    for (const call of calls.list()) {
      if ((principalId ?? call.request.principalId) !== call.request.principalId) continue
      call.upstream?.cancel(error.message)
      settle(call, { kind: 'failed', error })
    }
  }

  const sweep = () => {
    const now = clock.monotonic()
    for (const call of calls.list().filter(({ deadline }) => deadline <= now)) {
      const waited = call.state === 'queued' ? 'The call waited for its turn.' : 'It got the call.'
      call.upstream?.cancel('the deadline passed')
      const seconds = Math.round((now - call.startedAt) / 100) / 10
      settle(call, { kind: 'failed', error: buildTimeout(`${waited} The limit was ${seconds} s.`) })
    }
  }

  held.onChanged(() => {
    if (connection !== null) guard.look()
    for (const method of LIST_CHANGES) {
      for (const listener of notified) attempt(() => listener(method, undefined))
    }
  })

  const lane: Lane = {
    serverId,
    key,
    get connection() {
      return connection
    },
    ready: open,
    request(request) {
      const startedAt = clock.monotonic()
      const call: Call = {
        request,
        startedAt,
        ceiling: startedAt + config.callCeilingMs,
        deadline: startedAt + config.callTimeoutMs,
        upstream: null,
        state: 'queued',
      }
      armSweep()
      const goes = request.unscreened === true || (!looking && calls.hasPlace(request.principalId))
      if (connection !== null && goes) dispatch(call, connection)
      else if (calls.isFull(request.principalId)) settle(call, { kind: 'failed', error: buildBusy(config) })
      else {
        calls.wait(call)
        if (connection === null) openForQueue()
      }
      return { cancel: (reason) => cancel(call, reason) }
    },
    tell(method, params) {
      try {
        connection?.request(method, params, { onResponse: () => {}, onLost: () => {} })
      } catch (error) {
        if (!(error instanceof AppError && error.code === 'busy')) throw error
      }
    },
    load: () => calls.list().length,
    listLogTakers() {
      const asked = calls.listInFlight().map(({ request }) => request)
      const principals = new Set(
        asked.filter(({ unrecorded }) => !unrecorded).map((each) => each.principalId),
      )
      return principals.size > 1 ? [] : asked.flatMap(({ logs }) => logs ?? [])
    },
    onConnected: (listener) => void connected.push(listener),
    onDisconnected: (listener) => void disconnected.push(listener),
    onNotification: (listener) => void notified.push(listener),
    failCalls,
    close(error) {
      closed = true
      opening?.controller.abort()
      failCalls(error)
    },
  }
  return lane
}
