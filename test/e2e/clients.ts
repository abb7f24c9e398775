/** MCP clients that this project did not write, each calling one tool at an endpoint. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js'
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js'
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { ROOT } from './platform.ts'

const run = promisify(execFile)
const PYTHON_SDK = 'mcp==2.3.0'

export type ToolResult = {
  readonly text: string
  readonly structured: unknown
  readonly isError: boolean
}
export type Session = {
  readonly protocolVersion: string | undefined
  tools(): Promise<string[]>
  call(name: string, args: Record<string, unknown>): Promise<ToolResult>
  close(): Promise<void>
}

/** What every kind of client can do. */
export type LiveSession = {
  call(name: string, args: Record<string, unknown>): Promise<{ readonly text: string }>
  close(): Promise<void>
}

type Era = 'legacy' | '2026-07-28'

/** The TypeScript SDK 2.x: sessions with `legacy`, stateless when pinned to 2026-07-28. */
export async function connectV2(endpoint: string, token: string, era: Era): Promise<Session> {
  const mode = era === 'legacy' ? 'legacy' : { pin: era }
  const client = new Client({ name: 'e2e', version: '1' }, { versionNegotiation: { mode } })
  const requestInit = { headers: { Authorization: `Bearer ${token}` } }
  await client.connect(new StreamableHTTPClientTransport(new URL(endpoint), { requestInit }))
  return {
    protocolVersion: client.getNegotiatedProtocolVersion(),
    tools: async () => (await client.listTools()).tools.map((tool) => tool.name),
    call: async (name, args) => render(await client.callTool({ name, arguments: args })),
    close: () => client.close(),
  }
}

/** The TypeScript SDK 1.x. */
export async function connectV1(
  endpoint: string,
  token: string,
): Promise<Session & { /** Tells the server that the session is over. */ end(): Promise<void> }> {
  const client = new ClientV1({ name: 'e2e', version: '1' })
  const requestInit = { headers: { Authorization: `Bearer ${token}` } }
  const transport = new TransportV1(new URL(endpoint), { requestInit })
  // The 1.x types declare sessionId in a way that exactOptionalPropertyTypes-free code still refuses here.
  await client.connect(transport as Parameters<typeof client.connect>[0])
  return {
    protocolVersion: transport.protocolVersion,
    tools: async () => (await client.listTools()).tools.map((tool) => tool.name),
    call: async (name, args) => render(await client.callTool({ name, arguments: args })),
    end: () => transport.terminateSession(),
    close: () => client.close(),
  }
}

/** The TypeScript SDK 1.x over HTTP+SSE; `endpoint` is that of the stream. */
export async function connectSse(endpoint: string, token: string): Promise<Session> {
  const client = new ClientV1({ name: 'e2e', version: '1' })
  const headers = { Authorization: `Bearer ${token}` }
  const transport = new SSEClientTransport(new URL(endpoint), {
    requestInit: { headers },
    eventSourceInit: {
      fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, ...headers } }),
    },
  })
  let version: string | undefined
  transport.setProtocolVersion = (negotiated) => {
    version = negotiated
  }
  await client.connect(transport)
  return {
    protocolVersion: version,
    tools: async () => (await client.listTools()).tools.map((tool) => tool.name),
    call: async (name, args) => render(await client.callTool({ name, arguments: args })),
    close: () => client.close(),
  }
}

function render(result: Record<string, unknown>): ToolResult {
  const content = result['content'] as readonly { readonly type: string; readonly text?: string }[]
  return {
    text: content.map((item) => item.text ?? `[${item.type}]`).join('\n'),
    structured: result['structuredContent'],
    isError: result['isError'] === true,
  }
}

/** A Python with the official SDK, in a virtual environment that is kept under out/; null where it cannot be had. */
export async function findPythonSdk(): Promise<string | null> {
  const folder = join(ROOT, 'out/python-sdk')
  const python = join(folder, 'bin/python')
  if (existsSync(join(folder, '.complete'))) return python
  try {
    await mkdir(join(ROOT, 'out'), { recursive: true })
    await run('python3', ['-m', 'venv', '--clear', folder])
    await run(python, ['-m', 'pip', 'install', '-q', PYTHON_SDK], { timeout: 150_000 })
    await run(python, ['-c', `open(${JSON.stringify(join(folder, '.complete'))}, 'w')`])
    return python
  } catch {
    return null
  }
}

/** A session that the Python SDK's client keeps, as a program of its own; `call` answers the text of the result. */
export async function connectPython(python: string, endpoint: string, token: string): Promise<LiveSession> {
  const child = spawn(python, [join(ROOT, 'test/fixtures/clients/live_session.py'), endpoint], {
    env: { PATH: process.env['PATH'] ?? '', HAIVEMIND_MCP_TOKEN: token, no_proxy: '*' },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async call(tool, args) {
      child.stdin.write(`${JSON.stringify({ tool, args })}\n`)
      const { value, done } = await lines.next()
      if (done === true) throw new Error('the Python client ended')
      return { text: JSON.parse(value) as string }
    },
    async close() {
      child.stdin.end()
      if (child.exitCode === null) await once(child, 'exit')
    },
  }
}

/** The Python SDK's client, as a program of its own. `mode`: `legacy`, `auto` or a version. */
export async function callWithPython(
  python: string,
  endpoint: string,
  token: string,
  mode: string,
  tool: string,
  args: Record<string, unknown>,
): Promise<{ readonly tools: string[]; readonly protocolVersion: string } & ToolResult> {
  const script = join(ROOT, 'test/fixtures/clients/call_tool.py')
  const { stdout } = await run(python, [script, endpoint, mode, tool, JSON.stringify(args)], {
    env: { PATH: process.env['PATH'] ?? '', HAIVEMIND_MCP_TOKEN: token, no_proxy: '*' },
    timeout: 60_000,
  })
  return JSON.parse(stdout) as { tools: string[]; protocolVersion: string } & ToolResult
}
