/** The hub that the bridge is tested with has the traps of a real one: a client that knows none of them fails at each. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startHaivemindPeer, type HaivemindPeer } from '../fakes/start-haivemind-peer.ts'

type Answer = { readonly isError?: boolean; readonly content: readonly { readonly text: string }[] }
type Found = { readonly memories: readonly { readonly content: string; readonly score: number }[] }

let hub: HaivemindPeer
let client: Client
let local: Client
const about = { name: 'naive', version: '1' }
const connect = async () => {
  const made = new Client(about)
  await made.connect(new SSEClientTransport(new URL(`${hub.url}/sse`)))
  return made
}
const call = async (name: string, args: Record<string, unknown>, by = client) =>
  (await by.callTool({ name, arguments: args })) as unknown as Answer
const textOf = async (name: string, args: Record<string, unknown>, by = client) =>
  (await call(name, args, by)).content[0]!.text
const idOf = (text: string) => text.slice(text.lastIndexOf(' ') + 1)

beforeAll(async () => {
  hub = await startHaivemindPeer()
  client = await connect()
  const [command, ...args] = hub.command
  local = new Client(about)
  await local.connect(new StdioClientTransport({ command: command!, args }))
})
afterAll(async () => {
  await Promise.all([client.close(), local.close()])
  await hub[Symbol.asyncDispose]()
})

it('B1: the transport that it advertises is not there', async () => {
  const health = (await (await fetch(`${hub.url}/health`)).json()) as { endpoints: Record<string, string> }
  const url = new URL(health.endpoints['streamable_http']!, hub.url)
  await expect(new Client(about).connect(new StreamableHTTPClientTransport(url))).rejects.toThrow('Not Found')
})

it('B2: an argument that it does not know is dropped without a word, or an error that is none', async () => {
  const args = { content: 'with a context', context: 'lost', tags: ['lost'] }
  const memory = await textOf('retrieve_memory', { memory_id: idOf(await textOf('store_memory', args)) })
  expect(memory).not.toContain('lost')
  const refused = await call('search_memories', { query: 'x', offset: 5 }, local)
  expect(refused.isError).toBeFalsy()
  expect(refused.content[0]!.text).toMatch(/^Error/)
})

it('B3: what failed is a text as what went well', async () => {
  const answer = await call('store_memory', { category: 'global' })
  expect(answer.isError).toBeFalsy()
  expect(answer.content[0]!.text).toMatch(/^Error/)
})

it('B4: what is recent is among the first that were stored', async () => {
  for (let n = 0; n < 12; n++) await call('store_memory', { content: `security ${n}`, category: 'security' })
  const found = JSON.parse(await textOf('get_recent_memories', { category: 'security', limit: 5 })) as Found
  expect(found.memories.map(({ content }) => content)).not.toContain('security 11')
})

it('B5: a long answer is cut, and is no JSON any more', async () => {
  for (let n = 0; n < 3; n++) {
    await call('store_memory', { content: `${'long '.repeat(6_000)}${n}`, category: 'project' })
  }
  const text = await textOf('search_memories', { query: 'long', category: 'project', limit: 5 })
  expect(() => void JSON.parse(text)).toThrow('JSON')
})

it('B6: nobody is asked who they are, and everything is shown', async () => {
  const stored = await textOf('store_memory', { content: 'a name', confidentiality_level: 'pii' })
  const stranger = await connect()
  expect(await textOf('retrieve_memory', { memory_id: idOf(stored) }, stranger)).toContain('a name')
  await stranger.close()
})

it('B7: who registers gives the hub itself another name', async () => {
  const agent = async () => {
    const sources = JSON.parse(await textOf('list_memory_sources', {})) as {
      machines: { agent_id: string }[]
    }
    return sources.machines[0]!.agent_id
  }
  const before = await agent()
  const { agent_id } = JSON.parse(await textOf('register_agent', { role: 'sentinel_node' })) as {
    agent_id: string
  }
  expect(agent_id).not.toBe(before)
  expect(await agent()).toBe(agent_id)
})

it('B8: a broadcast may be of any kind', async () => {
  const text = await textOf('broadcast_discovery', { message: 'x', category: 'nonsense', severity: 'purple' })
  expect(JSON.parse(text)).toHaveProperty('message_id')
})

it('B9: a state is kept whole, but only as text inside its metadata', async () => {
  const state_data = { mem: { peak: 104_857_600, by_day: [1, 2, 3] } }
  const args = { machine_id: 'node-1', state_data, state_type: 'resource_usage', tags: ['a', 'b'] }
  const { memory_id } = JSON.parse(await textOf('track_infrastructure_state', args)) as { memory_id: string }
  const memory = JSON.parse(await textOf('retrieve_memory', { memory_id })) as {
    content: string
    metadata: Record<string, string>
  }
  expect(memory.content).toBe('resource_usage state for node-1')
  expect(JSON.parse(memory.metadata['state_data']!)).toEqual(state_data)
  const nested = await textOf('store_memory', { content: 'x', metadata: state_data }, local)
  expect(nested).toMatch(/^Error/)
})

it('B10: a search ranks a whole category, whatever else was asked for; scores may be negative', async () => {
  const args = { query: 'zebra', category: 'security', semantic: false, limit: 20 }
  const { memories } = JSON.parse(await textOf('search_memories', args)) as Found
  expect(memories.length).toBeGreaterThan(10)
  expect(memories.every(({ score }) => score < 0)).toBe(true)
})

it('B11: times say nothing of their zone', async () => {
  const stored = await textOf('store_memory', { content: 'when?' })
  const memory = JSON.parse(await textOf('retrieve_memory', { memory_id: idOf(stored) })) as {
    created_at: string
  }
  expect(memory.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/)
})

it('B13: the same twice is two memories', async () => {
  const store = async () => idOf(await textOf('store_memory', { content: 'the same' }))
  expect(await store()).not.toBe(await store())
})

it('B12: a session does not outlive the hub', async () => {
  const held = await connect()
  await hub.kill()
  await hub.start()
  await expect(textOf('get_memory_stats', {}, held)).rejects.toThrow(/./)
  await held.close()
})

it('a write may be done although nobody hears of it', async () => {
  await hub.kill()
  await hub.start('--die-after', '1')
  const other = await connect()
  const lost = textOf('store_memory', { content: 'done unheard' }, other).catch((error: unknown) => error)
  await hub.ended()
  await other.close()
  expect(await lost).toBeInstanceOf(Error)
  expect(hub.kept().map(({ content }) => content)).toContain('done unheard')
  await hub.start()
})
