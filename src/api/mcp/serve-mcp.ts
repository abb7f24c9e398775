import { createMcpHandler, isLegacyRequest } from '@modelcontextprotocol/server'
import type { Principal } from '../../domain/principal.ts'
import type { ApiDeps } from '../api-deps.ts'
import { buildServer } from './build-server.ts'
import { createLegacySessions } from './legacy-sessions.ts'
import { MAX_BODY_BYTES, type ManagementTool } from './tool.ts'

export type McpProtocol = (request: Request, principal: Principal) => Promise<Response>

/** Both eras of the protocol over one set of tools; who asks was decided before. */
export function createMcpProtocol(deps: ApiDeps, tools: readonly ManagementTool[]): McpProtocol {
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
  return async (request, principal) => {
    if (await isLegacyRequest(request, undefined, { maxRequestBodySize: MAX_BODY_BYTES })) {
      return legacy.fetch(request, principal)
    }
    principals.set(request, principal)
    return modern.fetch(request)
  }
}
