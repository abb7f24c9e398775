/** What the servers behind the hub say to nobody in particular, brought to the hub's listeners of one principal. */
import type { ServerId } from '../../domain/id.ts'
import { buildMainKey, type ProcessKey } from '../../domain/process-key.ts'
import { LISTS, type Announcements, type Listener } from '../announcements.ts'
import type { Outcome } from '../call.ts'
import { fitKey } from '../choose-key.ts'
import type { HostedServer } from '../hosted-servers.ts'
import type { HubSeat } from './hub-seat.ts'

export type HubMember = {
  readonly server: string
  readonly hosted: HostedServer
  /** Only some of its tools are granted. */
  readonly narrowed: boolean
}

export type HubAnnouncementDeps = {
  readonly principalId: string
  /** What the principal may use now; nothing until its first request after a start of the platform. */
  readonly members: () => readonly HubMember[]
  /** Resolves with that first request. */
  readonly known: Promise<unknown>
  readonly seatOf: (key: ProcessKey) => HubSeat
  /** Whose a URI is. Never rejects. */
  readonly findUri: (uri: string, seat: HubSeat) => Promise<HubMember | null>
}

export interface HubAnnouncements extends Announcements {
  /** Listens to servers that came, and to no others any more. True: there is one that was not heard before. */
  sync(): boolean
  /** All lists may be others. */
  announceAll(): void
}

type Entry = {
  readonly key: ProcessKey
  readonly listener: Listener
  readonly heard: Map<ServerId, { readonly hosted: HostedServer; readonly leave: () => void }>
}
type Subscription = {
  readonly uri: string
  readonly at: Promise<{ hosted: HostedServer; key: ProcessKey } | null>
}

const UNKNOWN: Outcome = {
  kind: 'error',
  error: {
    code: -32602,
    message: 'No server behind the hub lists this resource, or it cannot be reached now.',
  },
}

export function createHubAnnouncements(deps: HubAnnouncementDeps): HubAnnouncements {
  const { principalId, members, known, seatOf, findUri } = deps
  const entries = new Set<Entry>()
  const subscriptions = new Map<HubSeat, Subscription[]>()
  /** Of subscriptions that are in force, for each server. */
  const inForce = new Map<HubSeat, { readonly uri: string; readonly serverId: ServerId }[]>()

  const find = (serverId: ServerId) => members().find(({ hosted }) => hosted.serverId === serverId)
  const covers = (seat: HubSeat, serverId: ServerId, uri: string) =>
    (inForce.get(seat) ?? []).some(
      (each) =>
        each.serverId === serverId &&
        (uri === each.uri || uri.startsWith(each.uri.endsWith('/') ? each.uri : `${each.uri}/`)),
    )

  const listen = ({ key, listener }: Entry, { serverId }: HostedServer): Listener => ({
    onListChanged(list) {
      const member = find(serverId)
      if (member !== undefined && (list === 'tools' || !member.narrowed)) listener.onListChanged(list)
    },
    onResourceUpdated(uri, params) {
      const isGranted = find(serverId)?.narrowed === false
      if (isGranted && covers(seatOf(key), serverId, uri)) listener.onResourceUpdated(uri, params)
    },
    onElicitationEnded: (id, params) => listener.onElicitationEnded?.(id, params),
  })

  const hear = (entry: Entry): boolean => {
    const now = new Map(members().map(({ hosted }) => [hosted.serverId, hosted]))
    let isNew = false
    for (const [serverId, { hosted, leave }] of entry.heard) {
      if (now.get(serverId) === hosted) continue
      leave()
      entry.heard.delete(serverId)
    }
    for (const [serverId, hosted] of now) {
      if (entry.heard.has(serverId)) continue
      isNew = true
      const caller = { principalId, sessionId: entry.key.owner }
      const key = fitKey(buildMainKey('legacy'), hosted.traits(), caller)
      const leave = hosted.announcements.add(key, listen(entry, hosted))
      entry.heard.set(serverId, { hosted, leave })
    }
    return isNew
  }

  const open = (key: ProcessKey, uri: string): { subscription: Subscription; outcome: Promise<Outcome> } => {
    const seat = seatOf(key)
    const answered = (async () => {
      await known
      const member = await findUri(uri, seat)
      if (member === null) return { at: null, outcome: UNKNOWN }
      const at = { hosted: member.hosted, key: seat.place(member.hosted) }
      const outcome = await at.hosted.announcements.subscribe(at.key, uri, principalId)
      return { at: outcome.kind === 'result' ? at : null, outcome }
    })()
    const subscription: Subscription = { uri, at: answered.then(({ at }) => at) }
    subscriptions.set(seat, [...(subscriptions.get(seat) ?? []), subscription])
    void subscription.at.then((at) => {
      if (at === null) return remove(seat, subscription)
      if (!(subscriptions.get(seat) ?? []).includes(subscription)) return undefined
      inForce.set(seat, [...(inForce.get(seat) ?? []), { uri, serverId: at.hosted.serverId }])
      return undefined
    })
    return { subscription, outcome: answered.then(({ outcome }) => outcome) }
  }

  const remove = (seat: HubSeat, subscription: Subscription) => {
    const left = (subscriptions.get(seat) ?? []).filter((each) => each !== subscription)
    if (left.length > 0) subscriptions.set(seat, left)
    else subscriptions.delete(seat)
  }

  return {
    attach() {},
    add(key, listener) {
      const entry: Entry = { key, listener, heard: new Map() }
      entries.add(entry)
      hear(entry)
      return () => {
        entries.delete(entry)
        for (const { leave } of entry.heard.values()) leave()
      }
    },
    hold: (key) => seatOf(key).hold(),
    expect() {},
    subscribe: (key, uri) => open(key, uri).outcome,
    restore: (key, uri) => void open(key, uri),
    unsubscribe(key, uri) {
      const seat = seatOf(key)
      const found = subscriptions.get(seat)?.find((each) => each.uri === uri)
      if (found === undefined) return
      remove(seat, found)
      void found.at.then((at) => {
        if (at === null) return
        const left = inForce.get(seat) ?? []
        const index = left.findIndex((each) => each.uri === uri && each.serverId === at.hosted.serverId)
        const others = left.filter((_, each) => each !== index)
        if (others.length > 0) inForce.set(seat, others)
        else inForce.delete(seat)
        at.hosted.announcements.unsubscribe(at.key, uri)
      })
    },
    sync: () => [...entries].map(hear).some(Boolean),
    announceAll() {
      for (const { listener } of entries) for (const list of LISTS) listener.onListChanged(list)
    },
  }
}
