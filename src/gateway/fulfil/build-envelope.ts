/** What a client said once in `initialize`, as the envelope that 2026-07-28 wants with each request. */
import { isJsonObject, type JsonObject } from '../../domain/json.ts'
import { parseCapabilityClass, renderCapabilities } from '../../domain/process-key.ts'
import {
  CLIENT_CAPABILITIES,
  CLIENT_INFO,
  LOG_LEVEL,
  MODERN_VERSION,
  PROTOCOL_VERSION,
  readMeta,
  type LegacyVersion,
  type LogLevel,
} from '../envelope.ts'

/**
 * What can be brought to such a client, as its own revision knows it. Changed roots are never announced, and tasks of
 * 2025-11-25 are another thing than the extension of that name.
 */
export function buildClientEnvelope(initializeParams: JsonObject, version: LegacyVersion): JsonObject {
  const { capabilities, clientInfo } = initializeParams
  const experimental = isJsonObject(capabilities) ? capabilities['experimental'] : undefined
  const isNamed =
    isJsonObject(clientInfo) &&
    typeof clientInfo['name'] === 'string' &&
    typeof clientInfo['version'] === 'string'
  return {
    [PROTOCOL_VERSION]: MODERN_VERSION,
    [CLIENT_CAPABILITIES]: {
      ...(isJsonObject(experimental) ? { experimental } : {}),
      ...renderCapabilities(parseCapabilityClass(capabilities, version)),
    },
    ...(isNamed ? { [CLIENT_INFO]: clientInfo } : {}),
  }
}

/** What the client itself put into `_meta` stays beside the envelope. */
export function addEnvelope(
  params: JsonObject | undefined,
  envelope: JsonObject,
  logLevel: LogLevel | null,
): JsonObject {
  const meta = { ...readMeta(params), ...envelope }
  return { ...params, _meta: logLevel === null ? meta : { ...meta, [LOG_LEVEL]: logLevel } }
}
