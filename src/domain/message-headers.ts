/** The headers of 2026-07-28 that mirror a request, for whoever sends one over HTTP (R20, R21, R24). */
import { encodeHeaderValue } from './header-value.ts'
import { isJsonObject, type JsonObject } from './json.ts'

const NAME_SOURCE: ReadonlyMap<string, string> = new Map([
  ['tools/call', 'name'],
  ['prompts/get', 'name'],
  ['resources/read', 'uri'],
  ['tasks/get', 'taskId'],
  ['tasks/update', 'taskId'],
  ['tasks/cancel', 'taskId'],
])

export function buildMessageHeaders({ method, params }: JsonObject): Record<string, string> {
  if (typeof method !== 'string') return {}
  const source = NAME_SOURCE.get(method)
  const name = source === undefined || !isJsonObject(params) ? undefined : params[source]
  return {
    'mcp-method': encodeHeaderValue(method),
    ...(typeof name === 'string' ? { 'mcp-name': encodeHeaderValue(name) } : {}),
  }
}
