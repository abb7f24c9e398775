import type { EventSink } from '../domain/event.ts'

type Sighting = {
  readonly server: string | null
  readonly principalId: string
  readonly client: string
  readonly version: string
  readonly protocolVersion: string
}

/** For the gateway: an event when an MCP client begins. */
export function createClientTeller(events: EventSink): (sighting: Sighting) => void {
  return ({ server, principalId, client, version, protocolVersion }) => {
    events.emit({ type: 'client.connected', server, client, version, protocolVersion }, principalId)
  }
}
