import { McpServer, type CallToolResult } from '@modelcontextprotocol/server'
import { AppError, renderError } from '../../domain/error.ts'
import { isAllowed, type Principal } from '../../domain/principal.ts'
import type { ApiDeps } from '../api-deps.ts'
import { isDenial, noteDenied } from '../audit/note-denied.ts'
import { auditTool } from './audit-tool.ts'
import type { ManagementTool, ToolCall } from './tool.ts'

/** The platform as an MCP server for one principal. */
export function buildServer(
  deps: ApiDeps,
  tools: readonly ManagementTool[],
  principal: Principal,
): McpServer {
  const server = new McpServer(
    { name: 'haivemind-hosting', title: 'hAIveMind Hosting', version: deps.version },
    {
      instructions:
        'Hosts MCP servers: upload an archive, then start, stop, watch and use it. Servers are given by name.',
    },
  )
  for (const tool of tools) {
    const { title, description, input, output, annotations } = tool
    server.registerTool(
      tool.name,
      { title, description, inputSchema: input, outputSchema: output, annotations },
      (args, context) =>
        runTool(
          deps,
          tool,
          { args, principal, signal: context.mcpReq.signal, tell: () => {} },
          context.http?.req,
        ),
    )
  }
  return server
}

async function runTool(
  deps: ApiDeps,
  tool: ManagementTool,
  call: ToolCall,
  request: Request | undefined,
): Promise<CallToolResult> {
  try {
    // `mcp:call` may be narrowed to a server or tool: only the tool itself knows which one is meant.
    if (tool.needs !== 'mcp:call' && !isAllowed(call.principal, tool.needs)) {
      throw new AppError('forbidden', `The token lacks the scope ${tool.needs}.`)
    }
    if (tool.counts !== undefined && request !== undefined) {
      deps.limits.count(tool.counts, request, call.principal)
    }
    const { text, data } = await auditTool(deps, tool, call, request, hasFailed)
    return {
      content: [{ type: 'text', text }],
      structuredContent: data as Record<string, unknown>,
      ...(hasFailed(data) ? { isError: true } : {}),
    }
  } catch (error) {
    if (request !== undefined && isDenial(error)) {
      await noteDenied(deps, request, { via: 'mcp', action: `mcp.${tool.name}`, resource: null }, error)
    }
    if (!(error instanceof AppError)) deps.onDefect(error, `tool:${tool.name}`)
    return renderFailure(error)
  }
}

/** A hosted tool that says `isError` has failed for the caller of call_hosted_tool too. */
function hasFailed(data: unknown): boolean {
  const { result } = data as { readonly result?: { readonly isError?: unknown } }
  return result?.isError === true
}

/**
 * Code and hint for models in the text, for programs in `_meta`. Not in structuredContent, which clients hold to the
 * output schema even when `isError` is set.
 */
function renderFailure(error: unknown): CallToolResult {
  const { code, message, hint, details } = renderError(error)
  const more = typeof details?.['stderr_tail'] === 'string' ? `\n${details['stderr_tail']}` : ''
  return {
    isError: true,
    content: [{ type: 'text', text: `Error ${code}: ${message}\nHint: ${hint}${more}` }],
    _meta: { 'haivemind/error': { code, message, hint, ...(details === undefined ? {} : { details }) } },
  }
}
