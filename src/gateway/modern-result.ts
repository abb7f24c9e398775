/** Answers of a handshake server in the form of 2026-07-28 (R37, R45, R50, R51). */
import { isJsonObject, type JsonObject } from '../domain/json.ts'
import { MODERN_VERSION, SERVER_INFO } from './envelope.ts'
import { INTERNAL_ERROR, INVALID_PARAMS, MISSING_CAPABILITY, type RpcError } from './fault.ts'
import type { InputRequest } from './parks/input-request.ts'
import { readUrlElicitations } from './parks/url-elicitations.ts'
import { buildCapabilities, readServerInfo, stripTaskSupport } from './offer.ts'

const CACHEABLE: ReadonlySet<string> = new Set([
  'server/discover',
  'tools/list',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
  'resources/read',
])

/** Hints are the safe ones: such a server never said how long its answers last, nor for whom they are. */
export function buildModernResult(
  method: string,
  result: JsonObject,
  initializeResult: JsonObject,
): JsonObject {
  const shown = { ...result, resultType: 'complete', _meta: buildResultMeta(result, initializeResult) }
  if (!CACHEABLE.has(method)) return shown
  const tools = method === 'tools/list' ? result['tools'] : undefined
  const listed: JsonObject = Array.isArray(tools)
    ? { tools: stripTaskSupport(tools.filter(isJsonObject)) }
    : {}
  return { ...shown, ...listed, ttlMs: 0, cacheScope: 'private' }
}

/**
 * The answer of a server of 2026-07-28, which says these things itself: only what it left out is added, in the safe way
 * (R37, R50, R51).
 */
export function completeResult(method: string, result: JsonObject, initializeResult: JsonObject): JsonObject {
  const { resultType = 'complete' } = result
  const meta = isJsonObject(result['_meta']) ? result['_meta'] : {}
  const named = meta[SERVER_INFO] === undefined ? buildResultMeta(result, initializeResult) : meta
  const shown = { ...result, resultType, _meta: named }
  if (resultType !== 'complete' || !CACHEABLE.has(method)) return shown
  const { ttlMs = 0, cacheScope = 'private' } = result
  return { ...shown, ttlMs, cacheScope }
}

/** R55: what one caller gets to see is not for others. */
export function keepPrivate(result: JsonObject): JsonObject {
  return { ...result, cacheScope: 'private' }
}

function buildResultMeta(result: JsonObject, initializeResult: JsonObject): JsonObject {
  const meta = isJsonObject(result['_meta']) ? result['_meta'] : {}
  const info = readServerInfo(initializeResult)
  return info === undefined ? meta : { ...meta, [SERVER_INFO]: info }
}

export function buildDiscoverResult(initializeResult: JsonObject, narrowed: boolean): JsonObject {
  const { instructions } = initializeResult
  const result = {
    supportedVersions: [MODERN_VERSION],
    capabilities: buildCapabilities(initializeResult, narrowed),
    ...(typeof instructions === 'string' ? { instructions } : {}),
  }
  return buildModernResult('server/discover', result, initializeResult)
}

/** What the server asks of the client, which may be answered once, with this state (R71). No hints here (R52). */
export function buildInputRequired(
  inputRequests: Readonly<Record<string, InputRequest>>,
  requestState: string,
  initializeResult: JsonObject,
): JsonObject {
  const _meta = buildResultMeta({}, initializeResult)
  return { resultType: 'input_required', inputRequests, requestState, _meta }
}

/**
 * Errors that a modern client would misread: -32002 was "resource not found", and the rest of -32020…-32099 speaks of
 * this hop's envelope, which the server never saw (R43–R45). -32042 needs a client that can be sent to a URL; where the
 * client can, it was asked instead (R34).
 */
export function buildModernError(error: RpcError, params: JsonObject | undefined): RpcError {
  if (error.code === -32002) {
    const uri = params?.['uri']
    return { code: INVALID_PARAMS, message: error.message, data: typeof uri === 'string' ? { uri } : {} }
  }
  if (readUrlElicitations(error) !== null) {
    const data = { requiredCapabilities: { elicitation: { url: {} } } }
    return { code: MISSING_CAPABILITY, message: error.message, data }
  }
  if (error.code > -32020 || error.code < -32099) return error
  return { code: INTERNAL_ERROR, message: error.message, data: { server_code: error.code } }
}
