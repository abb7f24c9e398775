import type { ServerId, VersionId } from '../../domain/id.ts'
import type { Server, Version } from '../../domain/server.ts'
import type { HostingContext } from '../context.ts'
import { findNextStep } from './archive-server.ts'
import { DAY_MS } from './decide-cleanup.ts'
import { listNeeded, readReferences } from './spare-versions.ts'
import type { CleanupFacts, ServerFact, VersionFact } from './cleanup-item.ts'

/** Reads what a clean-up is decided by; changes nothing. */
export async function readCleanupFacts(context: HostingContext, now: number): Promise<CleanupFacts> {
  const { versions, intake, retention } = context
  const named = await versions.listTreeHashes()
  const servers = await context.servers.list()
  const inUse = await readReferences(context)
  const found: ServerFact[] = []
  for (const server of servers) found.push(await readServer(context, server, inUse, now))
  return {
    leftovers: await intake.leftovers.list(named),
    servers: found,
    archived: await readArchived(context, now),
    strays: await readStrays(context),
    records: await retention.list(now),
  }
}

async function readServer(
  context: HostingContext,
  server: Server,
  inUse: ReadonlySet<VersionId | null>,
  now: number,
): Promise<ServerFact> {
  const versions = await context.versions.list(server.id)
  const keep = new Set([...inUse, ...listNeeded(server, versions)])
  const { logDays } = context.settings.cleanup
  return {
    id: server.id,
    name: server.name,
    versions: await Promise.all(versions.map((version) => describeVersion(context, version, versions, keep))),
    next: findNextStep(context, server, now),
    oldLogs: await context.logs.findOlder(server.id, now - logDays * DAY_MS),
  }
}

async function readArchived(context: HostingContext, now: number): Promise<CleanupFacts['archived']> {
  const found = []
  for (const server of await context.servers.listArchived()) {
    const { id, name } = server
    const bytes = await measureFiles(context, id)
    found.push({ id, name, next: findNextStep(context, server, now), bytes })
  }
  return found
}

async function describeVersion(
  context: HostingContext,
  version: Version,
  all: readonly Version[],
  keep: ReadonlySet<VersionId | null>,
): Promise<VersionFact> {
  const { id, number, treeHash, createdAt } = version
  const isReferenced = keep.has(id)
  const isShared = isReferenced || all.some((other) => other.id !== id && other.treeHash === treeHash)
  return {
    id,
    number,
    treeHash,
    createdAt,
    isReferenced,
    bytes: isShared ? 0 : (await context.intake.measureTree(treeHash)).ownBytes,
  }
}

/** Data, logs and uids of servers that are gone, and of which nothing runs or is being made. */
async function readStrays(
  context: HostingContext,
): Promise<readonly { readonly serverId: ServerId; readonly bytes: number }[]> {
  const found = [
    ...(await context.files.list()),
    ...(await context.logs.list()),
    ...(await context.uids.list()),
  ]
  const busy = await readBusy(context)
  const strays = []
  for (const serverId of new Set(found)) {
    if (busy.has(serverId) || (await context.servers.find(serverId)) !== null) continue
    const bytes = await measureFiles(context, serverId)
    strays.push({ serverId, bytes })
  }
  return strays
}

/** Servers whose files somebody may be about to make or to use although they have no row. */
export async function readBusy(context: HostingContext): Promise<ReadonlySet<ServerId | null>> {
  const instances = await context.ledger.list()
  const running = await context.operations.listRunning()
  return new Set([
    ...instances.map(({ serverId }) => serverId),
    ...running.map(({ serverId }) => serverId),
    ...[...context.live.values()].map(({ recorder }) => recorder.current().serverId),
  ])
}

/** Data and logs, as far as they may be seen. */
export async function measureFiles(context: HostingContext, id: ServerId): Promise<number> {
  return ((await context.files.measure(id)) ?? 0) + (await context.logs.measure(id))
}
