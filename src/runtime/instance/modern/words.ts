/** Words of revision 2026-07-28, which puts what a handshake used to say into `_meta` of each request. */
import { isJsonObject, type JsonObject } from '../../../domain/json.ts'

export const MODERN_VERSION = '2026-07-28'
export const SERVER_INFO = 'io.modelcontextprotocol/serverInfo'
const SUBSCRIPTION_ID = 'io.modelcontextprotocol/subscriptionId'
const PROTOCOL_VERSION = 'io.modelcontextprotocol/protocolVersion'
const CLIENT_CAPABILITIES = 'io.modelcontextprotocol/clientCapabilities'
const CLIENT_INFO = 'io.modelcontextprotocol/clientInfo'

/** The platform's own envelope where a request has none yet: what it asks by itself is asked in nobody's name. */
export function withEnvelope(params: JsonObject | undefined, platformVersion: string): JsonObject {
  const given = params?.['_meta']
  const meta = isJsonObject(given) ? given : {}
  if (params !== undefined && meta[PROTOCOL_VERSION] !== undefined) return params
  const own = {
    [PROTOCOL_VERSION]: MODERN_VERSION,
    [CLIENT_CAPABILITIES]: {},
    [CLIENT_INFO]: { name: 'haivemind', version: platformVersion },
  }
  return { ...params, _meta: { ...meta, ...own } }
}

/** The subscription that a notification belongs to; a server cancels nothing else than those (R64). */
export function readSubscriptionId(method: string, params: JsonObject | undefined): number | null {
  const meta = params?.['_meta']
  const tag = isJsonObject(meta) ? meta[SUBSCRIPTION_ID] : undefined
  const id = method === 'notifications/cancelled' ? params?.['requestId'] : tag
  return typeof id === 'number' ? id : null
}

/** Without the tag, which names a request of the platform's and nobody else's. */
export function stripSubscriptionId(params: JsonObject | undefined): JsonObject | undefined {
  const meta = params?.['_meta']
  if (!isJsonObject(meta) || meta[SUBSCRIPTION_ID] === undefined) return params
  const { [SUBSCRIPTION_ID]: _, ...others } = meta
  if (Object.keys(others).length > 0) return { ...params, _meta: others }
  const { _meta: __, ...rest } = params ?? {}
  return rest
}
