/** Servers of earlier revisions that ask their client back, with the official clients of both generations. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
} from '@modelcontextprotocol/sdk/types.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, ROOT, startPlatform, type Platform } from './platform.ts'
import { deploy, writeTree } from './servers.ts'

const SCRIPT = readFileSync(join(ROOT, 'test/fixtures/servers/interviewer.py'), 'utf8')
const CAPABILITIES = { elicitation: { form: {} }, sampling: {}, roots: {} }
const ROOTS = { roots: [{ uri: 'file:///work', name: 'work' }] }
const SAMPLE = { role: 'assistant' as const, content: { type: 'text' as const, text: 'hi' }, model: 'm' }

let platform: Platform
let token: string

beforeAll(async () => {
  platform = await startPlatform()
  token = await platform.token()
  for (const [name, instances] of [
    ['asks', 'shared'],
    ['owns', 'per_session'],
  ] as const) {
    const config = {
      name,
      instances,
      runtime: 'python',
      command: ['python3', 'server.py'],
    }
    const files = { 'server.py': SCRIPT, 'server_config.json': JSON.stringify(config) }
    const { code, stderr } = await deploy(platform, writeTree(platform, files))
    expect(code, stderr).toBe(0)
  }
})
afterAll(() => platform[Symbol.asyncDispose]())

const countProcesses = async (server: string) =>
  (await platform.json<{ processes: unknown[] }>('status', server)).processes.length

/** A client that can be asked everything; it answers a question with its own name and the question. */
type AskedClient = {
  /** The text of the tool's answer, as JSON. */
  call(name: string, args?: Record<string, unknown>): Promise<unknown>
  /** DELETE of its session. */
  end(): Promise<void>
  close(): Promise<void>
}
type Connect = (server: string, name: string) => Promise<AskedClient>

const answer = (name: string, message: string) => ({
  action: 'accept' as const,
  content: { answer: `${name}: ${message}` },
})
const read = (result: Record<string, unknown>): unknown => {
  const [first] = result['content'] as readonly { readonly text: string }[]
  return JSON.parse(first?.text ?? '')
}
const requestInit = () => ({ headers: { Authorization: `Bearer ${token}` } })
const urlOf = (server: string) => new URL(`${platform.url}/servers/${server}/mcp`)

const connectV1: Connect = async (server, name) => {
  const client = new ClientV1({ name, version: '1' }, { capabilities: CAPABILITIES })
  client.setRequestHandler(ElicitRequestSchema, ({ params }) => answer(name, params.message))
  client.setRequestHandler(CreateMessageRequestSchema, () => SAMPLE)
  client.setRequestHandler(ListRootsRequestSchema, () => ROOTS)
  const transport = new TransportV1(urlOf(server), { requestInit: requestInit() })
  await client.connect(transport as Parameters<typeof client.connect>[0])
  return {
    call: async (tool, args = {}) => read(await client.callTool({ name: tool, arguments: args })),
    end: () => transport.terminateSession(),
    close: () => client.close(),
  }
}

const connectV2: Connect = async (server, name) => {
  const options = { capabilities: CAPABILITIES, versionNegotiation: { mode: 'legacy' as const } }
  const client = new Client({ name, version: '1' }, options)
  client.setRequestHandler('elicitation/create', ({ params }) => answer(name, params.message))
  client.setRequestHandler('sampling/createMessage', () => SAMPLE)
  client.setRequestHandler('roots/list', () => ROOTS)
  const transport = new StreamableHTTPClientTransport(urlOf(server), { requestInit: requestInit() })
  await client.connect(transport)
  return {
    call: async (tool, args = {}) => read(await client.callTool({ name: tool, arguments: args })),
    end: () => transport.terminateSession(),
    close: () => client.close(),
  }
}

describe.each([
  ['1.x', connectV1],
  ['2.x', connectV2],
])('a client of the SDK %s', (version, connect) => {
  it('is asked by a tool for input, for a sample and for its roots', async () => {
    const client = await connect('asks', version)
    expect(await client.call('interview', { topic: 'a' })).toEqual([
      answer(version, 'a, question 1'),
      answer(version, 'a, question 2'),
    ])
    expect(await client.call('sample')).toEqual(SAMPLE)
    expect(await client.call('roots')).toEqual(ROOTS)
    // The process was told what its clients can do, and asks nobody where no call is.
    expect(await client.call('told')).toMatchObject({ capabilities: CAPABILITIES, roots: { code: -32601 } })
    await client.close()
  })

  it('R110: with a process of its own is asked outside of calls too, from the start of the process on', async () => {
    const client = await connect('owns', version)
    const pleased = answer(version, 'Were you pleased?')
    await eventually('it was asked for its roots, and for its opinion', async () => {
      const { roots, opinion } = (await client.call('told')) as Record<string, unknown>
      return isDeepStrictEqual([roots, opinion], [ROOTS, pleased]) ? true : null
    })
    // Its process and the main one.
    expect(await countProcesses('owns')).toBe(2)
    await client.end()
    await eventually('the process ends with the session', async () =>
      (await countProcesses('owns')) === 1 ? true : null,
    )
    await client.close()
  })
})

it('R67: 8 clients with 3 calls each, two questions a call, never get each other’s', async () => {
  const clients = await Promise.all(
    Array.from({ length: 8 }, (_, at) => (at % 2 === 0 ? connectV1 : connectV2)('asks', `client ${at}`)),
  )
  const answers = await Promise.all(
    clients.map((client, at) =>
      Promise.all([1, 2, 3].map((call) => client.call('interview', { topic: `${at}/${call}` }))),
    ),
  )
  for (const [at, calls] of answers.entries()) {
    for (const [index, got] of calls.entries()) {
      const topic = `${at}/${index + 1}`
      expect(got).toEqual([1, 2].map((round) => answer(`client ${at}`, `${topic}, question ${round}`)))
    }
  }
  await Promise.all(clients.map((client) => client.close()))
})
