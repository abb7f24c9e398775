/**
 * A connection to a server of 2026-07-28 that takes what callers of the revisions before say: `ping`, subscriptions and
 * the log level, which this revision has no methods for. Everything else goes as it is, with an envelope.
 */
import type { Clock } from '../../../domain/clock.ts'
import type { JsonObject } from '../../../domain/json.ts'
import type { CallHandlers, Connection } from '../connection.ts'
import { startAnnouncer } from './announcer.ts'
import { withEnvelope } from './words.ts'

export type ModernOptions = {
  readonly capabilities: JsonObject
  readonly platformVersion: string
  readonly clock: Clock
  /** The transport has a way of its own to ask whether the server lives. */
  readonly pings: boolean
}

/** Nothing was sent, so there is nothing to take back. */
const NOTHING = { id: 0, cancel: () => {} }

/** @param base is turned to 2026-07-28, if its handshake has not done so: an adopted one has had its own long ago. */
export function createModernConnection(base: Connection, options: ModernOptions): Connection {
  const { platformVersion } = options
  base.turnModern()
  const listeners = new Set<Parameters<Connection['onNotification']>[0]>()
  const request: Connection['request'] = (method, params, handlers) =>
    base.request(method, withEnvelope(params, platformVersion), handlers)
  const announcer = startAnnouncer({
    request,
    capabilities: options.capabilities,
    clock: options.clock,
    onNotification: (method, params) => {
      for (const listener of listeners) listener(method, params)
    },
  })
  base.onClosed(() => {
    announcer.close()
    listeners.clear()
  })

  return {
    ...base,
    request(method, params, handlers) {
      switch (method) {
        case 'ping':
          return options.pings
            ? base.request(method, params, handlers)
            : request('server/discover', params, handlers)
        case 'logging/setLevel':
          // Each request says itself what it wants to hear.
          answerLater(handlers)
          return NOTHING
        case 'resources/subscribe':
          return { ...NOTHING, ...announcer.subscribe(readUri(params), handlers) }
        case 'resources/unsubscribe':
          announcer.unsubscribe(readUri(params))
          answerLater(handlers)
          return NOTHING
        default:
          return request(method, params, handlers)
      }
    },
    // Over HTTP a client has nothing to notify, and over stdio only what `cancel` says.
    notify: () => {},
    onNotification(listener) {
      listeners.add(listener)
      const leave = base.onNotification(listener)
      return () => {
        listeners.delete(listener)
        leave()
      }
    },
  }
}

/** As every answer: not before the request has returned. */
function answerLater({ onResponse }: CallHandlers): void {
  queueMicrotask(() => onResponse({ result: {} }))
}

function readUri(params: JsonObject | undefined): string {
  const uri = params?.['uri']
  return typeof uri === 'string' ? uri : ''
}
