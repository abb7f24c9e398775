/** What of a server's abilities the gateway offers on, and to whom. */
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts'

/**
 * Tasks of 2025-11-25 are hidden: their ids are the process's own, and one client could read another's.
 * A caller who was granted single tools sees nothing but tools.
 */
export function buildCapabilities(initializeResult: JsonObject, narrowed: boolean): JsonObject {
  const capabilities = initializeResult['capabilities']
  if (!isJsonObject(capabilities)) return {}
  const entries = Object.entries(capabilities).filter(([name]) =>
    narrowed ? name === 'tools' : name !== 'tasks',
  )
  return Object.fromEntries(entries)
}

/** Only what is an implementation by the specification: the rest could not be parsed by clients. */
export function readServerInfo(initializeResult: JsonObject): JsonObject | undefined {
  const info = initializeResult['serverInfo']
  if (!isJsonObject(info) || typeof info['name'] !== 'string' || typeof info['version'] !== 'string') {
    return undefined
  }
  return info
}

/** The capability that each method belongs to. */
const CAPABILITY_OF: ReadonlyMap<string, string> = new Map([
  ['tools/list', 'tools'],
  ['tools/call', 'tools'],
  ['prompts/list', 'prompts'],
  ['prompts/get', 'prompts'],
  ['resources/list', 'resources'],
  ['resources/templates/list', 'resources'],
  ['resources/read', 'resources'],
  ['completion/complete', 'completions'],
  ['logging/setLevel', 'logging'],
])

export function isOffered(initializeResult: JsonObject, method: string, narrowed: boolean): boolean {
  const name = CAPABILITY_OF.get(method)
  if (name === undefined) return !narrowed
  if (narrowed && name !== 'tools') return false
  const capabilities = initializeResult['capabilities']
  if (!isJsonObject(capabilities)) return false
  // Completion had no capability before 2025-03-26: such servers may have it unannounced.
  if (name === 'completions' && initializeResult['protocolVersion'] === '2024-11-05') return true
  return isJsonObject(capabilities[name])
}

export function canSubscribe(initializeResult: JsonObject, narrowed: boolean): boolean {
  if (narrowed) return false
  const capabilities: Json | undefined = initializeResult['capabilities']
  const resources = isJsonObject(capabilities) ? capabilities['resources'] : undefined
  return isJsonObject(resources) && resources['subscribe'] === true
}

/** `execution` says how a tool takes tasks, which are hidden. */
export function stripTaskSupport(tools: readonly JsonObject[]): readonly JsonObject[] {
  if (!tools.some((tool) => tool['execution'] !== undefined)) return tools
  return tools.map((tool) => Object.fromEntries(Object.entries(tool).filter(([key]) => key !== 'execution')))
}
