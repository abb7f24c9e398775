/** What a server asks of its client, as 2026-07-28 puts it into `inputRequests` (R71, R72). */
import { isJsonObject, type JsonObject } from '../../domain/json.ts'
import type { CapabilityClass } from '../../domain/process-key.ts'
import { INVALID_PARAMS, type RpcError } from '../fault.ts'
import { findPushFault } from '../push-fault.ts'

export const INPUT_METHODS = ['elicitation/create', 'sampling/createMessage', 'roots/list'] as const

/** `params` is absent where the question is the method alone. */
export type InputRequest = { readonly method: (typeof INPUT_METHODS)[number]; readonly params?: JsonObject }

export type BuiltInputRequest =
  | { readonly kind: 'ask'; readonly request: InputRequest }
  /** Not to be put to this client; the server gets the error. */
  | { readonly kind: 'refuse'; readonly error: RpcError }

/** @param capabilities what the request at hand declared: nothing else may be asked (R72). */
export function buildInputRequest(
  method: string,
  params: JsonObject | undefined,
  capabilities: CapabilityClass,
): BuiltInputRequest {
  const fault = findPushFault(method, params, capabilities)
  if (fault !== null) return { kind: 'refuse', error: fault }
  if (method === 'elicitation/create') return buildElicitation(params ?? {})
  if (method === 'sampling/createMessage') return buildSampling(params ?? {})
  return { kind: 'ask', request: { method: 'roots/list' } }
}

/** A client reads no mode as form; an `elicitationId` no longer exists there. */
function buildElicitation(params: JsonObject): BuiltInputRequest {
  const { _meta: _, task: _task, elicitationId: _id, ...asked } = params
  const isUrl = asked['mode'] === 'url'
  if (typeof asked['message'] !== 'string') return refuse('params.message must be a string')
  if (isUrl && !isUrlText(asked['url'])) return refuse('params.url must be a URL')
  if (!isUrl && !isJsonObject(asked['requestedSchema'])) {
    return refuse('params.requestedSchema must be an object')
  }
  return { kind: 'ask', request: { method: 'elicitation/create', params: asked } }
}

function buildSampling(params: JsonObject): BuiltInputRequest {
  const { _meta: _, task: _task, ...asked } = params
  const { messages, maxTokens } = asked
  if (!Array.isArray(messages) || !messages.every(isJsonObject)) {
    return refuse('params.messages must be an array of messages')
  }
  if (!Number.isSafeInteger(maxTokens)) return refuse('params.maxTokens must be an integer')
  return { kind: 'ask', request: { method: 'sampling/createMessage', params: asked } }
}

function isUrlText(value: unknown): boolean {
  return typeof value === 'string' && URL.canParse(value)
}

/** No client could read it. */
function refuse(message: string): BuiltInputRequest {
  return { kind: 'refuse', error: { code: INVALID_PARAMS, message } }
}
