import type { HostingContext } from './context.ts'
import { viewServer, type ServerView } from './server-view.ts'

/** By name. Never started, stopped and failed servers are as good a row as running ones. */
export async function listServers(context: HostingContext): Promise<readonly ServerView[]> {
  const servers = await context.servers.list()
  return Promise.all(servers.map((server) => viewServer(context, server)))
}

type ServerPage = {
  readonly views: readonly ServerView[]
  /** Where the next page begins after; null: this is the last one. */
  readonly last: string | null
  readonly total: number
}

/** Of those after the name `after`, at most `limit`; only they are looked at closer. */
export async function listServerPage(
  context: HostingContext,
  from: { readonly isArchived: boolean; readonly after: string | null; readonly limit: number },
): Promise<ServerPage> {
  const { isArchived, after, limit } = from
  const servers = await (isArchived ? context.servers.listArchived() : context.servers.list())
  const rest = servers.filter(({ name }) => after === null || name > after)
  const page = rest.slice(0, limit)
  return {
    views: await Promise.all(page.map((server) => viewServer(context, server))),
    last: rest.length > page.length ? (page.at(-1)?.name ?? null) : null,
    total: servers.length,
  }
}

/** By name: hosted no more, and kept for a while. */
export async function listArchivedServers(context: HostingContext): Promise<readonly ServerView[]> {
  const servers = await context.servers.listArchived()
  return Promise.all(servers.map((server) => viewServer(context, server)))
}
