import { collectBytes } from '../../domain/collect-bytes.ts'
import { AppError } from '../../domain/error.ts'
import { decodeJson, isJsonObject, isNestedBeyond, type Json } from '../../domain/json.ts'
import { isAllowed, type Principal } from '../../domain/principal.ts'
import { bodyOf } from '../read-body.ts'
import type { ManagementTool } from './tool.ts'

const MAX_DEPTH = 64

/**
 * A client with an issuer's token can get another one with more scopes, but only the HTTP answer tells it to: 403 with
 * the scope that the called tool needs. Throws AppError `forbidden`; whatever is wrong with the body is for the
 * protocol to say. Tools that need `mcp:call` decide themselves, since they know which server is meant.
 */
export async function assertToolScopes(
  request: Request,
  tools: readonly ManagementTool[],
  principal: Principal,
  maxBytes: number,
): Promise<void> {
  if (principal.kind !== 'oauth' || request.method !== 'POST') return
  for (const name of await readCalls(request.clone(), maxBytes)) {
    const needs = tools.find((tool) => tool.name === name)?.needs
    if (needs === undefined || needs === 'mcp:call' || isAllowed(principal, needs)) continue
    throw new AppError('forbidden', `${name} needs the scope ${needs}.`, { details: { scope: needs } })
  }
}

async function readCalls(request: Request, maxBytes: number): Promise<readonly string[]> {
  const tooLarge = () => new AppError('body_too_large', `The message is over ${maxBytes} bytes.`)
  const text = (await collectBytes(bodyOf(request), maxBytes, tooLarge)).toString('utf8')
  const body: Json | undefined = isNestedBeyond(text, MAX_DEPTH) ? undefined : decodeJson(text)
  return [body].flat().flatMap((message) => {
    if (message === undefined || !isJsonObject(message) || message['method'] !== 'tools/call') return []
    const { params } = message
    return params !== undefined && isJsonObject(params) && typeof params['name'] === 'string'
      ? [params['name']]
      : []
  })
}
