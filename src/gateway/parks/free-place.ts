/** Where a call goes that may be asked something, while clients take their time with what others were asked. */
import type { ServerId } from '../../domain/id.ts'
import type { ProcessKey } from '../../domain/process-key.ts'
import type { Exchange } from '../transport/exchange.ts'
import type { ParkTable } from './park-table.ts'

type Deps = {
  readonly parks: Pick<ParkTable, 'isParkedAt'>
  readonly config: { readonly maxSpareProcesses: number }
}

/** The process of a kind and the spare ones beside it. */
export function listPlaces(key: ProcessKey, { config }: Deps): readonly ProcessKey[] {
  return Array.from({ length: config.maxSpareProcesses + 1 }, (_, member) => ({ ...key, member }))
}

/** The first of them where nobody takes their time; null where somebody does everywhere. */
export function findFreePlace(
  serverId: ServerId,
  places: readonly ProcessKey[],
  { parks }: Deps,
): ProcessKey | null {
  return places.find((place) => !parks.isParkedAt(serverId, place)) ?? null
}

/** For one call of a session: its own process, but where that waits for another client's answers. */
export function placeBeside({ hosted }: Exchange, key: ProcessKey, deps: Deps): ProcessKey {
  const { instances, onSessionLoss } = hosted.traits()
  // Members of a pool are the sessions' own choice, and what a session must not lose is in its process.
  if (typeof instances !== 'string' || onSessionLoss === '404') return key
  if (!deps.parks.isParkedAt(hosted.serverId, key)) return key
  return findFreePlace(hosted.serverId, listPlaces(key, deps), deps) ?? key
}
