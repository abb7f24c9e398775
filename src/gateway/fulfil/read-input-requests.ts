/** What a server of 2026-07-28 wants to know before it goes on, as requests to a client of the revisions before. */
import { isJsonObject, type JsonObject } from '../../domain/json.ts'
import type { CapabilityClass } from '../../domain/process-key.ts'
import type { LegacyVersion } from '../envelope.ts'

export type InputRequest = {
  /** The server's own name for it. */
  readonly key: string
  readonly method: string
  readonly params: JsonObject | undefined
}

/** More at once is no question any more. */
const MAX_INPUTS = 32

/** What the client is asked, or a sentence that says why it cannot be. */
export function readInputRequests(
  value: unknown,
  client: { readonly capabilities: CapabilityClass; readonly version: LegacyVersion },
  createElicitationId: () => string,
): readonly InputRequest[] | string {
  if (value === undefined) return []
  if (!isJsonObject(value)) return 'it asks for input in a form that is not known'
  const entries = Object.entries(value)
  if (entries.length > MAX_INPUTS) return `it asks for ${entries.length} inputs at once`
  const requests: InputRequest[] = []
  for (const [key, request] of entries) {
    const method = isJsonObject(request) ? request['method'] : undefined
    if (!isJsonObject(request) || typeof method !== 'string')
      return 'it asks for input in a form that is not known'
    const params = isJsonObject(request['params']) ? request['params'] : undefined
    const needed = findNeeded(method, params)
    if (needed === null) return `it asks for ${method.slice(0, 128)}, which no client of this revision knows`
    if (!client.capabilities.split('+').includes(needed))
      return `it needs ${needed}, which this client did not declare`
    requests.push({ key, method, params: lowerParams(method, params, client.version, createElicitationId) })
  }
  return requests
}

/** The capability that allows it. */
function findNeeded(method: string, params: JsonObject | undefined): string | null {
  if (method === 'roots/list') return 'roots'
  if (method === 'sampling/createMessage')
    return params?.['tools'] === undefined ? 'sampling' : 'sampling.tools'
  if (method !== 'elicitation/create') return null
  return params?.['mode'] === 'url' ? 'elicitation.url' : 'elicitation.form'
}

/** `mode` came with 2025-11-25, where an elicitation by URL has an id: nothing ever completes this one. */
function lowerParams(
  method: string,
  params: JsonObject | undefined,
  version: LegacyVersion,
  createElicitationId: () => string,
): JsonObject | undefined {
  if (method !== 'elicitation/create' || params === undefined) return params
  if (params['mode'] === 'url')
    return { ...params, elicitationId: params['elicitationId'] ?? createElicitationId() }
  if (version === '2025-11-25') return params
  const { mode: _, ...rest } = params
  return rest
}
