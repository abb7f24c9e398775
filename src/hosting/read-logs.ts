import type { LogLine, LogQuery } from '../domain/log-line.ts'
import type { LogHits, LogSearch } from '../domain/log-search.ts'
import type { HostingContext } from './context.ts'
import { findServer } from './server-view.ts'

export async function readLogs(
  context: HostingContext,
  name: string,
  query: LogQuery,
): Promise<readonly LogLine[]> {
  const server = await findServer(context, name)
  return context.logs.read(server.id, query)
}

export async function searchLogs(
  context: HostingContext,
  name: string,
  search: LogSearch,
  signal: AbortSignal,
): Promise<LogHits> {
  const server = await findServer(context, name)
  return context.logs.search(server.id, search, signal)
}

/** Calls `listener` for every new line until the result is called. */
export async function followLogs(
  context: HostingContext,
  name: string,
  listener: (line: LogLine) => void,
): Promise<() => void> {
  const server = await findServer(context, name)
  return context.logs.follow(server.id, listener)
}
