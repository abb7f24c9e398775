/**
 * What servers reach and are refused, from the proxies into the store and the events. A server decides how often and
 * by how many names it asks, so nothing here grows with that: counts are added up, and told at most once a minute.
 */
import type { Clock } from '../domain/clock.ts'
import { OTHER_PLACES, type Place } from '../domain/egress-rule.ts'
import type { EventSink } from '../domain/event.ts'
import type { ServerId } from '../domain/id.ts'
import type { EgressEntry, EgressLog } from '../runtime/ports.ts'
import type { EgressChange, EgressCounts, Servers } from './ports.ts'

/** A refused place is told again after so long, with the number of refusals since. */
const QUIET_MS = 60_000
/** Places of one server that are told apart between two flushes, and refused ones that are told apart in a minute. */
const MAX_PLACES = 50

type Mutable = { -readonly [K in keyof EgressChange]: EgressChange[K] }
/** Refusals of one place that are not told yet, and when the place was last told. */
type Refused = { readonly host: string; readonly port: number; reason: string; count: number; toldAt: number }

export interface EgressRecorder extends EgressLog {
  /** Stores and tells what came since the last time; call it every few seconds and at the end. */
  flush(): Promise<void>
}

export function createEgressRecorder(deps: {
  readonly egress: EgressCounts
  readonly servers: Servers
  readonly events: EventSink
  readonly clock: Clock
}): EgressRecorder {
  const { egress, servers, events, clock } = deps
  let waiting = new Map<ServerId, Map<string, Mutable>>()
  const refusals = new Map<ServerId, Map<string, Refused>>()

  const tellRefused = (serverId: ServerId, server: string) => {
    const now = clock.monotonic()
    const known = refusals.get(serverId)
    for (const [key, refused] of known ?? []) {
      if (now - refused.toldAt < QUIET_MS) continue
      const { host, port, reason, count } = refused
      if (count === 0) known?.delete(key)
      else {
        events.emit({ type: 'egress.denied', serverId, server, host, port, reason, count })
        Object.assign(refused, { count: 0, toldAt: now })
      }
    }
    if (known?.size === 0) refusals.delete(serverId)
  }

  return {
    record(serverId, entry) {
      const changes = within(waiting, serverId)
      const change = placeOf(changes, entry, (place) => buildChange(place, clock.now()))
      addEntry(change, entry)
      if (entry.kind !== 'refused') return
      const refused = placeOf(within(refusals, serverId), entry, ({ host, port }) => ({
        host,
        port,
        reason: entry.reason,
        count: 0,
        toldAt: -Infinity,
      }))
      refused.count++
      refused.reason = entry.reason
    },
    async flush() {
      const taken = waiting
      waiting = new Map()
      for (const serverId of new Set([...taken.keys(), ...refusals.keys()])) {
        const server = await servers.find(serverId)
        if (server === null) {
          refusals.delete(serverId)
          continue
        }
        const reached = await egress.add(serverId, [...(taken.get(serverId)?.values() ?? [])])
        for (const { host, port } of reached) {
          events.emit({ type: 'egress.new_host', serverId, server: server.name, host, port })
        }
        tellRefused(serverId, server.name)
      }
    },
  }
}

function within<V>(all: Map<ServerId, Map<string, V>>, serverId: ServerId): Map<string, V> {
  const found = all.get(serverId) ?? new Map<string, V>()
  all.set(serverId, found)
  return found
}

/** The entry's place, or the one that stands for all others once there are too many. */
function placeOf<V>(known: Map<string, V>, entry: EgressEntry, build: (place: Place) => V): V {
  const own = `${entry.host}:${entry.port}`
  const isOwn = known.has(own) || known.size < MAX_PLACES
  const place = isOwn ? entry : OTHER_PLACES
  const key = isOwn ? own : OTHER_PLACES.host
  const found = known.get(key) ?? build(place)
  known.set(key, found)
  return found
}

function buildChange({ host, port }: Place, at: number): Mutable {
  return { host, port, sentBytes: 0, receivedBytes: 0, connections: 0, refused: 0, lastReason: null, at }
}

function addEntry(change: Mutable, entry: EgressEntry): void {
  if (entry.kind === 'opened') change.connections++
  else if (entry.kind === 'moved') {
    change.sentBytes += entry.sent
    change.receivedBytes += entry.received
  } else {
    change.refused++
    change.lastReason = entry.reason
  }
}
