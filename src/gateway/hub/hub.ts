/** `/hub/mcp`: a client of the same processes as everybody, for all servers that a caller may use. */
import type { Clock } from '../../domain/clock.ts'
import { HUB_ID } from '../../domain/hub.ts'
import type { ServerId } from '../../domain/id.ts'
import type { Principal } from '../../domain/principal.ts'
import type { GatewayConfig } from '../gateway-config.ts'
import type { HostedServer, HostedServers } from '../hosted-servers.ts'
import type { StateSeal, Upstreams } from '../ports.ts'
import { createHubLists } from './hub-lists.ts'
import { createHubView, type HubView } from './hub-view.ts'

export interface Hub {
  /** With the grants of this request. */
  view(principal: Principal): HubView
  /** Whatever a session may belong to. */
  hosted(serverId: ServerId, principalId: string): HostedServer
  /** It has come up. */
  meet(serverId: ServerId): void
  forgetServer(serverId: ServerId): void
  forgetPrincipal(principalId: string): void
}

export type HubDeps = {
  readonly servers: HostedServers
  readonly upstreams: Upstreams
  readonly seal: StateSeal
  readonly clock: Clock
  readonly config: GatewayConfig
}

export function createHub({ servers, upstreams, seal, clock, config }: HubDeps): Hub {
  const views = new Map<string, HubView>()
  const lists = createHubLists(clock, config.hubListMs)

  /** Only who does not know what it offers is told: others would list again at each start on demand. */
  const meet = (serverId: ServerId) => {
    for (const view of views.values()) {
      const isNew = view.announcements.sync()
      if (view.takeMissing(serverId) || isNew)
        clock.after(config.coalesceMs, () => view.announcements.announceAll())
    }
  }
  const viewOf = (principalId: string): HubView => {
    const known = views.get(principalId)
    if (known !== undefined) return known
    const created = createHubView(principalId, { servers, upstreams, lists, seal, onArrival: meet })
    views.set(principalId, created)
    return created
  }
  return {
    view(principal) {
      const view = viewOf(principal.id)
      view.meet(principal)
      return view
    },
    hosted: (serverId, principalId) =>
      serverId === HUB_ID ? viewOf(principalId).hosted : servers.get(serverId),
    meet,
    forgetServer(serverId) {
      for (const view of views.values()) {
        view.forget(serverId)
        view.announcements.sync()
        view.announcements.announceAll()
      }
    },
    forgetPrincipal: (principalId) => void views.delete(principalId),
  }
}
