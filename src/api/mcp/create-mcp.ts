import { createMcpHandler, isLegacyRequest } from '@modelcontextprotocol/server'
import { AppError } from '../../domain/error.ts'
import { isAllowed, type Principal } from '../../domain/principal.ts'
import type { ApiDeps } from '../api-deps.ts'
import { buildServer } from './build-server.ts'
import { buildInsightTools } from './insight-tools.ts'
import { createLegacySessions } from './legacy-sessions.ts'
import { buildServerTools } from './server-tools.ts'
import type { ManagementTool } from './tool.ts'
import { buildUploadTools } from './upload-tool.ts'

export interface Mcp {
  /** `/mcp`, for every revision from 2025-03-26 on; throws AppError before the protocol begins. */
  fetch(request: Request): Promise<Response>
  readonly tools: readonly ManagementTool[]
}

/** As the SDK's own default, said here since uploads depend on it. */
const MAX_BODY_BYTES = 4 * 1024 * 1024

export function createMcp(deps: ApiDeps): Mcp {
  const tools = [...buildUploadTools(deps), ...buildServerTools(deps), ...buildInsightTools(deps)]
  // The handler hands on what we tell it about the caller, and checks nothing itself.
  const principals = new WeakMap<Request, Principal>()
  const modern = createMcpHandler(
    ({ requestInfo }) => {
      const principal = requestInfo && principals.get(requestInfo)
      if (principal === undefined) throw new Error('an MCP request reached the tools without a principal')
      return buildServer(deps, tools, principal)
    },
    { legacy: 'reject', maxRequestBodySize: MAX_BODY_BYTES },
  )
  const legacy = createLegacySessions(deps, {
    createSessionId: deps.createSessionId,
    buildServer: (principal) => buildServer(deps, tools, principal),
  })
  deps.closing.addEventListener('abort', () => {
    modern.close().catch((error: unknown) => deps.onDefect(error, 'mcp:close'))
  })

  return {
    tools,
    async fetch(request) {
      const principal = authorize(deps, tools, request)
      const isLegacy = await isLegacyRequest(request, undefined, { maxRequestBodySize: MAX_BODY_BYTES })
      if (isLegacy) return legacy.fetch(request, principal)
      principals.set(request, principal)
      return modern.fetch(request)
    },
  }
}

/** A token that may use none of the tools has no business here: `mcp:call` for one server opens no management. */
function authorize({ access }: ApiDeps, tools: readonly ManagementTool[], request: Request): Principal {
  const principal = access.authenticate(request.headers.get('authorization') ?? undefined)
  if (principal === null) throw new AppError('unauthenticated', 'This needs a valid token.')
  if (!tools.some(({ needs }) => isAllowed(principal, needs))) {
    throw new AppError('forbidden', 'The token has none of the scopes that the tools here need.', {
      details: { scopes: [...new Set(tools.map(({ needs }) => needs))] },
    })
  }
  return principal
}
