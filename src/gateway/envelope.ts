/** The per-request envelope of 2026-07-28: what each request says about itself in `params._meta`. */
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts'

export const MODERN_VERSION = '2026-07-28'
/** Oldest first. A client of anything else is answered with the newest (R100). */
export const LEGACY_VERSIONS = ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25'] as const
export type LegacyVersion = (typeof LEGACY_VERSIONS)[number]

export const PROTOCOL_VERSION = 'io.modelcontextprotocol/protocolVersion'
export const CLIENT_CAPABILITIES = 'io.modelcontextprotocol/clientCapabilities'
export const CLIENT_INFO = 'io.modelcontextprotocol/clientInfo'
export const LOG_LEVEL = 'io.modelcontextprotocol/logLevel'
export const SERVER_INFO = 'io.modelcontextprotocol/serverInfo'
export const SUBSCRIPTION_ID = 'io.modelcontextprotocol/subscriptionId'

/** From verbose to severe: the position is the rank. */
export const LOG_LEVELS = [
  'debug',
  'info',
  'notice',
  'warning',
  'error',
  'critical',
  'alert',
  'emergency',
] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export function isLogLevel(value: unknown): value is LogLevel {
  return LOG_LEVELS.includes(value as LogLevel)
}

export function isLegacyVersion(value: unknown): value is LegacyVersion {
  return LEGACY_VERSIONS.includes(value as LegacyVersion)
}

/** Revisions are dates, so the order of their texts is their order. */
export function isModernVersion(version: string): boolean {
  return version >= MODERN_VERSION
}

export function readMeta(params: JsonObject | undefined): JsonObject | undefined {
  const meta = params?.['_meta']
  return isJsonObject(meta) ? meta : undefined
}

const CAPABILITIES = ['experimental', 'extensions', 'sampling', 'elicitation', 'roots'] as const

export type EnvelopeIssue = { readonly key: string; readonly problem: string }

/** The first thing wrong with an envelope, missing keys before malformed ones; null when it is valid (R30–R32). */
export function findEnvelopeIssue(meta: JsonObject): EnvelopeIssue | null {
  for (const key of [PROTOCOL_VERSION, CLIENT_CAPABILITIES]) {
    if (!Object.hasOwn(meta, key)) return { key, problem: 'missing' }
  }
  if (typeof meta[PROTOCOL_VERSION] !== 'string')
    return { key: PROTOCOL_VERSION, problem: 'expected a string' }
  const capabilities = meta[CLIENT_CAPABILITIES]
  if (!isJsonObject(capabilities)) return { key: CLIENT_CAPABILITIES, problem: 'expected an object' }
  for (const name of CAPABILITIES) {
    if (capabilities[name] !== undefined && !isJsonObject(capabilities[name])) {
      return { key: `${CLIENT_CAPABILITIES}.${name}`, problem: 'expected an object' }
    }
  }
  if (!isClientInfo(meta[CLIENT_INFO])) {
    return { key: CLIENT_INFO, problem: 'expected an object with the strings name and version' }
  }
  if (meta[LOG_LEVEL] !== undefined && !isLogLevel(meta[LOG_LEVEL])) {
    return { key: LOG_LEVEL, problem: `expected one of ${LOG_LEVELS.join(', ')}` }
  }
  return null
}

/** Optional: an absent clientInfo is served (R31). */
function isClientInfo(value: Json | undefined): boolean {
  if (value === undefined) return true
  return isJsonObject(value) && typeof value['name'] === 'string' && typeof value['version'] === 'string'
}

/**
 * Params for a handshake server: trace context and unknown keys survive; what describes this hop only (R38), and
 * what only 2026-07-28 or tasks know, does not.
 */
export function stripEnvelope(params: JsonObject): JsonObject | undefined {
  const { _meta, inputResponses: _responses, requestState: _state, task: _task, ...rest } = params
  if (isJsonObject(_meta) && saysMore(_meta)) return { ...rest, _meta: stripHop(_meta) }
  return isEmpty(rest) ? undefined : rest
}

const OF_HOP: ReadonlySet<string> = new Set([PROTOCOL_VERSION, CLIENT_CAPABILITIES, CLIENT_INFO, LOG_LEVEL])

/** Most say nothing else. */
function saysMore(meta: JsonObject): boolean {
  for (const key in meta) if (!OF_HOP.has(key)) return true
  return false
}

function stripHop(meta: JsonObject): JsonObject {
  const {
    [PROTOCOL_VERSION]: _version,
    [CLIENT_CAPABILITIES]: _capabilities,
    [CLIENT_INFO]: _info,
    [LOG_LEVEL]: _level,
    ...kept
  } = meta
  return kept
}

function isEmpty(object: JsonObject): boolean {
  for (const _key in object) return false
  return true
}
