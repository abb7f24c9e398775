import { AppError } from '../domain/error.ts'
import type { VersionId } from '../domain/id.ts'
import type { Principal } from '../domain/principal.ts'
import type { Server, Version } from '../domain/server.ts'
import { findPrevious } from '../domain/version-standing.ts'
import { collectTrees } from './collect-trees.ts'
import { readReferences } from './cleanup/spare-versions.ts'
import type { HostingContext } from './context.ts'
import { findServer } from './server-view.ts'

/**
 * Removes one version with its findings and, if no other has the same tree, its files. What is in use or may be gone
 * back to is refused (`conflict`).
 */
export async function deleteVersion(
  context: HostingContext,
  name: string,
  number: number,
  principal: Principal,
): Promise<{ readonly version: number; readonly freedBytes: number }> {
  // Nobody switches to it, or deploys one that is compared with it, meanwhile.
  const lock = context.locks.hold(name, `rid of version ${number}`)
  try {
    const server = await findServer(context, name)
    const versions = await context.versions.list(server.id)
    const version = versions.find((each) => each.number === number)
    if (version === undefined) {
      throw new AppError('version_not_found', `"${name}" has no version ${number}.`)
    }
    const why = findUse(server, version, versions, await readReferences(context))
    if (why !== null) {
      throw new AppError('conflict', `Version ${number} of "${name}" ${why}.`, {
        hint: 'What is in use or may be gone back to stays; older versions go by themselves.',
        details: { version: number },
      })
    }
    const isShared = versions.some(({ id, treeHash }) => id !== version.id && treeHash === version.treeHash)
    const bytes = isShared ? 0 : (await context.intake.measureTree(version.treeHash)).ownBytes
    await context.versions.remove(version.id)
    context.events.emit(
      {
        type: 'version.deleted',
        serverId: server.id,
        server: name,
        versionId: version.id,
        number,
      },
      principal.id,
    )
    await collectTrees(context)
    const stillThere = (await context.versions.listTreeHashes()).includes(version.treeHash)
    return { version: number, freedBytes: stillThere ? 0 : bytes }
  } finally {
    lock.release()
  }
}

/** Null: nothing needs it. Pure. */
function findUse(
  server: Server,
  version: Version,
  newestFirst: readonly Version[],
  inUse: ReadonlySet<VersionId | null>,
): string | null {
  const { id } = version
  if (server.activeVersion === id) return 'is the active one'
  if (inUse.has(id)) return 'is in use by a process or a deployment'
  if (server.watch?.replaces === id) return 'is what the platform goes back to if the new one fails'
  if (findPrevious(server, newestFirst)?.id === id) return 'is the one that a rollback goes back to'
  return null
}
