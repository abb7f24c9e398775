/** Which versions of a server nothing needs any more. One rule for deployments, the timer and the command. */
import type { VersionId } from '../../domain/id.ts'
import type { Server, Version } from '../../domain/server.ts'
import { findPrevious } from '../../domain/version-standing.ts'
import type { HostingContext } from '../context.ts'

/** The newest one stays, and of the others those that are needed and the newest `keep`. Pure. */
export function chooseSpare<V extends { readonly isReferenced: boolean }>(
  [, ...older]: readonly V[],
  keep: number,
): readonly V[] {
  return older.filter(({ isReferenced }) => !isReferenced).slice(keep)
}

/** Active, the way back, and what the platform itself may go back to. Pure. */
export function listNeeded(server: Server, newestFirst: readonly Version[]): readonly (VersionId | null)[] {
  const previous = findPrevious(server, newestFirst)?.id ?? null
  return [server.activeVersion, previous, server.watch?.replaces ?? null]
}

/** Versions that an operation under way or an instance, dead or alive, refers to. */
export async function readReferences(
  context: Pick<HostingContext, 'operations' | 'ledger'>,
): Promise<ReadonlySet<VersionId | null>> {
  const running = await context.operations.listRunning()
  const instances = await context.ledger.list()
  return new Set([
    ...running.flatMap(({ versionId, replaces }) => [versionId, replaces]),
    ...instances.map(({ versionId }) => versionId),
  ])
}

/** After a deployment. Their trees are collected when it ends. */
export async function removeSpareVersions(
  context: HostingContext,
  { id }: Pick<Server, 'id'>,
): Promise<void> {
  const server = await context.servers.find(id)
  if (server === null) return
  const versions = await context.versions.list(id)
  const inUse = await readReferences(context)
  const needed = new Set([...inUse, ...listNeeded(server, versions)])
  const known = versions.map((version) => ({ id: version.id, isReferenced: needed.has(version.id) }))
  for (const spare of chooseSpare(known, context.settings.cleanup.keepVersions))
    await context.versions.remove(spare.id)
}
