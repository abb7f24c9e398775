// A stdio MCP server with next to no cost of its own: it answers tools/call with the argument it got.
const result = {
  protocolVersion: '2025-11-25',
  capabilities: { tools: {} },
  serverInfo: { name: 'relay-echo', version: '1' },
}
const tools = [{ name: 'echo', inputSchema: { type: 'object', properties: { message: { type: 'string' } } } }]
let rest = ''
process.stdin.setEncoding('utf8')
process.stdin.on('data', (chunk) => {
  const lines = (rest + chunk).split('\n')
  rest = lines.pop()
  let out = ''
  for (const line of lines) {
    const { id, method, params } = JSON.parse(line)
    if (id === undefined) continue
    const answer =
      method === 'tools/call'
        ? { content: [{ type: 'text', text: params.arguments.message }] }
        : method === 'tools/list'
          ? { tools }
          : method === 'initialize'
            ? result
            : {}
    out += JSON.stringify({ jsonrpc: '2.0', id, result: answer }) + '\n'
  }
  if (out !== '') process.stdout.write(out)
})
