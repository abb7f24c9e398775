/** What a server may ask of a client: only what the client declared, as its revision knows it (R111). */
import type { JsonObject } from '../domain/json.ts'
import type { CapabilityClass } from '../domain/process-key.ts'
import { INVALID_PARAMS, METHOD_NOT_FOUND, type RpcError } from './fault.ts'

/** Which of a class's members allow a method: any of them. */
const ALLOWED_BY: ReadonlyMap<string, readonly string[]> = new Map([
  ['elicitation/create', ['elicitation.form', 'elicitation.url']],
  ['sampling/createMessage', ['sampling']],
  ['roots/list', ['roots']],
])

/** The error for the server, as such a client would give it; null for what may be asked. */
export function findPushFault(
  method: string,
  params: JsonObject | undefined,
  capabilities: CapabilityClass,
): RpcError | null {
  const declared = new Set(capabilities.split('+'))
  if (ALLOWED_BY.get(method)?.some((name) => declared.has(name)) !== true) {
    return { code: METHOD_NOT_FOUND, message: 'The client declared no capability for this method' }
  }
  const mode = params?.['mode'] === 'url' ? 'url' : 'form'
  if (method === 'elicitation/create' && !declared.has(`elicitation.${mode}`)) {
    return { code: INVALID_PARAMS, message: `The client declared no elicitation in ${mode} mode` }
  }
  if (method === 'sampling/createMessage' && wantsTools(params) && !declared.has('sampling.tools')) {
    return { code: INVALID_PARAMS, message: 'The client declared no sampling with tools' }
  }
  return null
}

export function wantsTools(params: JsonObject | undefined): boolean {
  return params?.['tools'] !== undefined || params?.['toolChoice'] !== undefined
}
