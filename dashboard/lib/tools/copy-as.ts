/** The same call from elsewhere. None holds a token: each reads it from the environment. */
import { MCP_VERSION } from '../mcp/version.ts'
import type { Json } from '../schema-form/schema.ts'

export type CallToCopy = {
  readonly origin: string
  readonly server: string
  readonly tool: string
  readonly args: Json
}

/** One word for a POSIX shell, whatever stands in it. */
export function quote(text: string): string {
  return /^[\w./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

export function renderCurl({ origin, server, tool, args }: CallToCopy): string {
  const body = JSON.stringify({ tool, arguments: args })
  return [
    `curl ${quote(`${origin}/api/v1/servers/${encodeURIComponent(server)}/call`)}`,
    `-H "Authorization: Bearer $HAIVEMIND_TOKEN"`,
    `-H 'Content-Type: application/json'`,
    `-d ${quote(body)}`,
  ].join(' \\\n  ')
}

export function renderCommand({ server, tool, args }: CallToCopy): string {
  const json = JSON.stringify(args)
  return `haivemind call ${quote(server)} ${quote(tool)}${json === '{}' ? '' : ` ${quote(json)}`}`
}

/** As a client of 2026-07-28 sends it to the endpoint: it stands alone, so it can be posted as it is. */
export function renderClientCall({ tool, args }: CallToCopy): string {
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': MCP_VERSION,
    'io.modelcontextprotocol/clientCapabilities': {},
  }
  const params = { name: tool, arguments: args, _meta }
  return JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }, null, 2)
}
