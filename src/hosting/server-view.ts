import type { BreakerView } from '../domain/breaker.ts'
import { AppError } from '../domain/error.ts'
import type { Observation } from '../domain/difference.ts'
import { buildNoHealth, type ServerHealth } from '../domain/health.ts'
import type { ServerId, VersionId } from '../domain/id.ts'
import type { LogStream } from '../domain/log-line.ts'
import { nearest } from '../domain/nearest.ts'
import type { ProcessView } from '../domain/process-view.ts'
import type {
  InstanceFacts,
  ResourceUsage,
  Server,
  ServerConfig,
  ServerOverrides,
  Version,
} from '../domain/server.ts'
import type { ServerState } from '../domain/server-state.ts'
import type { ServerDisk } from './disk-book.ts'
import type { VersionFailure } from '../domain/version-watch.ts'
import type { HostingContext } from './context.ts'
import type { EgressCount, SecretFacts, ServerSecrets } from './ports.ts'
import { stateOf } from './run-server.ts'

/** A server as it is at this moment: what is stored, what runs, what was measured. */
export type ServerView = {
  readonly server: Server
  /** Null only for a server whose version is gone. */
  readonly version: Version | null
  /** The version's configuration with the overrides over it. */
  readonly config: ServerConfig | null
  readonly state: ServerState
  readonly restarts: number
  readonly observation: Observation
  readonly facts: InstanceFacts | null
  /** Of all processes together. */
  readonly usage: ResourceUsage | null
  readonly processes: readonly ProcessView[]
  /** The active version, or a newer one, that failed after it had begun to serve; null: none. */
  readonly failedVersion: { readonly number: number; readonly failure: VersionFailure } | null
  /** Null where calls go. */
  readonly breaker: BreakerView | null
  readonly health: ServerHealth
  /** The latest places first. */
  readonly egress: readonly EgressCount[]
  /** Null: not added up yet. */
  readonly disk: ServerDisk | null
  /** Lines of its log that were dropped since the platform started. */
  readonly droppedLines: Readonly<Record<LogStream, number>>
  readonly secrets: {
    readonly stored: readonly SecretFacts[]
    /** A running instance holds others than a start would give it now. */
    readonly isPending: boolean
  }
}

/** Places that are shown of one server. */
const SHOWN_PLACES = 100

/** Overrides win field by field; environment and limits entry by entry. */
export function buildEffectiveConfig(config: ServerConfig, overrides: ServerOverrides): ServerConfig {
  return {
    ...config,
    ...overrides,
    environment: { ...config.environment, ...overrides.environment },
    limits: { ...config.limits, ...overrides.limits },
  }
}

/** Throws AppError `server_not_found`. */
export async function findServer(context: HostingContext, name: string): Promise<Server> {
  const server = await context.servers.findByName(name)
  if (server !== null) return server
  if ((await context.servers.findArchived(name)) !== null) {
    throw new AppError('server_not_found', `The server "${name}" is archived.`, {
      hint: `Bring it back with haivemind restore ${name}.`,
    })
  }
  const names = (await context.servers.list()).map((other) => other.name)
  const close = nearest(name, names)
  throw new AppError(
    'server_not_found',
    `There is no server "${name}".`,
    close === null ? {} : { hint: `Did you mean "${close}"? See haivemind list.` },
  )
}

export async function viewServer(context: HostingContext, server: Server): Promise<ServerView> {
  return buildView(context, server, await readRecords(context, [server]))
}

/** In the same order. However many there are, the store is asked once for each thing. */
export async function viewServers(
  context: HostingContext,
  servers: readonly Server[],
): Promise<readonly ServerView[]> {
  const records = await readRecords(context, servers)
  return servers.map((server) => buildView(context, server, records))
}

/** What the store holds of these servers beside their rows. */
type Records = {
  readonly versions: ReadonlyMap<VersionId, Version>
  readonly failed: ReadonlyMap<ServerId, NonNullable<ServerView['failedVersion']>>
  readonly secrets: ReadonlyMap<ServerId, ServerSecrets>
  readonly egress: ReadonlyMap<ServerId, readonly EgressCount[]>
}

async function readRecords(context: HostingContext, servers: readonly Server[]): Promise<Records> {
  const ids = servers.map(({ id }) => id)
  const active = servers.flatMap(({ activeVersion }) => activeVersion ?? [])
  const [versions, failed, secrets, egress] = await Promise.all([
    context.versions.findEach(active),
    context.versions.findFailedEach(ids),
    context.secrets.listEach(ids),
    context.egress.listEach(ids, SHOWN_PLACES),
  ])
  return { versions, failed, secrets, egress }
}

function buildView(context: HostingContext, server: Server, records: Records): ServerView {
  const { supervision } = context
  const version = server.activeVersion && (records.versions.get(server.activeVersion) ?? null)
  const facts = supervision.facts(server.id)
  const { stored, hasRetired } = records.secrets.get(server.id) ?? { stored: [], hasRetired: false }
  const failed = records.failed.get(server.id) ?? null
  const isChanged = hasRetired || stored.some(({ inUse }) => !inUse)
  return {
    server,
    version,
    config: version && buildEffectiveConfig(version.config, server.overrides),
    state: stateOf(context, server),
    observation: supervision.observation(server.id),
    restarts: supervision.restarts(server.id),
    facts,
    usage: supervision.usage(server.id),
    processes: supervision.processes(server.id),
    failedVersion: failed !== null && failed.number >= (version?.number ?? 0) ? failed : null,
    breaker: context.tools.breaker(server.id),
    health: supervision.health(server.id) ?? buildNoHealth(server.updatedAt),
    disk: context.disk.read(server.id),
    droppedLines: context.logs.dropped(server.id),
    egress: records.egress.get(server.id) ?? [],
    secrets: { stored, isPending: facts !== null && isChanged },
  }
}

/** The server again after a verb, as it is now. */
export async function viewServerByName(context: HostingContext, name: string): Promise<ServerView> {
  return viewServer(context, await findServer(context, name))
}
