/**
 * Every OpenTelemetry name that goes out. The conventions for MCP are still in development (OpenTelemetry, semantic
 * conventions for GenAI, Model Context Protocol): when they change, this file does.
 */
export const SERVICE = 'haivemind'

export const ATTRIBUTES = {
  serviceName: 'service.name',
  serviceVersion: 'service.version',
  serviceInstance: 'service.instance.id',
  server: 'haivemind.server.name',
  method: 'mcp.method.name',
  protocolVersion: 'mcp.protocol.version',
  tool: 'gen_ai.tool.name',
  prompt: 'gen_ai.prompt.name',
  operation: 'gen_ai.operation.name',
  requestId: 'jsonrpc.request.id',
  statusCode: 'rpc.response.status_code',
  errorType: 'error.type',
  transport: 'network.transport',
} as const

/** Of `gen_ai.operation.name` for tools/call. */
export const EXECUTE_TOOL = 'execute_tool'

/** What a metric and its labels are called there, where that is not as Prometheus has them. */
export const METRIC_NAMES: Readonly<Record<string, string>> = {
  mcp_server_operation_duration_seconds: 'mcp.server.operation.duration',
}
export const LABEL_NAMES: Readonly<Record<string, string>> = {
  mcp_method_name: ATTRIBUTES.method,
  mcp_protocol_version: ATTRIBUTES.protocolVersion,
  gen_ai_tool_name: ATTRIBUTES.tool,
  error_type: ATTRIBUTES.errorType,
}
