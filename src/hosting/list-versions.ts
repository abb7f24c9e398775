import type { Version } from '../domain/server.ts'
import type { HostingContext } from './context.ts'
import { findServer } from './server-view.ts'

/** Newest first. */
export async function listVersions(
  context: HostingContext,
  name: string,
): Promise<readonly { readonly version: Version; readonly active: boolean }[]> {
  const server = await findServer(context, name)
  const versions = await context.versions.list(server.id)
  return versions.map((version) => ({ version, active: version.id === server.activeVersion }))
}
