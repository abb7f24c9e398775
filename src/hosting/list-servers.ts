import { chooseServers, type Place, type ServerQuery } from './choose-servers.ts'
import type { HostingContext } from './context.ts'
import { viewServers, type ServerView } from './server-view.ts'

/** By name. Never started, stopped and failed servers are as good a row as running ones. */
export async function listServers(context: HostingContext): Promise<readonly ServerView[]> {
  return viewServers(context, await context.servers.list())
}

type ServerPage = {
  readonly views: readonly ServerView[]
  /** Where the next page begins after; null: this is the last one. */
  readonly last: Place | null
  readonly total: number
}

/** Of those that fit, at most `limit`; only they are looked at closer. */
export async function listServerPage(context: HostingContext, query: ServerQuery): Promise<ServerPage> {
  const { page, last, total } = await chooseServers(context, query)
  return { views: await viewServers(context, page), last, total }
}

/** By name: hosted no more, and kept for a while. */
export async function listArchivedServers(context: HostingContext): Promise<readonly ServerView[]> {
  return viewServers(context, await context.servers.listArchived())
}
