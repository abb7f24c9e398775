/**
 * What a server says to nobody in particular, brought to those who want it: changed lists, updated resources. What
 * the processes of one owner say (a session, a principal, or everybody) goes to that owner's listeners, once.
 * Subscriptions are counted for each URI, since one process serves many and knows only one subscriber.
 */
import type { Clock } from '../domain/clock.ts'
import { isJsonObject, type JsonObject } from '../domain/json.ts'
import type { ProcessKey } from '../domain/process-key.ts'
import type { Outcome } from './call.ts'
import type { Lane } from './lane.ts'
import { createUpdatePace } from './update-pace.ts'

export const LISTS = ['tools', 'prompts', 'resources'] as const
export type ListKind = (typeof LISTS)[number]

export type Listener = {
  onListChanged(list: ListKind): void
  onResourceUpdated(uri: string, params: JsonObject): void
  /** Only clients of earlier revisions are told that an elicitation by url has ended. */
  onElicitationEnded?(elicitationId: string, params: JsonObject): void
}

/** Each listener names the process that serves it; its owner's other processes are heard as well. */
export interface Announcements {
  /** Listens to a process, from its lane's making on. */
  attach(lane: Lane): void
  add(key: ProcessKey, listener: Listener): () => void
  /** Somebody hears what a process says of itself. */
  hold(key: ProcessKey): () => void
  /** The process that this one's listeners know, from before this start of the platform. */
  expect(key: ProcessKey, instanceId: string): void
  /** The first subscriber of a URI asks the server; the others share its answer. */
  subscribe(key: ProcessKey, uri: string, principalId: string): Promise<Outcome>
  /** As `subscribe`, for one that was answered in a former life of the daemon. */
  restore(key: ProcessKey, uri: string): void
  unsubscribe(key: ProcessKey, uri: string): void
}

/** What one owner's processes say. */
type Circle = {
  readonly listeners: Set<Listener>
  readonly pending: Set<ListKind>
  readonly subscriptions: Map<string, Subscription>
  readonly update: (uri: string, params: JsonObject) => void
}
/** The lane of the first subscriber's process: it alone is asked, and alone tells. */
type Subscription = { readonly lane: Lane; count: number; readonly answer: Promise<Outcome> }

const ELICITATION_ENDED = 'notifications/elicitation/complete'
const RETRY_MS = 1000
const SUBSCRIBED: Outcome = { kind: 'result', result: {} }

export type AnnouncementDeps = {
  readonly laneOf: (key: ProcessKey) => Lane
  /** The process is one session's. */
  readonly isOfSession: (key: ProcessKey) => boolean
  readonly clock: Clock
  readonly coalesceMs: number
}

export function createAnnouncements({
  laneOf,
  isOfSession,
  clock,
  coalesceMs,
}: AnnouncementDeps): Announcements {
  const circles = new Map<string | null, Circle>()
  const holds = new Map<Lane, number>()
  const opening = new Set<Lane>()
  /** The process that was there last. */
  const known = new WeakMap<Lane, string>()
  const held = new Map<Lane, () => void>()

  const circleOf = (owner: string | null): Circle => {
    const known = circles.get(owner)
    if (known !== undefined) return known
    const listeners = new Set<Listener>()
    const update = createUpdatePace(clock, coalesceMs, (uri, params) => {
      for (const listener of listeners) listener.onResourceUpdated(uri, params)
    })
    const created: Circle = { listeners, pending: new Set(), subscriptions: new Map(), update }
    circles.set(owner, created)
    return created
  }
  const forgetIfEmpty = (owner: string | null) => {
    const circle = circles.get(owner)
    if (circle?.listeners.size === 0 && circle.subscriptions.size === 0) circles.delete(owner)
  }

  const announce = (owner: string | null, list: ListKind) => {
    const circle = circles.get(owner)
    if (circle === undefined || circle.pending.has(list)) return
    circle.pending.add(list)
    // Real servers send bursts (four while starting): one announcement for each is enough (R133).
    clock.after(coalesceMs, () => {
      circle.pending.delete(list)
      for (const listener of circle.listeners) listener.onListChanged(list)
    })
  }

  /** Somebody would miss what the process says: it is not stopped for being idle, and opened again when lost. */
  const isNeeded = (lane: Lane) => {
    const subscriptions = circles.get(lane.key.owner)?.subscriptions.values() ?? []
    if ([...subscriptions].some((each) => each.lane === lane)) return true
    return holds.has(lane) && isOfSession(lane.key)
  }
  const review = (lane: Lane) => {
    const hold = held.get(lane)
    const isWanted = isNeeded(lane)
    if (isWanted && hold === undefined && lane.connection !== null) held.set(lane, lane.connection.hold())
    if (isWanted || hold === undefined) return
    held.delete(lane)
    hold()
  }

  const keepOpen = (lane: Lane) => {
    if (opening.has(lane) || !isNeeded(lane) || lane.connection !== null) return
    opening.add(lane)
    lane.ready().then(
      () => opening.delete(lane),
      () =>
        clock.after(RETRY_MS, () => {
          opening.delete(lane)
          keepOpen(lane)
        }),
    )
  }

  const attach = (lane: Lane) => {
    const { owner } = lane.key
    lane.onConnected((connection) => {
      review(lane)
      const { listeners, subscriptions } = circles.get(owner) ?? {}
      for (const [uri, subscription] of subscriptions ?? []) {
        if (subscription.lane === lane) lane.tell('resources/subscribe', { uri })
      }
      // A new process has lists of its own; whoever listens already knows those of the old one.
      const before = known.get(lane) ?? connection.instanceId
      if (before !== connection.instanceId && (listeners?.size ?? 0) > 0) {
        for (const list of listAnnounced(connection.initializeResult)) announce(owner, list)
      }
      known.set(lane, connection.instanceId)
    })
    lane.onDisconnected(() => {
      // It may go on for a while with what it was asked, and is not held for that.
      held.get(lane)?.()
      held.delete(lane)
      keepOpen(lane)
    })
    lane.onNotification((method, params) => {
      const list = LISTS.find((name) => method === `notifications/${name}/list_changed`)
      if (list !== undefined) announce(owner, list)
      else if (method === 'notifications/resources/updated' && typeof params?.['uri'] === 'string') {
        circles.get(owner)?.update(params['uri'], params)
      } else if (method === ELICITATION_ENDED && typeof params?.['elicitationId'] === 'string') {
        for (const listener of circles.get(owner)?.listeners ?? [])
          listener.onElicitationEnded?.(params['elicitationId'], params)
      }
    })
  }

  return {
    attach,
    add({ owner }, listener) {
      circleOf(owner).listeners.add(listener)
      return () => {
        circles.get(owner)?.listeners.delete(listener)
        forgetIfEmpty(owner)
      }
    },
    hold(key) {
      const lane = laneOf(key)
      let isHolding = true
      holds.set(lane, (holds.get(lane) ?? 0) + 1)
      review(lane)
      keepOpen(lane)
      return () => {
        if (!isHolding) return
        isHolding = false
        const left = (holds.get(lane) ?? 0) - 1
        if (left > 0) holds.set(lane, left)
        else holds.delete(lane)
        review(lane)
      }
    },
    expect(key, instanceId) {
      const lane = laneOf(key)
      if (!known.has(lane)) known.set(lane, instanceId)
    },
    subscribe(key, uri, principalId) {
      const { subscriptions } = circleOf(key.owner)
      const known = subscriptions.get(uri)
      if (known !== undefined) {
        known.count++
        return known.answer
      }
      const lane = laneOf(key)
      const answer = new Promise<Outcome>((resolve) => {
        lane.request({
          method: 'resources/subscribe',
          params: { uri },
          principalId,
          protocolVersion: 'internal',
          onDone: (outcome) => {
            if (outcome.kind !== 'result') subscriptions.delete(uri)
            review(lane)
            resolve(outcome)
          },
        })
      })
      subscriptions.set(uri, { lane, count: 1, answer })
      review(lane)
      return answer
    },
    restore(key, uri) {
      const { subscriptions } = circleOf(key.owner)
      const known = subscriptions.get(uri)
      if (known !== undefined) known.count++
      else subscriptions.set(uri, { lane: laneOf(key), count: 1, answer: Promise.resolve(SUBSCRIBED) })
    },
    unsubscribe({ owner }, uri) {
      const known = circles.get(owner)?.subscriptions.get(uri)
      if (known === undefined) return
      known.count--
      if (known.count > 0) return
      circles.get(owner)?.subscriptions.delete(uri)
      known.lane.tell('resources/unsubscribe', { uri })
      review(known.lane)
      forgetIfEmpty(owner)
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
