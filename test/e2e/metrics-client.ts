/** One stateless call of 2026-07-28, whatever the tool's name. */
const PREFIX = 'io.modelcontextprotocol'

export async function callModern(
  url: string,
  token: string,
  server: string,
  tool: string,
  extra: {
    readonly meta?: Readonly<Record<string, unknown>>
    readonly headers?: Readonly<Record<string, string>>
  } = {},
): Promise<unknown> {
  const _meta = {
    [`${PREFIX}/protocolVersion`]: '2026-07-28',
    [`${PREFIX}/clientInfo`]: { name: 'e2e', version: '1' },
    [`${PREFIX}/clientCapabilities`]: {},
    ...extra.meta,
  }
  const response = await fetch(`${url}/servers/${server}/mcp`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Accept: 'application/json, text/event-stream',
      Authorization: `Bearer ${token}`,
      'MCP-Protocol-Version': '2026-07-28',
      'Mcp-Method': 'tools/call',
      'Mcp-Name': tool,
      ...extra.headers,
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { _meta, name: tool, arguments: {} },
    }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${response.status}: ${text}`)
  return text.startsWith('{') ? (JSON.parse(text) as unknown) : text
}
