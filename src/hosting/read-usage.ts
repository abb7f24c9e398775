import type { ResourceUsage } from '../domain/server.ts'
import type { HostingContext } from './context.ts'

/** What runs and was measured, by name: cheap enough for each second. */
export async function readUsage({
  servers,
  supervision,
}: HostingContext): Promise<readonly { readonly server: string; readonly usage: ResourceUsage }[]> {
  return (await servers.listWishes()).flatMap(({ serverId, server }) => {
    const usage = supervision.usage(serverId)
    return usage === null ? [] : [{ server, usage }]
  })
}
