/**
 * What a server says to nobody in particular, brought to those who want it: changed lists, updated resources.
 * Subscriptions are counted for each URI, since one process serves everybody and knows only one subscriber.
 */
import type { Clock } from '../domain/clock.ts'
import { isJsonObject, type JsonObject } from '../domain/json.ts'
import type { Outcome } from './call.ts'
import type { Lane } from './lane.ts'

export const LISTS = ['tools', 'prompts', 'resources'] as const
export type ListKind = (typeof LISTS)[number]

export type Listener = {
  readonly onListChanged: (list: ListKind) => void
  readonly onResourceUpdated: (uri: string, params: JsonObject) => void
}

export interface Announcements {
  add(listener: Listener): () => void
  /** While anybody holds it, a lost connection is opened again. */
  hold(): () => void
  /** The first subscriber of a URI asks the server; the others share its answer. */
  subscribe(uri: string, principalId: string): Promise<Outcome>
  /** As `subscribe`, for one that was answered in a former life of the daemon. */
  restore(uri: string): void
  unsubscribe(uri: string): void
}

const RETRY_MS = 1000
const SUBSCRIBED: Outcome = { kind: 'result', result: {} }

export function createAnnouncements(lane: Lane, clock: Clock, coalesceMs: number): Announcements {
  const listeners = new Set<Listener>()
  const subscriptions = new Map<string, { count: number; answer: Promise<Outcome> }>()
  const pending = new Set<ListKind>()
  let holds = 0
  let opening = false
  let generation: number | null = null

  const announce = (list: ListKind) => {
    if (pending.has(list)) return
    pending.add(list)
    // Real servers send bursts (four while starting): one announcement for each is enough (R133).
    clock.after(coalesceMs, () => {
      pending.delete(list)
      for (const listener of listeners) listener.onListChanged(list)
    })
  }

  const keepOpen = () => {
    if (opening || holds === 0 || lane.connection !== null) return
    opening = true
    lane.ready().then(
      () => {
        opening = false
      },
      () =>
        clock.after(RETRY_MS, () => {
          opening = false
          keepOpen()
        }),
    )
  }

  lane.onConnected((connection) => {
    for (const uri of subscriptions.keys()) lane.tell('resources/subscribe', { uri })
    // A new process has lists of its own; whoever listens already knows those of the old one.
    if (generation !== connection.generation && listeners.size > 0) {
      for (const list of listAnnounced(connection.initializeResult)) announce(list)
    }
    generation = connection.generation
  })
  lane.onDisconnected(keepOpen)
  lane.onNotification((method, params) => {
    const list = LISTS.find((name) => method === `notifications/${name}/list_changed`)
    if (list !== undefined) announce(list)
    else if (method === 'notifications/resources/updated' && typeof params?.['uri'] === 'string') {
      for (const listener of listeners) listener.onResourceUpdated(params['uri'], params)
    }
  })

  return {
    add(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    hold() {
      let held = true
      holds++
      keepOpen()
      return () => {
        if (held) holds--
        held = false
      }
    },
    subscribe(uri, principalId) {
      const known = subscriptions.get(uri)
      if (known !== undefined) {
        known.count++
        return known.answer
      }
      const answer = new Promise<Outcome>((resolve) => {
        lane.request({
          method: 'resources/subscribe',
          params: { uri },
          principalId,
          protocolVersion: 'internal',
          onDone: (outcome) => {
            if (outcome.kind !== 'result') subscriptions.delete(uri)
            resolve(outcome)
          },
        })
      })
      subscriptions.set(uri, { count: 1, answer })
      return answer
    },
    restore(uri) {
      const known = subscriptions.get(uri)
      if (known === undefined) subscriptions.set(uri, { count: 1, answer: Promise.resolve(SUBSCRIBED) })
      else known.count++
    },
    unsubscribe(uri) {
      const known = subscriptions.get(uri)
      if (known === undefined) return
      known.count--
      if (known.count > 0) return
      subscriptions.delete(uri)
      lane.tell('resources/unsubscribe', { uri })
    },
  }
}

/** The lists whose changes the server says it announces. */
export function listAnnounced(initializeResult: JsonObject): ListKind[] {
  const { capabilities } = initializeResult
  return LISTS.filter((name) => {
    const capability = isJsonObject(capabilities) ? capabilities[name] : undefined
    return isJsonObject(capability) && capability['listChanged'] === true
  })
}
