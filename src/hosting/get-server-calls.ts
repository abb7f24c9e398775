import type { ServerCalls } from '../domain/call-figures.ts'
import type { HostingContext } from './context.ts'
import { findServer } from './server-view.ts'

/** How calls of one server went in the time until now. Throws AppError `server_not_found`. */
export async function getServerCalls(
  context: HostingContext,
  name: string,
  seconds: number,
): Promise<{ readonly to: number; readonly calls: ServerCalls }> {
  const server = await findServer(context, name)
  const to = context.clock.now()
  return { to, calls: await context.calls.figures(server.id, to - seconds * 1000) }
}
