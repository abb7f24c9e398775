import type { EventSink } from '../domain/event.ts'

type Sighting = {
  readonly server: string | null
  readonly isPlatform?: boolean
  readonly principalId: string
  readonly client: string
  readonly version: string
  readonly protocolVersion: string
}

/** For the gateway and the platform's own endpoint: an event when an MCP client begins. */
export function createClientTeller(events: EventSink): (sighting: Sighting) => void {
  return ({ server, isPlatform = false, principalId, client, version, protocolVersion }) => {
    const endpoint = server !== null ? 'server' : isPlatform ? 'platform' : 'hub'
    events.emit({ type: 'client.connected', server, endpoint, client, version, protocolVersion }, principalId)
  }
}
