/**
 * What a client's revision does not know yet is taken out of what it gets (R111). Newer clients get it as it came.
 * Revisions are dates, so the order of their texts is their order.
 */
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts'
import type { LegacyVersion } from './envelope.ts'
import { buildCapabilities, stripTaskSupport } from './offer.ts'

/** Keys of listed things and of server information, with the revision that brought them. */
const KEYS_SINCE_JUNE: ReadonlySet<string> = new Set(['title', 'outputSchema', '_meta'])
const KEYS_SINCE_NOVEMBER: ReadonlySet<string> = new Set(['icons', 'websiteUrl'])

const LISTED: ReadonlyMap<string, string> = new Map([
  ['tools/list', 'tools'],
  ['prompts/list', 'prompts'],
  ['resources/list', 'resources'],
  ['resources/templates/list', 'resourceTemplates'],
])

export function buildLegacyResult(method: string, result: JsonObject, version: LegacyVersion): JsonObject {
  const list = LISTED.get(method)
  if (list !== undefined) return lowerList(list, result, version)
  if (version === '2025-11-25') return result
  if (method === 'tools/call') return lowerCallResult(result, version)
  if (method === 'prompts/get') return lowerPrompt(result, version)
  return result
}

/** @param server its name here, for one that does not say its own: before 2026-07-28 every server had one. */
export function buildInitializeResult(
  initializeResult: JsonObject,
  version: LegacyVersion,
  narrowed: boolean,
  server: string,
): JsonObject {
  const { serverInfo } = initializeResult
  const info = isJsonObject(serverInfo) ? serverInfo : { name: server, version: 'unknown' }
  return {
    ...initializeResult,
    protocolVersion: version,
    capabilities: lowerCapabilities(buildCapabilities(initializeResult, narrowed)),
    serverInfo: lowerKeys(info, version),
  }
}

/** Extensions came with 2026-07-28. */
function lowerCapabilities(capabilities: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(capabilities).filter(([name]) => name !== 'extensions'))
}

function lowerList(list: string, result: JsonObject, version: LegacyVersion): JsonObject {
  const items = result[list]
  if (!Array.isArray(items)) return result
  const objects = items.filter(isJsonObject)
  const shown = list === 'tools' ? stripTaskSupport(objects) : objects
  if (version === '2025-11-25' && shown === objects) return result
  return { ...result, [list]: shown.map((item) => lowerKeys(item, version)) }
}

function lowerKeys(item: JsonObject, version: LegacyVersion): JsonObject {
  if (version === '2025-11-25') return item
  const kept = Object.entries(item).filter(
    ([key]) => !KEYS_SINCE_NOVEMBER.has(key) && !(version < '2025-06-18' && KEYS_SINCE_JUNE.has(key)),
  )
  return Object.fromEntries(kept)
}

function lowerCallResult(result: JsonObject, version: LegacyVersion): JsonObject {
  const content = Array.isArray(result['content']) ? result['content'] : []
  const blocks = content.map((block: Json) => lowerBlock(block, version))
  if (version >= '2025-06-18') return { ...result, content: blocks }
  const { structuredContent, ...rest } = result
  // Without structured content the text is all such a client has.
  const text = structuredContent !== undefined && blocks.length === 0 ? [renderText(structuredContent)] : []
  return { ...rest, content: [...blocks, ...text] }
}

function lowerPrompt(result: JsonObject, version: LegacyVersion): JsonObject {
  const { messages } = result
  if (!Array.isArray(messages)) return result
  const lowered = messages.filter(isJsonObject).map((message) => {
    const { content } = message
    return content === undefined ? message : { ...message, content: lowerBlock(content, version) }
  })
  return { ...result, messages: lowered }
}

/** A link or a sound that the client cannot read becomes text that still says what it was. */
function lowerBlock(block: Json, version: LegacyVersion): Json {
  if (!isJsonObject(block)) return block
  if (block['type'] === 'audio' && version < '2025-03-26') {
    const kind = typeof block['mimeType'] === 'string' ? block['mimeType'] : 'unknown'
    return { type: 'text', text: `Audio (${kind}) that ${version} has no form for.` }
  }
  if (block['type'] !== 'resource_link') return block
  if (version >= '2025-06-18') return lowerKeys(block, version)
  const { name, uri } = block
  return { type: 'text', text: [name, uri].filter((part) => typeof part === 'string').join(': ') }
}

function renderText(value: Json): JsonObject {
  return { type: 'text', text: JSON.stringify(value) }
}
