// A stdio MCP server whose one tool says that the list of tools has changed.
import { createInterface } from 'node:readline'

const say = (message) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\n')
const ANSWERS = {
  initialize: {
    protocolVersion: '2025-11-25',
    capabilities: { tools: { listChanged: true } },
    serverInfo: { name: 'streams', version: '1' },
  },
  'tools/list': { tools: [{ name: 'change', inputSchema: { type: 'object' } }] },
  'tools/call': { content: [] },
}
createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method } = JSON.parse(line)
  if (method === 'tools/call') say({ method: 'notifications/tools/list_changed' })
  if (id !== undefined) say({ id, result: ANSWERS[method] ?? {} })
})
