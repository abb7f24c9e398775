/**
 * The one `subscriptions/listen` that the platform holds at a server of 2026-07-28, whoever listens behind it: all that
 * the server announces, and the resources that somebody subscribed to. To change what it asks for, a new one is opened,
 * and the old one is cancelled once the new one is acknowledged.
 */
import type { Clock } from '../../../domain/clock.ts'
import { AppError } from '../../../domain/error.ts'
import { isJsonObject, type JsonObject } from '../../../domain/json.ts'
import type { CallHandlers, Connection } from '../connection.ts'
import { stripSubscriptionId } from './words.ts'

const ACKNOWLEDGED = 'notifications/subscriptions/acknowledged'
const FIRST_WAIT_MS = 1000
const LONGEST_WAIT_MS = 30_000
const LISTS = ['tools', 'prompts', 'resources'] as const

export type AnnouncerOptions = {
  readonly request: Connection['request']
  readonly capabilities: JsonObject
  readonly clock: Clock
  readonly onNotification: (method: string, params: JsonObject | undefined) => void
}

export interface Announcer {
  /** In the words of the revisions before: {} once the server said that it will tell, else an error. */
  subscribe(uri: string, handlers: CallHandlers): { cancel(): void }
  unsubscribe(uri: string): void
  close(): void
}

type Stream = {
  /** Null until it is acknowledged. */
  honoured: ReadonlySet<string> | null
  readonly uris: ReadonlySet<string>
  call: { cancel(reason: string): void } | null
}
type Waiter = { readonly uri: string; readonly handlers: CallHandlers }

export function startAnnouncer(options: AnnouncerOptions): Announcer {
  const { clock } = options
  const lists = listAnnounced(options.capabilities)
  const wanted = new Set<string>()
  const waiters = new Set<Waiter>()
  /** Acknowledged: what it says goes on. */
  let current: Stream | null = null
  let coming: Stream | null = null
  let wait = FIRST_WAIT_MS
  let cancelRetry: (() => void) | null = null
  let closed = false

  /** Brings what is asked for up to what is wanted; one change at a time. */
  const update = () => {
    if (closed || coming !== null || cancelRetry !== null) return
    const isSame = current !== null && isEqual(current.uris, wanted)
    if (isSame) return answerWaiters()
    if (lists.length === 0 && wanted.size === 0) return drop()
    open()
  }

  const open = () => {
    const stream: Stream = { honoured: null, uris: new Set(wanted), call: null }
    coming = stream
    const flags: JsonObject = Object.fromEntries(lists.map((list) => [`${list}ListChanged`, true]))
    const notifications: JsonObject =
      stream.uris.size === 0 ? flags : { ...flags, resourceSubscriptions: [...stream.uris] }
    try {
      stream.call = options.request(
        'subscriptions/listen',
        { notifications },
        {
          onTagged: (method, params) => take(stream, method, params),
          onResponse: (message) => onEnded(stream, message),
          // The connection ended with it: the next one begins anew.
          onLost: (error) => {
            closed = true
            for (const { handlers } of waiters) handlers.onLost(error)
            waiters.clear()
          },
        },
      )
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      onEnded(stream, {})
    }
  }

  const take = (stream: Stream, method: string, params: JsonObject | undefined) => {
    if (method === 'notifications/cancelled') {
      stream.call?.cancel('the server ended it')
      return onEnded(stream, {})
    }
    if (method !== ACKNOWLEDGED) {
      if (stream === current) options.onNotification(method, stripSubscriptionId(params))
      return
    }
    if (stream !== coming) return
    const { call } = current ?? {}
    stream.honoured = new Set(readUris(params))
    current = stream
    coming = null
    wait = FIRST_WAIT_MS
    call?.cancel('another subscription took its place')
    update()
  }

  const drop = () => {
    current?.call?.cancel('nothing is subscribed to any more')
    current = null
  }

  /** It was refused, or the server ended it in order: the one is final, the other is not. */
  const onEnded = (stream: Stream, { error }: JsonObject) => {
    if (stream === current) current = null
    else if (stream === coming) coming = null
    else return
    const refused = isJsonObject(error) && stream.honoured === null
    if (refused) {
      for (const uri of stream.uris) wanted.delete(uri)
      for (const waiter of [...waiters].filter(({ uri }) => stream.uris.has(uri))) {
        waiters.delete(waiter)
        waiter.handlers.onResponse({ error })
      }
      // A server that knows no such subscription, or refuses this one, says the same a second later.
      if (wanted.size === 0) return
    }
    cancelRetry = clock.after(wait, () => {
      cancelRetry = null
      update()
    })
    wait = Math.min(wait * 2, LONGEST_WAIT_MS)
  }

  const answerWaiters = () => {
    for (const waiter of waiters) {
      if (current?.uris.has(waiter.uri) !== true) continue
      waiters.delete(waiter)
      if (current.honoured?.has(waiter.uri) === true) waiter.handlers.onResponse({ result: {} })
      else {
        wanted.delete(waiter.uri)
        waiter.handlers.onResponse({ error: buildRefused(waiter.uri) })
      }
    }
  }

  update()
  return {
    subscribe(uri, handlers) {
      const waiter = { uri, handlers }
      wanted.add(uri)
      waiters.add(waiter)
      update()
      return {
        cancel() {
          // Asked for in vain so far; what was granted stays until it is given back.
          if (waiters.delete(waiter)) wanted.delete(uri)
          update()
        },
      }
    },
    unsubscribe(uri) {
      wanted.delete(uri)
      update()
    },
    close() {
      closed = true
      cancelRetry?.()
    },
  }
}

/** The lists whose changes the server says it announces. */
function listAnnounced(capabilities: JsonObject): readonly string[] {
  return LISTS.filter((name) => {
    const capability = capabilities[name]
    return isJsonObject(capability) && capability['listChanged'] === true
  })
}

function readUris(params: JsonObject | undefined): readonly string[] {
  const notifications = params?.['notifications']
  const uris = isJsonObject(notifications) ? notifications['resourceSubscriptions'] : undefined
  return Array.isArray(uris) ? uris.filter((uri) => typeof uri === 'string') : []
}

function isEqual(left: ReadonlySet<string>, right: ReadonlySet<string>): boolean {
  return left.size === right.size && [...left].every((item) => right.has(item))
}

function buildRefused(uri: string): JsonObject {
  return { code: -32602, message: 'The server tells no changes of this resource.', data: { uri } }
}
