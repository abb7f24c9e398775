import type { Version } from '../domain/server.ts'
import { decideStanding, type Standing } from '../domain/version-standing.ts'
import type { HostingContext } from './context.ts'
import { findServer } from './server-view.ts'

export type VersionView = {
  readonly version: Version
  readonly standing: Standing
  /** Of its installed tree on the disk. */
  readonly bytes: number
}

/** Newest first. */
export async function listVersions(context: HostingContext, name: string): Promise<readonly VersionView[]> {
  const server = await findServer(context, name)
  const versions = await context.versions.list(server.id)
  return Promise.all(
    versions.map(async (version) => ({
      version,
      standing: decideStanding(server, version, versions),
      bytes: (await context.intake.measureTree(version.treeHash)).bytes,
    })),
  )
}
