/** The headers that mirror a modern request, so that proxies can route without reading bodies (R20–R24). */
import type { JsonObject } from '../domain/json.ts'
import { buildMismatch, type Fault } from './fault.ts'
import type { Request } from './message.ts'

const NAME_SOURCE: ReadonlyMap<string, 'name' | 'uri' | 'taskId'> = new Map([
  ['tools/call', 'name'],
  ['prompts/get', 'name'],
  ['resources/read', 'uri'],
  ['tasks/get', 'taskId'],
  ['tasks/update', 'taskId'],
  ['tasks/cancel', 'taskId'],
] as const)

export type StandardHeaders = {
  readonly version: string | undefined
  readonly method: string | undefined
  readonly name: string | undefined
}

/** What is missing or unequal, in the order version, method, name; null when all is well. */
export function findHeaderFault(message: Request, headers: StandardHeaders): Fault | null {
  if (headers.version === undefined)
    return buildMismatch('MCP-Protocol-Version is missing', '', message.method)
  if (headers.method === undefined) return buildMismatch('Mcp-Method is missing', '', message.method)
  const source = NAME_SOURCE.get(message.method)
  if (source === undefined) return null
  const value = readText(message.params, source)
  if (headers.name === undefined) {
    return value === undefined
      ? null
      : buildMismatch(`Mcp-Name is missing; params.${source} is set`, '', value)
  }
  const decoded = decodeHeaderValue(headers.name)
  if (decoded === null)
    return buildMismatch('Mcp-Name is not valid base64 of UTF-8', headers.name, value ?? '')
  if (value === undefined || decoded === value) return null
  return buildMismatch(`Mcp-Name differs from params.${source}`, headers.name, value)
}

function readText(params: JsonObject | undefined, key: string): string | undefined {
  const value = params?.[key]
  return typeof value === 'string' ? value : undefined
}

const PREFIX = '=?base64?'
const SUFFIX = '?='
const CANONICAL = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** `=?base64?…?=` decoded, anything without both marks as it is; null when the marks enclose no canonical base64 of UTF-8. */
export function decodeHeaderValue(value: string): string | null {
  if (!value.startsWith(PREFIX) || !value.endsWith(SUFFIX)) return value
  const encoded = value.slice(PREFIX.length, value.length - SUFFIX.length)
  if (!CANONICAL.test(encoded)) return null
  try {
    return UTF8.decode(Buffer.from(encoded, 'base64'))
  } catch {
    return null
  }
}
