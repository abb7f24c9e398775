/** The connection of one lane: opened once for all who ask, looked at before calls go over it, opened again when lost. */
import { AppError } from '../domain/error.ts'
import type { JsonObject } from '../domain/json.ts'
import type { ServerRequest } from '../domain/server-request.ts'
import type { DefinitionGuard } from './definition-guard.ts'
import type { Lane, LaneDeps } from './lane.ts'
import type { UpstreamConnection } from './ports.ts'

type NotificationListener = (method: string, params: JsonObject | undefined) => void

export interface LaneConnection {
  /** Null while the process is not known to run. */
  readonly current: UpstreamConnection | null
  /** A new connection is looked at: calls wait. */
  readonly isLooking: boolean
  /** False while the process is unhealthy: calls wait. */
  readonly isReady: boolean
  /** Throws AppError `server_not_running`. */
  open(): Promise<UpstreamConnection>
  onConnected(listener: (connection: UpstreamConnection) => void): void
  onDisconnected(listener: () => void): void
  onNotification(listener: NotificationListener): void
  /** As if the server had said it. */
  announce: NotificationListener
  close(): void
}

type Handlers = {
  /** Runs a task that must not end the daemon; false when it threw. */
  readonly attempt: (task: () => void) => boolean
  /** Calls may go over it. */
  readonly onReady: () => void
  readonly onLost: () => void
  /** What the server asks of its client; false when nobody takes it. */
  readonly onPush: (push: ServerRequest, from: UpstreamConnection) => boolean
  /** Nothing new goes over it, whether or not it answers what it was asked. */
  readonly onLeft: () => void
}

export function createLaneConnection(
  lane: Lane,
  deps: LaneDeps,
  guard: DefinitionGuard,
  handlers: Handlers,
): LaneConnection {
  const connected: ((connection: UpstreamConnection) => void)[] = []
  const disconnected: (() => void)[] = []
  const listeners: NotificationListener[] = []
  let looking = false
  let current: UpstreamConnection | null = null
  let opening: {
    readonly promise: Promise<UpstreamConnection>
    readonly controller: AbortController
  } | null = null
  let closed = false
  let unlisten = () => {}

  const open = (): Promise<UpstreamConnection> => {
    if (current !== null) return Promise.resolve(current)
    if (opening !== null) return opening.promise
    const controller = new AbortController()
    // `starting` may outlast everybody's patience: nobody waits longer than one call's deadline.
    const stopWaiting = deps.clock.after(deps.config.callTimeoutMs, () => controller.abort())
    const promise = deps.upstreams
      .open(lane.serverId, lane.key, controller.signal)
      .then((opened) => attach(opened))
      .finally(() => {
        stopWaiting()
        opening = null
      })
    opening = { promise, controller }
    return promise
  }

  const announce: NotificationListener = (method, params) => {
    for (const listener of listeners) handlers.attempt(() => listener(method, params))
  }

  const attach = (found: UpstreamConnection): UpstreamConnection => {
    if (closed) throw new AppError('not_ready', 'The gateway is stopping.')
    const opened = guard.cover(found)
    current = opened
    looking = true
    void guard.begin(found, lane, () => {
      if (current !== opened) return
      looking = false
      handlers.onReady()
    })
    const leaves = [
      opened.onNotification((method, params) => {
        // The lists of one that only finishes what it was asked are nobody's any more.
        if (current !== opened && method.endsWith('/list_changed')) return
        if (method.endsWith('/list_changed')) guard.look()
        announce(method, params)
      }),
      opened.onRequest((push) => handlers.onPush(push, opened)),
      opened.onReady(() => {
        if (current === opened) handlers.onReady()
      }),
    ]
    unlisten = () => leaves.forEach((leave) => leave())
    for (const listener of connected) listener(opened)
    opened.onClosed(() => {
      if (current !== opened) return
      current = null
      handlers.onLeft()
      for (const listener of disconnected) listener()
      handlers.onLost()
    })
    return opened
  }

  return {
    get current() {
      return current
    },
    get isLooking() {
      return looking
    },
    get isReady() {
      return current === null || current.isReady()
    },
    open,
    onConnected: (listener) => void connected.push(listener),
    onDisconnected: (listener) => void disconnected.push(listener),
    onNotification: (listener) => void listeners.push(listener),
    announce,
    close() {
      closed = true
      unlisten()
      opening?.controller.abort()
    },
  }
}
