/** Results of a server of 2026-07-28 as clients of the revisions before can read them; strict ones refuse extras. */
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts'
import { SERVER_INFO } from '../envelope.ts'
import { INTERNAL_ERROR, type RpcError } from '../fault.ts'

const MISSING_CAPABILITY = -32021

export function lowerResult(method: string, result: JsonObject): JsonObject {
  const { resultType: _type, ttlMs: _ttl, cacheScope: _scope, _meta, ...rest } = result
  const meta = isJsonObject(_meta) ? dropKey(_meta, SERVER_INFO) : {}
  const kept = Object.keys(meta).length === 0 ? rest : { ...rest, _meta: meta }
  if (method === 'tools/call') return wrapStructured(kept)
  if (method === 'tools/list') return wrapSchemas(kept)
  return kept
}

function dropKey(object: JsonObject, key: string): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== key))
}

/** Before, structured content was an object; the text says it for those that read only text. */
function wrapStructured(result: JsonObject): JsonObject {
  const { structuredContent, content } = result
  if (structuredContent === undefined || isJsonObject(structuredContent)) return result
  const blocks = Array.isArray(content) ? content : []
  const isSaid = blocks.some((block) => isJsonObject(block) && block['type'] === 'text')
  const text = isSaid ? [] : [{ type: 'text', text: JSON.stringify(structuredContent) }]
  return { ...result, structuredContent: { result: structuredContent }, content: [...blocks, ...text] }
}

const PLAIN_TYPES: ReadonlySet<unknown> = new Set(['array', 'string', 'number', 'integer', 'boolean', 'null'])

function wrapSchemas(result: JsonObject): JsonObject {
  const { tools } = result
  if (!Array.isArray(tools)) return result
  return { ...result, tools: tools.map((tool: Json) => (isJsonObject(tool) ? wrapSchema(tool) : tool)) }
}

/**
 * The schema follows what becomes of the content. One that allows objects and others is left out: whether a result is
 * wrapped then depends on the result.
 */
function wrapSchema(tool: JsonObject): JsonObject {
  const { outputSchema, ...rest } = tool
  if (outputSchema === undefined || (isJsonObject(outputSchema) && outputSchema['type'] === 'object'))
    return tool
  if (!isJsonObject(outputSchema) || !PLAIN_TYPES.has(outputSchema['type'])) return rest
  const { $schema, $defs, ...own } = outputSchema
  return {
    ...rest,
    outputSchema: {
      ...($schema === undefined ? {} : { $schema }),
      type: 'object',
      properties: { result: own },
      required: ['result'],
      // References in it start at the root.
      ...($defs === undefined ? {} : { $defs }),
    },
  }
}

/** -32020 to -32022 speak of the envelope and headers of this hop, which the client never saw. */
export function lowerError(error: RpcError): RpcError {
  if (error.code > -32020 || error.code < -32022) return error
  const needed = error.code === MISSING_CAPABILITY ? listNeeded(error.data) : []
  const what = needed.length === 0 ? '' : `: ${needed.join(', ')}`
  return {
    code: INTERNAL_ERROR,
    message:
      error.code === MISSING_CAPABILITY
        ? `The server needs a capability that this client did not declare${what}. ${error.message}`
        : `The server refused how it was asked: ${error.message}`,
    data: { server_code: error.code },
  }
}

function listNeeded(data: Json | undefined): readonly string[] {
  const needed = isJsonObject(data) ? data['requiredCapabilities'] : undefined
  return isJsonObject(needed) ? Object.keys(needed) : []
}
