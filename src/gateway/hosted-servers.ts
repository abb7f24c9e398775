/** Everything the gateway holds for each hosted server, made at first use and released with the server. */
import type { AppError } from '../domain/error.ts'
import type { ServerId } from '../domain/id.ts'
import { createAnnouncements, type Announcements } from './announcements.ts'
import { createLane, type Lane, type LaneDeps } from './lane.ts'
import { createLogRouting, type LogRouting } from './log-routing.ts'
import { createToolIndex, type ToolIndex } from './tool-index.ts'

export type HostedServer = {
  readonly lane: Lane
  readonly announcements: Announcements
  readonly tools: ToolIndex
  readonly logs: LogRouting
}

export interface HostedServers {
  get(serverId: ServerId): HostedServer
  list(): readonly HostedServer[]
  /** Ends what goes on there; callers get `error`. */
  remove(serverId: ServerId, error: AppError): void
}

export function createHostedServers(deps: LaneDeps): HostedServers {
  const servers = new Map<ServerId, HostedServer>()
  const create = (serverId: ServerId): HostedServer => {
    const lane = createLane(serverId, deps)
    return {
      lane,
      announcements: createAnnouncements(lane, deps.clock, deps.config.coalesceMs),
      tools: createToolIndex(lane, deps.logger),
      logs: createLogRouting(lane),
    }
  }
  return {
    get(serverId) {
      const known = servers.get(serverId)
      if (known !== undefined) return known
      const created = create(serverId)
      servers.set(serverId, created)
      return created
    },
    list: () => [...servers.values()],
    remove(serverId, error) {
      servers.get(serverId)?.lane.close(error)
      servers.delete(serverId)
    },
  }
}
