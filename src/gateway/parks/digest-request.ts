import { createHash } from 'node:crypto'
import { renderCanonicalJson } from '../../domain/canonical-json.ts'
import type { JsonObject } from '../../domain/json.ts'

/** What a request asks for, without what may differ in its retry (R73): the same digest, the same call. */
export function digestRequest(method: string, params: JsonObject | undefined): string {
  const { _meta: _, inputResponses: _responses, requestState: _state, ...asked } = params ?? {}
  return digest({ method, params: asked })
}

export function digest(value: JsonObject): string {
  return createHash('sha256').update(render(value)).digest('base64url').slice(0, 22)
}

function render(value: JsonObject): string {
  try {
    return renderCanonicalJson(value)
  } catch {
    // Lone surrogates have no canonical text; the text they came in is as good for the same client.
    return JSON.stringify(value)
  }
}
