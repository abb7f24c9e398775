import type { Consultation } from '../domain/consultation.ts'
import type { JsonObject } from '../domain/json.ts'
import type { Principal } from '../domain/principal.ts'
import type { HostingContext } from './context.ts'
import { findServer } from './server-view.ts'

/** What a running server gives to read, asked through the same relay that clients use. */
export async function consultServer(
  context: HostingContext,
  name: string,
  consultation: Consultation,
  principal: Principal,
  signal: AbortSignal,
): Promise<JsonObject> {
  const server = await findServer(context, name)
  return context.tools.consult(server.name, consultation, principal, signal)
}
