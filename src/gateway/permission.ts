/** What a bearer token opens on one hosted server (R142, R148). */
import { AppError } from '../domain/error.ts'
import { isJsonObject, type JsonObject } from '../domain/json.ts'
import { mayCall, type Principal } from '../domain/principal.ts'
import { renderRpcError, type RpcError } from './fault.ts'

/** True when only some tools are granted: then nothing but those tools is there. */
export function isNarrowed(principal: Principal, server: string): boolean {
  for (const grant of principal.grants) {
    if (grant === 'mcp:call' || (grant.startsWith('mcp:call:') && grant.slice(9) === server)) return false
  }
  return true
}

/** Throws AppError `forbidden`, naming the scope that is needed. */
export function requireCall(principal: Principal, server: string, tool?: string): void {
  if (!mayCall(principal, server, tool)) throw buildForbidden(server, tool)
}

export function buildForbidden(server: string, tool?: string): AppError {
  const scope = neededScope(server, tool)
  return new AppError('forbidden', `This needs the scope ${scope}.`, { details: { scope } })
}

/** Whoever may use any server may use the hub, and finds those there. */
export function mayUseHub({ grants }: Principal): boolean {
  return grants.some((grant) => grant === 'mcp:call' || grant.startsWith('mcp:call:'))
}

export function buildHubForbidden(): AppError {
  const text = 'This needs the scope mcp:call, or mcp:call:{server} for each server.'
  return new AppError('forbidden', text, { details: { scope: 'mcp:call' } })
}

export function neededScope(server: string, tool?: string): string {
  return tool === undefined ? `mcp:call:${server}` : `mcp:call:${server}:${tool}`
}

/** A call of a tool that is not granted, in JSON-RPC form; status 403, with the challenge that names the scope. */
export function renderForbiddenTool(server: string, tool?: string): RpcError {
  return { ...renderRpcError(buildForbidden(server, tool)), code: 403 }
}

export function filterTools(
  tools: readonly JsonObject[],
  principal: Principal,
  server: string,
): JsonObject[] {
  return tools.filter(({ name }) => typeof name === 'string' && mayCall(principal, server, name))
}

/** A listing as far as the principal may see it. */
export function narrowTools(result: JsonObject, principal: Principal, server: string): JsonObject {
  const { tools } = result
  return Array.isArray(tools)
    ? { ...result, tools: filterTools(tools.filter(isJsonObject), principal, server) }
    : result
}
