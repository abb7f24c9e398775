/** Which MCP clients come to which server: told once when one begins, whatever revision it speaks. */
import { createClientNews, readIntroduction } from '../domain/client-news.ts'
import type { Clock } from '../domain/clock.ts'
import type { Message } from './message.ts'
import type { Exchange } from './transport/exchange.ts'

export type ClientSighting = {
  /** Null: at the hub. */
  readonly server: string | null
  readonly principalId: string
  readonly client: string
  readonly version: string
  readonly protocolVersion: string
}

export interface ClientSightings {
  /** Of a request that was let in; told when it was answered well. */
  note(exchange: Exchange, message: Message | null): void
}

export function createClientSightings(
  clock: Clock,
  onClient: ((sighting: ClientSighting) => void) | undefined,
): ClientSightings {
  const news = createClientNews(clock)
  return {
    note(exchange, message) {
      if (onClient === undefined || message?.kind !== 'request') return
      const introduction = readIntroduction(message.method, message.params)
      if (introduction === null) return
      const { principal, visit, res } = exchange
      const server = visit === null ? exchange.server : null
      // A name has no spaces in it; the hub has none.
      if (!news.isNews(`${server ?? ''} ${principal.id}`, introduction)) return
      const { client, version, protocolVersion } = introduction
      const sighting = { server, principalId: principal.id, client, version, protocolVersion }
      // What opens a session may be refused with status 200: an error of JSON-RPC is an answer too.
      if (message.method === 'initialize') exchange.arrival.onBegun = () => onClient(sighting)
      else res.once('finish', () => res.statusCode < 300 && onClient(sighting))
    },
  }
}
