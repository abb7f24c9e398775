/**
 * A hAIveMind hub as it was observed, with its traps, as a program of its own: `sse PORT` or `stdio`, then the file
 * that keeps its memories and the one that gets a line for each call that arrived. What a test wants to know of a hub
 * it reads there, never from whoever called.
 *
 *     node main.ts sse 0 --store memories.json --received received.jsonl [--slow MS] [--die-after N]
 *
 * `--die-after N`: the N-th memory is kept, and the program is gone before it answers.
 */
import { appendFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { parseArgs } from 'node:util'
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { openHubStore } from './hub-store.ts'
import { createHubTools } from './hub-tools.ts'
import { buildTools } from './tool-list.ts'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    store: { type: 'string' },
    received: { type: 'string' },
    slow: { type: 'string', default: '0' },
    'die-after': { type: 'string', default: '0' },
  },
})
const [kind, port = '0'] = positionals
if ((kind !== 'sse' && kind !== 'stdio') || values.store === undefined) {
  throw new Error('sse PORT or stdio, and --store FILE')
}
const remote = kind === 'sse'
const store = openHubStore(values.store)
const tools = createHubTools(store, remote)
const dieAfter = Number(values['die-after'])
let stored = 0

function createHub(): Server {
  const server = new Server(
    { name: remote ? 'remote-memory-mcp' : 'memory-mcp', version: '1.12.0' },
    { capabilities: { tools: {} } },
  )
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: buildTools(remote) }))
  server.setRequestHandler(CallToolRequestSchema, async ({ params: { name, arguments: args = {} } }) => {
    if (values.received !== undefined) {
      appendFileSync(values.received, `${JSON.stringify({ name, args })}\n`)
    }
    const before = store.size()
    const text = tools.call(name, args)
    stored += store.size() - before
    // B13's usual way: it was done, and nobody hears of it.
    if (dieAfter > 0 && stored >= dieAfter) process.exit(1)
    await new Promise((resolve) => setTimeout(resolve, Number(values.slow)))
    // B3: whatever it is, a text and no error.
    const content = [{ type: 'text' as const, text }]
    return remote ? { content, structuredContent: { result: text } } : { content }
  })
  return server
}

if (!remote) {
  await createHub().connect(new StdioServerTransport())
} else {
  // B12: sessions are in memory alone.
  const sessions = new Map<string, SSEServerTransport>()
  const serve = async (req: IncomingMessage, res: ServerResponse) => {
    const url = new URL(req.url ?? '/', 'http://hub')
    if (req.method === 'GET' && url.pathname === '/health') {
      res.setHeader('content-type', 'application/json')
      const endpoints = { sse: '/sse', streamable_http: '/mcp', messages: '/messages/' }
      const about = { status: 'healthy', server: 'remote-memory-mcp', version: '1.12.0', machine_id: 'hub' }
      return res.end(JSON.stringify({ ...about, endpoints }))
    }
    // B6: nobody is asked who they are.
    if (req.method === 'GET' && url.pathname === '/sse') {
      const transport = new SSEServerTransport('/messages/', res)
      sessions.set(transport.sessionId, transport)
      res.on('close', () => sessions.delete(transport.sessionId))
      return await createHub().connect(transport)
    }
    if (req.method === 'POST' && url.pathname === '/messages/') {
      const id = url.searchParams.get('session_id') ?? url.searchParams.get('sessionId') ?? ''
      const transport = sessions.get(id)
      if (transport !== undefined) return await transport.handlePostMessage(req, res)
      res.statusCode = 404
      return res.end('Could not find session')
    }
    // B1: /health advertises /mcp, and nothing is there.
    res.statusCode = 404
    return res.end('Not Found')
  }
  const http = createServer((req, res) => void serve(req, res))
  http.listen(Number(port), '127.0.0.1', () => {
    const address = http.address()
    process.stdout.write(`${typeof address === 'object' ? address?.port : port}\n`)
  })
}
