import type { ServerId } from '../../domain/id.ts'
import type { ResourceUsage } from '../../domain/server.ts'
import type { Samples } from '../ports.ts'

/** The last `capacity` samples of each server, in memory: gone with the platform, and said so by those who use it. */
export function createSampleWindow(capacity: number): Samples {
  const rings = new Map<ServerId, { readonly items: ResourceUsage[]; next: number }>()
  return {
    add(serverId, usage) {
      const ring = rings.get(serverId) ?? { items: [], next: 0 }
      rings.set(serverId, ring)
      ring.items[ring.next] = usage
      ring.next = (ring.next + 1) % capacity
    },
    list(serverId) {
      const ring = rings.get(serverId)
      if (ring === undefined) return []
      const { items, next } = ring
      return items.length < capacity ? [...items] : [...items.slice(next), ...items.slice(0, next)]
    },
    remove: (serverId) => void rings.delete(serverId),
  }
}
