/** Requests of 2026-07-28: each with the headers that mirror it, and no session. */
import { isJsonObject, type JsonObject } from '../../domain/json.ts'
import { buildMessageHeaders } from '../../domain/message-headers.ts'
import { buildParamHeaders, scanParamHeaders, type ParamHeader } from '../../domain/param-headers.ts'
import type { Ending, Endpoint, OnMessage } from './endpoint.ts'

const PROTOCOL_VERSION = 'io.modelcontextprotocol/protocolVersion'
const HEADER_MISMATCH = -32020
const MAX_PAGES = 100

export interface ModernSender {
  send(message: JsonObject, onMessage: OnMessage, signal: AbortSignal): Promise<Ending>
  notify(message: JsonObject, signal: AbortSignal): Promise<void>
  own(id: string | number): void
  owns(id: string | number): boolean
  disown(id: string | number): void
}

/** The claim alone decides, as it does at the endpoint. */
export function isModern(message: JsonObject): boolean {
  return readVersion(message) !== undefined
}

export function createModernSender(endpoint: Endpoint): ModernSender {
  const ids = new Set<string | number>()
  let declared: ReadonlyMap<string, readonly ParamHeader[]> | null = null
  let counter = 0

  const buildHeaders = (message: JsonObject): Record<string, string> => {
    const params = isJsonObject(message['params']) ? message['params'] : {}
    const declarations =
      message['method'] === 'tools/call' && typeof params['name'] === 'string'
        ? declared?.get(params['name'])
        : undefined
    return {
      'mcp-protocol-version': readVersion(message) ?? '',
      ...buildMessageHeaders(message),
      ...buildParamHeaders(declarations ?? [], params['arguments']),
    }
  }

  /** What the tools want in headers, asked for once a call was refused for the want of one. */
  const learn = async (call: JsonObject, signal: AbortSignal) => {
    const found = new Map<string, readonly ParamHeader[]>()
    const meta = isJsonObject(call['params']) ? (call['params']['_meta'] ?? {}) : {}
    let cursor: string | undefined
    for (let page = 0; page < MAX_PAGES; page++) {
      const params: JsonObject = { ...(cursor === undefined ? {} : { cursor }), _meta: meta }
      const message = { jsonrpc: '2.0', id: `connect-${++counter}`, method: 'tools/list', params }
      let result: JsonObject = {}
      const keep = async (part: JsonObject) => {
        if (part['id'] === message.id && isJsonObject(part['result'])) result = part['result']
      }
      await endpoint.post(message, buildHeaders(message), keep, signal)
      for (const tool of Array.isArray(result['tools']) ? result['tools'] : []) {
        if (!isJsonObject(tool) || typeof tool['name'] !== 'string') continue
        const scan = scanParamHeaders(tool['inputSchema'])
        if (scan.kind === 'valid') found.set(tool['name'], scan.declarations)
      }
      const next = result['nextCursor']
      if (typeof next !== 'string' || next === cursor) break
      cursor = next
    }
    declared = found
  }

  return {
    async send(message, onMessage, signal) {
      const ending = await endpoint.post(message, buildHeaders(message), onMessage, signal)
      const wantsHeaders = ending.kind === 'refused' && ending.error.code === HEADER_MISMATCH
      if (!wantsHeaders || message['method'] !== 'tools/call') return ending
      await learn(message, signal)
      return endpoint.post(message, buildHeaders(message), onMessage, signal)
    },
    async notify(message, signal) {
      await endpoint.post(message, buildHeaders(message), async () => {}, signal)
    },
    own: (id) => void ids.add(id),
    owns: (id) => ids.has(id),
    disown: (id) => void ids.delete(id),
  }
}

function readVersion({ params }: JsonObject): string | undefined {
  const meta = isJsonObject(params) ? params['_meta'] : undefined
  const version = isJsonObject(meta) ? meta[PROTOCOL_VERSION] : undefined
  return typeof version === 'string' ? version : undefined
}
