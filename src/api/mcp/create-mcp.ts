import { AppError } from '../../domain/error.ts'
import { isAllowed, type Principal } from '../../domain/principal.ts'
import type { ApiDeps } from '../api-deps.ts'
import { endpointOf } from '../endpoint-of.ts'
import { buildHealthTool } from './health-tool.ts'
import { buildIncidentTools } from './incident-tools.ts'
import { buildSampleTools } from './sample-tools.ts'
import { buildInsightTools } from './insight-tools.ts'
import { buildAttentionTool } from './attention-tool.ts'
import { buildOfferedTools } from './offered-tools.ts'
import { buildToolStateTools } from './tool-state-tools.ts'
import { buildLogTools } from './log-tools.ts'
import { buildClientTools } from './client-tools.ts'
import { buildCleanupTools } from './cleanup-tools.ts'
import { buildNotificationTools } from './notification-tools.ts'
import { buildOperatingTools } from './operating-tools.ts'
import { buildMemoryTools } from './memory-tools.ts'
import { buildPlatformTools } from './platform-tools.ts'
import { buildRecommendationTools } from './recommendation-tools.ts'
import { buildScanTools } from './scan-tools.ts'
import type { McpProtocol } from './serve-mcp.ts'
import { buildServerTools } from './server-tools.ts'
import { buildSettingsTools } from './settings-tools.ts'
import { assertToolScopes } from './step-up.ts'
import { MAX_BODY_BYTES, type ManagementTool } from './tool.ts'
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
    buildHealthTool(deps),
    ...buildInsightTools(deps),
    ...buildSampleTools(deps),
    ...buildScanTools(deps),
    ...buildSettingsTools(deps),
    ...buildPlatformTools(deps),
    ...buildCleanupTools(deps),
    ...buildClientTools(deps),
    ...buildLogTools(deps),
    ...buildToolStateTools(deps),
    ...buildOfferedTools(deps),
    buildAttentionTool(deps),
    ...buildOperatingTools(deps),
    ...buildNotificationTools(deps),
    ...buildMemoryTools(deps),
    ...buildIncidentTools(deps),
    ...buildRecommendationTools(deps),
  ]
  let protocol: Promise<McpProtocol> | null = null
  // The SDK stays unloaded until somebody comes: 8 MB that an idle daemon need not hold.
  const load = async () => (await import('./serve-mcp.ts')).createMcpProtocol(deps, tools)
  return {
    tools,
    async fetch(request) {
      const principal = await authorize(deps, tools, request)
      await assertToolScopes(request, tools, principal, MAX_BODY_BYTES)
      protocol ??= load()
      return (await protocol)(request, principal)
    },
  }
}

/** A token that may use none of the tools has no business here: `mcp:call` for one server opens no management. */
async function authorize(
  { access, limits }: ApiDeps,
  tools: readonly ManagementTool[],
  request: Request,
): Promise<Principal> {
  const authorization = request.headers.get('authorization') ?? undefined
  const principal = await access.identify(authorization, endpointOf(request))
  limits.count('api', request, principal)
  if (principal === null) throw new AppError('unauthenticated', 'This needs a valid token.')
  if (!tools.some(({ needs }) => isAllowed(principal, needs))) {
    throw new AppError('forbidden', 'The token has none of the scopes that the tools here need.', {
      details: { scopes: [...new Set(tools.map(({ needs }) => needs))] },
    })
  }
  return principal
}
