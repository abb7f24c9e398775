import type { HostingContext } from './context.ts'
import { viewServer, type ServerView } from './server-view.ts'

/** By name. Never started, stopped and failed servers are as good a row as running ones. */
export async function listServers(context: HostingContext): Promise<readonly ServerView[]> {
  const servers = await context.servers.list()
  return Promise.all(servers.map((server) => viewServer(context, server)))
}

/** By name: hosted no more, and kept for a while. */
export async function listArchivedServers(context: HostingContext): Promise<readonly ServerView[]> {
  const servers = await context.servers.listArchived()
  return Promise.all(servers.map((server) => viewServer(context, server)))
}
