import type { JsonObject } from '../domain/json.ts'
import type { Principal } from '../domain/principal.ts'
import type { HostingContext } from './context.ts'
import { findServer } from './server-view.ts'

/** The tools a running server offers, asked through the same relay that clients use. */
export async function listTools(
  context: HostingContext,
  name: string,
  principal: Principal,
  signal: AbortSignal,
): Promise<readonly JsonObject[]> {
  const server = await findServer(context, name)
  return context.tools.list(server.name, principal, signal)
}

/** `isError` inside the result is the tool's own answer, no exception. */
export async function callTool(
  context: HostingContext,
  call: { readonly server: string; readonly tool: string; readonly args: JsonObject },
  principal: Principal,
  signal: AbortSignal,
): Promise<JsonObject> {
  const server = await findServer(context, call.server)
  return context.tools.call(server.name, call.tool, call.args, principal, signal)
}
