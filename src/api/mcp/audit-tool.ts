import type { ApiDeps } from '../api-deps.ts'
import type { JsonObject } from '../../domain/json.ts'
import { isAllowed } from '../../domain/principal.ts'
import { audited, buildEntry } from '../audit/audited.ts'
import { factsOf } from '../request-facts.ts'
import type { ManagementTool, ToolAnswer, ToolCall } from './tool.ts'

/** Runs the tool; one that may change something, between two records. */
export async function auditTool(
  deps: ApiDeps,
  tool: ManagementTool,
  call: ToolCall,
  request: Request | undefined,
  hasFailed: (data: unknown) => boolean,
): Promise<ToolAnswer> {
  let told: JsonObject = {}
  const { server_id: id, name } = call.args as { readonly server_id?: unknown; readonly name?: unknown }
  const server = id ?? name
  const act = {
    principal: call.principal,
    via: 'mcp',
    facts: factsOf(request),
    action: tool.action ?? `mcp.${tool.name}`,
    resource: typeof server === 'string' ? `server:${server}` : null,
    details: { tool: tool.name },
  } as const
  if (tool.annotations.readOnlyHint) {
    const answer = await tool.run(call)
    if (tool.isNoted === true && isAllowed(call.principal, 'admin')) {
      deps.notes.note({ ...buildEntry(act), outcome: 'success', details: {} })
    }
    return answer
  }
  return audited(
    deps,
    act,
    () => tool.run({ ...call, tell: (details) => (told = { ...told, ...details }) }),
    ({ data }) => ({ hasFailed: hasFailed(data), details: { tool: tool.name, ...told } }),
  )
}
