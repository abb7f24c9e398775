import type { HostingContext } from './context.ts'
import { viewServers, type ServerView } from './server-view.ts'

/** By name. Never started, stopped and failed servers are as good a row as running ones. */
export async function listServers(context: HostingContext): Promise<readonly ServerView[]> {
  return viewServers(context, await context.servers.list())
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
  // One more than is shown tells whether there is another page.
  const { servers, total } = await context.servers.listPage({ ...from, limit: from.limit + 1 })
  const page = servers.slice(0, from.limit)
  const last = servers.length > page.length ? (page.at(-1)?.name ?? null) : null
  return { views: await viewServers(context, page), last, total }
}

/** By name: hosted no more, and kept for a while. */
export async function listArchivedServers(context: HostingContext): Promise<readonly ServerView[]> {
  return viewServers(context, await context.servers.listArchived())
}
