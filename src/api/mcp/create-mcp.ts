import { AppError } from '../../domain/error.ts'
import { isAllowed, type Principal } from '../../domain/principal.ts'
import type { ApiDeps } from '../api-deps.ts'
import { buildInsightTools } from './insight-tools.ts'
import { buildScanTools } from './scan-tools.ts'
import type { McpProtocol } from './serve-mcp.ts'
import { buildServerTools } from './server-tools.ts'
import type { ManagementTool } from './tool.ts'
import { buildUploadTools } from './upload-tool.ts'

export interface Mcp {
  /** `/mcp`, for every revision from 2025-03-26 on; throws AppError before the protocol begins. */
  fetch(request: Request): Promise<Response>
  readonly tools: readonly ManagementTool[]
}

export function createMcp(deps: ApiDeps): Mcp {
  const tools = [
    ...buildUploadTools(deps),
    ...buildServerTools(deps),
    ...buildInsightTools(deps),
    ...buildScanTools(deps),
  ]
  let protocol: Promise<McpProtocol> | null = null
  // The SDK stays unloaded until somebody comes: 8 MB that an idle daemon need not hold.
  const load = async () => (await import('./serve-mcp.ts')).createMcpProtocol(deps, tools)
  return {
    tools,
    async fetch(request) {
      const principal = authorize(deps, tools, request)
      protocol ??= load()
      return (await protocol)(request, principal)
    },
  }
}

/** A token that may use none of the tools has no business here: `mcp:call` for one server opens no management. */
function authorize(
  { access, limits }: ApiDeps,
  tools: readonly ManagementTool[],
  request: Request,
): Principal {
  const principal = access.authenticate(request.headers.get('authorization') ?? undefined)
  limits.count('api', request, principal)
  if (principal === null) throw new AppError('unauthenticated', 'This needs a valid token.')
  if (!tools.some(({ needs }) => isAllowed(principal, needs))) {
    throw new AppError('forbidden', 'The token has none of the scopes that the tools here need.', {
      details: { scopes: [...new Set(tools.map(({ needs }) => needs))] },
    })
  }
  return principal
}
