/** Which MCP clients come to which server: told once when one begins, whatever revision it speaks. */
import { CONNECT_TEST_NAME } from '../domain/clients/connect-test.ts'
import type { Clock } from '../domain/clock.ts'
import { isJsonObject, type Json } from '../domain/json.ts'
import { CLIENT_INFO, PROTOCOL_VERSION, readMeta } from './envelope.ts'
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

/** A client of 2026-07-28 introduces itself with every request: it is told again after so long without one. */
const QUIET_MS = 10 * 60_000
/** Whoever begins again and again is told once in so long. */
const AGAIN_MS = 2_000
const MAX_KNOWN = 2_000
const MAX_TEXT = 100

export function createClientSightings(
  clock: Clock,
  onClient: ((sighting: ClientSighting) => void) | undefined,
): ClientSightings {
  /** When each was last seen, the longest unseen first. */
  const seen = new Map<string, number>()

  const isNews = (sighting: ClientSighting, begins: boolean): boolean => {
    const { server, principalId, client, version } = sighting
    const key = JSON.stringify([server, principalId, client, version])
    const now = clock.monotonic()
    const last = seen.get(key)
    seen.delete(key)
    seen.set(key, now)
    const [oldest] = seen.keys()
    if (seen.size > MAX_KNOWN && oldest !== undefined) seen.delete(oldest)
    return last === undefined || now - last > (begins ? AGAIN_MS : QUIET_MS)
  }

  return {
    note(exchange, message) {
      if (onClient === undefined || message?.kind !== 'request') return
      const { method, params } = message
      const begins = method === 'initialize' || method === 'server/discover'
      const meta = method === 'initialize' ? undefined : readMeta(params)
      const info = method === 'initialize' ? params?.['clientInfo'] : meta?.[CLIENT_INFO]
      if (!isJsonObject(info) || info['name'] === CONNECT_TEST_NAME) return
      const { principal, visit, server, res } = exchange
      const sighting: ClientSighting = {
        server: visit === null ? server : null,
        principalId: principal.id,
        client: readText(info['name']),
        version: readText(info['version']),
        protocolVersion: readText(
          method === 'initialize' ? params?.['protocolVersion'] : meta?.[PROTOCOL_VERSION],
        ),
      }
      if (sighting.client === '' || !isNews(sighting, begins)) return
      // What opens a session may be refused with status 200: an error of JSON-RPC is an answer too.
      if (method === 'initialize') exchange.arrival.onBegun = () => onClient(sighting)
      else res.once('finish', () => res.statusCode < 300 && onClient(sighting))
    },
  }
}

function readText(value: Json | undefined): string {
  return typeof value === 'string' ? value.slice(0, MAX_TEXT) : ''
}
