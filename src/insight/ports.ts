/** What was measured of running servers. */
import type { ServerId } from '../domain/id.ts'
import type { ResourceUsage } from '../domain/server.ts'

export interface Samples {
  add(serverId: ServerId, usage: ResourceUsage): void
  /** Oldest first; empty when nothing was measured. */
  list(serverId: ServerId): readonly ResourceUsage[]
  remove(serverId: ServerId): void
}
