/**
 * Whose processes one client of the hub is served by: of a session they stay the same from its first request to each
 * server on, as if it had a session there. Requests of 2026-07-28 each stand alone and have one seat together.
 */
import type { AppError } from '../../domain/error.ts'
import type { ServerId } from '../../domain/id.ts'
import type { ProcessKey } from '../../domain/process-key.ts'
import { chooseKey, fitKey } from '../choose-key.ts'
import type { HostedServer } from '../hosted-servers.ts'
import type { Lane } from '../lane.ts'

type Place = {
  readonly hosted: HostedServer
  key: ProcessKey
  leave: () => void
  unhold: (() => void) | null
}
type Bind = (lane: Lane, serverId: ServerId) => void

export interface HubSeat {
  /** The session's, or null. */
  readonly owner: string | null
  place(hosted: HostedServer): ProcessKey
  /** What is done, once each, with processes that are this session's alone. */
  bind(bind: Bind): void
  /** Lanes of processes that are this session's alone. */
  ownLanes(): readonly Lane[]
  /** Somebody listens: processes of its own are not stopped for being idle. */
  hold(): () => void
  forget(serverId: ServerId): void
  /** The session ended. */
  end(error: AppError): void
}

export function createHubSeat(key: ProcessKey, principalId: string): HubSeat {
  const { era, capabilities, owner } = key
  const caller = { era, capabilities, principalId, sessionId: owner }
  const places = new Map<ServerId, Place>()
  let holders = 0
  let binder: Bind | null = null

  const isOwn = (place: Place) => owner !== null && place.key.owner === owner
  const laneOf = ({ hosted, key: at }: Place) => hosted.lane(at).lane
  const settle = (place: Place) => {
    place.leave = place.hosted.join(place.key)
    if (!isOwn(place)) return
    binder?.(laneOf(place), place.hosted.serverId)
    if (holders > 0) place.unhold = place.hosted.announcements.hold(place.key)
  }
  const own = () => [...places.values()].filter(isOwn)
  const drop = (place: Place) => {
    place.leave()
    place.unhold?.()
    place.unhold = null
  }

  return {
    owner,
    place(hosted) {
      if (owner === null) return chooseKey(hosted.traits(), caller, hosted.load)
      const known = places.get(hosted.serverId)
      if (known === undefined) {
        const chosen = chooseKey(hosted.traits(), caller, hosted.load)
        const place: Place = { hosted, key: chosen, leave: () => {}, unhold: null }
        places.set(hosted.serverId, place)
        settle(place)
        return chosen
      }
      const fitting = fitKey(known.key, hosted.traits(), caller)
      if (fitting !== known.key) {
        drop(known)
        known.key = fitting
        settle(known)
      }
      return fitting
    },
    bind(bind) {
      if (binder !== null) return
      binder = bind
      for (const place of own()) bind(laneOf(place), place.hosted.serverId)
    },
    ownLanes: () => own().map(laneOf),
    hold() {
      holders++
      for (const place of own()) place.unhold ??= place.hosted.announcements.hold(place.key)
      let isHolding = true
      return () => {
        if (!isHolding) return
        isHolding = false
        holders--
        if (holders > 0) return
        for (const place of places.values()) {
          place.unhold?.()
          place.unhold = null
        }
      }
    },
    forget: (serverId) => void places.delete(serverId),
    end(error) {
      for (const place of places.values()) {
        drop(place)
        if (isOwn(place)) place.hosted.release(place.key, error)
      }
      places.clear()
    },
  }
}
