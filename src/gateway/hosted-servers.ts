/**
 * Everything the gateway holds for each hosted server, made at first use and released with the server. A lane leads to
 * one process of it: most servers have a single one, some have one for each kind of client, principal or session.
 */
import type { AppError } from '../domain/error.ts'
import type { ServerId, VersionId } from '../domain/id.ts'
import { decideMainEra } from '../domain/era.ts'
import { buildMainKey, isSameKey, renderProcessKey, type ProcessKey } from '../domain/process-key.ts'
import type { ServerTraits } from '../domain/server-traits.ts'
import { createAnnouncements, type Announcements } from './announcements.ts'
import { createLane, type Lane, type LaneDeps } from './lane.ts'
import { createLogRouting, type LogRouting } from './log-routing.ts'
import type { UpstreamConnection } from './ports.ts'
import { isOfSession } from './process-kind.ts'
import { createToolIndex, type ToolIndex } from './tool-index.ts'

export type HostedLane = {
  readonly key: ProcessKey
  readonly lane: Lane
  readonly tools: ToolIndex
  readonly logs: LogRouting
}

export type HostedServer = {
  readonly serverId: ServerId
  readonly traits: () => ServerTraits
  /** The lane of one process, made if need be; the process starts with the first call. */
  readonly lane: (key: ProcessKey) => HostedLane
  /** Of the process whose state is the server's. */
  readonly mainLane: () => HostedLane
  readonly lanes: () => readonly HostedLane[]
  /** A session that stays with that process, until it is released. */
  readonly join: (key: ProcessKey) => () => void
  /** Calls under way or waiting there; of two with as many, sessions count. */
  readonly load: (key: ProcessKey) => number
  /** Whose process it was is gone for good. */
  readonly release: (key: ProcessKey, error: AppError) => void
  readonly announcements: Announcements
}

export interface HostedServers {
  get(serverId: ServerId): HostedServer
  list(): readonly HostedServer[]
  /** The way to a version that is tried, with all that the way to one that serves has, and nobody on it. */
  openBeside(connection: UpstreamConnection, versionId: VersionId): Lane
  /** Ends what goes on there; callers get `error`. */
  remove(serverId: ServerId, error: AppError): void
}

/** More than there are sessions: any call weighs more than all of them. */
const MANY = 1_000_000

export function createHostedServers(deps: LaneDeps): HostedServers {
  const servers = new Map<ServerId, HostedServer>()
  return {
    get(serverId) {
      const known = servers.get(serverId)
      if (known !== undefined) return known
      const created = createHostedServer(serverId, deps)
      servers.set(serverId, created)
      return created
    },
    list: () => [...servers.values()],
    openBeside(connection, versionId) {
      const { upstreams, definitions } = deps
      return createLane(connection.serverId, connection.key, {
        ...deps,
        upstreams: {
          findByName: (name) => upstreams.findByName(name),
          names: () => upstreams.names(),
          traits: (id) => upstreams.traits(id),
          beside: () => null,
          open: async () => connection,
          current: () => connection,
          isUnfit: () => false,
          release: () => {},
        },
        definitions: { of: (id, readFacet) => definitions.of(id, readFacet, versionId) },
        record: () => {},
        onBreaker: () => {},
      })
    },
    remove(serverId, error) {
      for (const { lane } of servers.get(serverId)?.lanes() ?? []) lane.close(error)
      servers.delete(serverId)
    },
  }
}

function createHostedServer(serverId: ServerId, deps: LaneDeps): HostedServer {
  const lanes = new Map<string, HostedLane>()
  const sessions = new Map<string, number>()
  const traits = () => deps.upstreams.traits(serverId)
  /** Most servers have one, and no text needs to be made to find it again. */
  let recent: HostedLane | null = null
  const laneOf = (key: ProcessKey): HostedLane => {
    if (recent !== null && isSameKey(recent.key, key)) return recent
    const name = renderProcessKey(key)
    const known = lanes.get(name)
    if (known !== undefined) return (recent = known)
    const lane = createLane(serverId, key, deps)
    const created = { key, lane, tools: createToolIndex(lane, deps.logger), logs: createLogRouting(lane) }
    lanes.set(name, created)
    announcements.attach(lane)
    return created
  }
  const announcements = createAnnouncements({
    laneOf: (key) => laneOf(key).lane,
    isOfSession: (key) => isOfSession(key, traits()),
    clock: deps.clock,
    coalesceMs: deps.config.coalesceMs,
  })
  return {
    serverId,
    traits,
    lane: laneOf,
    mainLane: () => laneOf(buildMainKey(decideMainEra(traits().eras, traits().upstreamEra))),
    lanes: () => [...lanes.values()],
    join(key) {
      const name = renderProcessKey(key)
      sessions.set(name, (sessions.get(name) ?? 0) + 1)
      return () => {
        const left = (sessions.get(name) ?? 0) - 1
        if (left > 0) sessions.set(name, left)
        else sessions.delete(name)
      }
    },
    load(key) {
      const name = renderProcessKey(key)
      const unfit = deps.upstreams.isUnfit(serverId, key) ? MANY : 0
      return (lanes.get(name)?.lane.load() ?? 0) + (sessions.get(name) ?? 0) / MANY + unfit
    },
    release(key, error) {
      const name = renderProcessKey(key)
      const found = lanes.get(name)
      if (found === undefined || key.owner === null) return
      lanes.delete(name)
      if (recent === found) recent = null
      found.lane.close(error)
      deps.upstreams.release(serverId, key)
    },
    announcements,
  }
}
