/** Whether one more process may be started, and which idle one has to end for it. Pure. */
import type { ServerId } from '../../domain/id.ts'

/** Processes beside the main ones. */
export type ProcessLimits = { readonly perServer: number; readonly total: number }

/** One that lives or is about to. */
export type Place<T> = {
  readonly serverId: ServerId
  readonly process: T
  /** `ending`: its place is free soon. */
  readonly use: 'busy' | 'idle' | 'ending'
  /** By the monotonic clock. */
  readonly usedAt: number
}

export type RoomDecision<T> =
  | { readonly kind: 'start' }
  | { readonly kind: 'evict' | 'wait'; readonly process: T }
  | { readonly kind: 'full'; readonly limit: keyof ProcessLimits }

/** The least recently used idle one goes: of the same server where its own limit is reached, else of any. */
export function decideRoom<T>(
  serverId: ServerId,
  places: readonly Place<T>[],
  limits: ProcessLimits,
): RoomDecision<T> {
  const own = places.filter((place) => place.serverId === serverId)
  const limit = own.length >= limits.perServer ? 'perServer' : 'total'
  if (limit === 'total' && places.length < limits.total) return { kind: 'start' }
  const among = limit === 'perServer' ? own : places
  const ending = among.find(({ use }) => use === 'ending')
  if (ending !== undefined) return { kind: 'wait', process: ending.process }
  const [oldest] = among.filter(({ use }) => use === 'idle').sort((a, b) => a.usedAt - b.usedAt)
  return oldest === undefined ? { kind: 'full', limit } : { kind: 'evict', process: oldest.process }
}
