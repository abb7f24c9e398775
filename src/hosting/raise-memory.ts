/** More memory for a server that ran out of it: by how much, how often, and kept as a setting that anybody can undo. */
import type { Clock } from '../domain/clock.ts'
import type { EventSink } from '../domain/event.ts'
import type { ServerId } from '../domain/id.ts'
import type { Events, Servers } from './ports.ts'
import type { RaiseMemory } from '../runtime/ports.ts'

export type RaiserDeps = {
  readonly servers: Pick<Servers, 'find' | 'update'>
  readonly events: EventSink & Pick<Events, 'listLatest'>
  readonly clock: Clock
  /** As the configuration names them. */
  readonly raise_memory: boolean
  readonly max_memory_mb: number
  /** Its memory grows: more of it would be filled too. */
  readonly isGrowing: (serverId: ServerId) => boolean
  readonly onDefect: (error: unknown) => void
}

const DAY_MS = 86_400_000
const RAISES_A_DAY = 3
/** Events that are looked through for earlier raises; what this daemon did itself it knows besides. */
const LOOKED_THROUGH = 5000

/**
 * The peak is the limit, since more was not to be seen: a tenth and half the geometric mean with a typical server above
 * it, and at least a quarter. In steps of 8 MiB. Null where the ceiling leaves no room. Pure.
 */
export function decideMemory(limitMb: number, ceilingMb: number): number | null {
  const typical = 100
  const margin = 0.1 * limitMb + 0.5 * Math.sqrt(limitMb * typical)
  const demand = Math.max(1.25 * limitMb, limitMb + 0.25 * typical)
  const wanted = Math.max(48, limitMb + margin, demand)
  const raised = Math.min(Math.ceil(wanted / 8) * 8, ceilingMb)
  return raised > limitMb ? raised : null
}

export function createMemoryRaiser(deps: RaiserDeps): RaiseMemory {
  const { servers, events, clock, onDefect } = deps
  const own = new Map<ServerId, readonly number[]>()

  const countToday = async (serverId: ServerId): Promise<number> => {
    const since = clock.now() - DAY_MS
    const told = (await events.listLatest(LOOKED_THROUGH)).filter(
      ({ event, time }) => event.type === 'limit.raised' && event.serverId === serverId && time > since,
    )
    const known = (own.get(serverId) ?? []).filter((at) => at > clock.monotonic() - DAY_MS)
    return Math.max(told.length, known.length)
  }

  const raise = async (serverId: ServerId, limitMb: number) => {
    const toMb = decideMemory(limitMb, deps.max_memory_mb)
    if (toMb === null || deps.isGrowing(serverId) || (await countToday(serverId)) >= RAISES_A_DAY) return null
    const server = await servers.find(serverId)
    if (server === null) return null
    const { overrides, name } = server
    // Somebody has set another limit meanwhile: that is the next try.
    if (overrides.limits?.memoryMb !== undefined && overrides.limits.memoryMb !== limitMb) return null
    const limits = { ...overrides.limits, memoryMb: toMb }
    await servers.update(serverId, { overrides: { ...overrides, limits }, updatedAt: clock.now() })
    own.set(serverId, [...(own.get(serverId) ?? []), clock.monotonic()])
    const why = `It ran out of its ${limitMb} MiB of memory.`
    events.emit({
      type: 'limit.raised',
      serverId,
      server: name,
      limit: 'memory_mb',
      from: limitMb,
      to: toMb,
      why,
    })
    return { fromMb: limitMb, toMb }
  }

  return async (serverId, limitMb) => {
    if (!deps.raise_memory) return null
    try {
      return await raise(serverId, limitMb)
    } catch (error) {
      onDefect(error)
      return null
    }
  }
}
