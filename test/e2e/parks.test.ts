/** Clients of 2026-07-28 at servers of earlier revisions that ask back, through the real platform and real sandboxes. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { JsonObject } from '../../src/domain/json.ts'
import { buildModern, post } from '../fakes/raw-client.ts'
import { buildAskingNode, buildAskingPython } from './asking-archives.ts'
import { eventually, startPlatform, type Platform } from './platform.ts'
import { deploy, readLog, type Outcome } from './servers.ts'

let platform: Platform
let token = ''
let other = ''
let python: Promise<Outcome>

beforeAll(async () => {
  platform = await startPlatform({ gateway: { park_timeout: 120 } })
  token = await platform.token()
  other = await platform.token()
  python = deploy(platform, buildAskingPython(platform.folder, 'snake'))
  const { document } = await deploy(platform, await buildAskingNode(platform.folder, 'node'))
  expect(document.error).toBeNull()
})
afterAll(() => platform[Symbol.asyncDispose]())

const endpointOf = (server: string) => `${platform.url}/servers/${server}/mcp`
const accept = (content: JsonObject): JsonObject => ({ action: 'accept', content })

/** The SDK 2.x, pinned to 2026-07-28, which fulfils `input_required` by its handlers. */
async function connect(server: string, answer: (message: string) => JsonObject) {
  const capabilities = { elicitation: { form: {}, url: {} }, sampling: { tools: {} }, roots: {} }
  const client = new Client(
    { name: 'e2e', version: '1' },
    { capabilities, versionNegotiation: { mode: { pin: '2026-07-28' } } },
  )
  const asked: unknown[] = []
  client.setRequestHandler('elicitation/create', ({ params }) => {
    asked.push(params)
    return answer(params.message) as never
  })
  client.setRequestHandler('sampling/createMessage', ({ params }) => {
    asked.push(params)
    const [tool] = params.tools ?? []
    const text = { type: 'text', text: 'that' } as const
    const use = { type: 'tool_use', id: 't1', name: tool?.name ?? '', input: {} } as const
    return { role: 'assistant', model: 'm', content: tool === undefined ? text : [use] }
  })
  client.setRequestHandler('roots/list', () => ({ roots: [{ uri: 'file:///home' }] }))
  const requestInit = { headers: { Authorization: `Bearer ${token}` } }
  await client.connect(new StreamableHTTPClientTransport(new URL(endpointOf(server)), { requestInit }))
  const call = async (name: string, args: JsonObject = {}) => {
    const { content, isError } = await client.callTool({ name, arguments: args })
    const [item] = content as { text: string }[]
    return isError === true ? `error: ${item?.text}` : item?.text
  }
  return { client, asked, call }
}

type Result = { resultType?: string; requestState?: string; inputRequests?: JsonObject; content?: unknown }
type Raw = { readonly result?: Result; readonly error?: { readonly code: number; readonly message: string } }

/** By hand: nothing is retried that the test does not retry. */
async function raw(name: string, args: JsonObject, more: JsonObject = {}, by = token): Promise<Raw> {
  const _meta = { 'io.modelcontextprotocol/clientCapabilities': { elicitation: {} } }
  const { body, headers } = buildModern('tools/call', { name, arguments: args, ...more, _meta })
  const answer = await post(endpointOf('node'), body, { ...headers, authorization: `Bearer ${by}` })
  return answer.json as Raw
}
const refusal = { code: -32602, message: expect.stringContaining('requestState') as unknown }
const textOf = ({ result }: Raw) => (result?.content as { text: string }[] | undefined)?.[0]?.text

it('R70, R71, R73: an SDK client answers two rounds of a server by the TypeScript SDK 1.x', async () => {
  const { client, asked, call } = await connect('node', (message) =>
    accept(message.includes('color') ? { color: 'red' } : { name: 'Bo' }),
  )
  expect(await call('two_rounds', { tag: 'a' })).toBe('a: Bo likes red')
  expect(asked.map((each) => (each as { message: string }).message)).toEqual(['a: name?', 'a: color of Bo?'])
  expect(await call('together')).toBe('Bo, that, file:///home')
  expect(JSON.parse((await call('with_tools')) ?? '')).toMatchObject([{ type: 'tool_use', name: 'add' }])
  await client.close()
})

it('R34: a server that needs its user at a URL first is called again afterwards', async () => {
  const { client, asked, call } = await connect('node', () => ({ action: 'accept' }))
  expect(await call('sign_in')).toBe('signed in')
  expect(asked).toMatchObject([{ mode: 'url', url: 'https://sign-in.example/' }])
  await client.close()
})

it('R67: 8 clients × 3 calls of two rounds at once never get each other’s questions', async () => {
  const clients = await Promise.all(
    Array.from({ length: 8 }, (_, n) =>
      connect('node', (message) => {
        // Each knows by the question whose it is.
        expect(message.startsWith(`c${n}`)).toBe(true)
        const tag = message.split(':')[0] ?? ''
        return accept(message.includes('color') ? { color: `color-${tag}` } : { name: `name-${tag}` })
      }),
    ),
  )
  const results = await Promise.all(
    clients.flatMap(({ call }, n) => [0, 1, 2].map((m) => call('two_rounds', { tag: `c${n}.${m}` }))),
  )
  const tags = clients.flatMap((_, n) => [0, 1, 2].map((m) => `c${n}.${m}`))
  expect(results).toEqual(tags.map((tag) => `${tag}: name-${tag} likes color-${tag}`))
  await Promise.all(clients.map(({ client }) => client.close()))
})

it('R74, R75: a state that was changed, used, or is somebody else’s continues nothing', async () => {
  const { result } = await raw('write', {})
  const requestState = result?.requestState ?? ''
  const inputResponses = { req_1: accept({ answer: 'yes' }) }
  const changed = `${requestState.slice(0, 20)}${requestState[20] === 'A' ? 'B' : 'A'}${requestState.slice(21)}`
  expect((await raw('write', {}, { requestState: changed, inputResponses })).error).toMatchObject(refusal)
  expect((await raw('write', {}, { requestState, inputResponses }, other)).error).toMatchObject(refusal)
  expect((await raw('read', {}, { requestState, inputResponses })).error).toMatchObject(refusal)
  const wrong = { requestState, inputResponses: { req_1: { action: 'maybe' } } }
  expect((await raw('write', {}, wrong)).error?.code).toBe(-32602)
  expect(textOf(await raw('write', {}, { requestState, inputResponses }))).toMatch(/^yes by \d+$/)
  expect((await raw('write', {}, { requestState, inputResponses })).error).toMatchObject(refusal)
})

it('K-30: a server by the Python SDK asks as well', async () => {
  const { document } = await python
  expect(document.error).toBeNull()
  const { client, call } = await connect('snake', (message) =>
    accept(message.includes('color') ? { color: 'red' } : { name: 'Bo' }),
  )
  expect(await call('two_rounds', { tag: 'p' })).toBe('p: Bo likes red')
  await client.close()
})

it('a process that ends loses its parked call; what only reads is asked again', async () => {
  const answer = ({ result }: Raw): JsonObject => ({
    requestState: result?.requestState ?? '',
    inputResponses: { req_1: accept({ answer: 'yes' }) },
  })
  const written = answer(await raw('write', { dies: 'once' }))
  await eventually('its end', async () => ((await endings()) > 0 ? true : null))
  expect((await raw('write', { dies: 'once' }, written)).error).toMatchObject(refusal)

  // It may be tried again after a while.
  const parked = await eventually('a process', async () => {
    const asked = await raw('read', { dies: 'twice' })
    return asked.error === undefined ? asked : null
  })
  await eventually('its end', async () => ((await endings()) > 1 ? true : null))
  const result = await eventually('another process', async () => {
    const retried = await raw('read', { dies: 'twice' }, answer(parked))
    return retried.error === undefined ? retried : null
  })
  expect(textOf(result)).toMatch(/^yes by \d+$/)
})

it('a parked call outlives the platform’s death and its handover, and is finished by the same process', async () => {
  const { result } = await raw('two_rounds', { tag: 'k' })
  await platform.kill()
  await platform.start()
  const first = {
    requestState: result?.requestState ?? '',
    inputResponses: { req_1: accept({ name: 'Bo' }) },
  }
  const second = await raw('two_rounds', { tag: 'k' }, first)
  expect(Object.keys(second.result?.inputRequests ?? {})).toEqual(['req_2'])
  expect(await platform.handOver()).toBe(0)
  await platform.start()
  const last = {
    requestState: second.result?.requestState ?? '',
    inputResponses: { req_2: accept({ color: 'red' }) },
  }
  expect(textOf(await raw('two_rounds', { tag: 'k' }, last))).toBe('k: Bo likes red')
  expect((await raw('two_rounds', { tag: 'k' }, first)).error).toMatchObject(refusal)
})

it('R75: a question that nobody answers in time ends its call, at the server as well', async () => {
  const path = join(platform.folder, 'config.json')
  const { mcp_hosting } = JSON.parse(readFileSync(path, 'utf8')) as { mcp_hosting: JsonObject }
  await platform.handOver()
  writeFileSync(path, JSON.stringify({ mcp_hosting: { ...mcp_hosting, gateway: { park_timeout: 1 } } }))
  await platform.start()
  const { result } = await raw('write', {})
  await eventually('the server is told', async () => {
    const lines = await readLog(platform, 'node')
    return lines.some(({ text }) => text.includes('a call was cancelled')) ? true : null
  })
  const retry = { requestState: result?.requestState ?? '', inputResponses: { req_1: { action: 'decline' } } }
  expect((await raw('write', {}, retry)).error).toMatchObject({
    code: -32602,
    message: expect.stringContaining('expired') as unknown,
  })
})

/** How often a process ended by itself. */
async function endings(): Promise<number> {
  const lines = await readLog(platform, 'node')
  return lines.filter(({ text }) => text.includes('Ended (exited)')).length
}
