import type { EventSink } from '../domain/event.ts'
import type { ServerId } from '../domain/id.ts'

type Sighting = {
  readonly server: string | null
  readonly principalId: string
  readonly client: string
  readonly version: string
  readonly protocolVersion: string
}

/** For the gateway: an event when an MCP client begins. */
export function createClientTeller(
  events: EventSink,
  findId: (server: string) => ServerId | null,
): (sighting: Sighting) => void {
  return ({ server, principalId, client, version, protocolVersion }) => {
    const serverId = server === null ? null : findId(server)
    events.emit({ type: 'client.connected', serverId, server, client, version, protocolVersion }, principalId)
  }
}
