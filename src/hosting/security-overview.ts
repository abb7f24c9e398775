/** Of every server, what its newest version was found with and what is said of itself otherwise by now. */
import type { Version } from '../domain/server.ts'
import type { HostingContext } from './context.ts'
import { mergePins } from './merge-pins.ts'

export type ServerSecurity = {
  readonly server: string
  /** The newest: it may wait for approval while an earlier one serves. */
  readonly version: Version
  /** How many definitions of the active version drifted. */
  readonly drifted: number
}

/** By name; servers without a version are left out. */
export async function listSecurity(context: HostingContext): Promise<readonly ServerSecurity[]> {
  const servers = await context.servers.list()
  const drifted = await context.pins.listDrifted(servers.flatMap(({ activeVersion }) => activeVersion ?? []))
  const all = await Promise.all(
    servers.map(async ({ id, name, activeVersion }) => {
      const [version] = await context.versions.list(id)
      if (version === undefined) return []
      const records = activeVersion === null ? undefined : drifted.get(activeVersion)
      const pins = records === undefined ? null : mergePins(records)
      return [{ server: name, version, drifted: pins?.drift.length ?? 0 }]
    }),
  )
  return all.flat()
}
