/** Who shares a process, as the server's setting says: each session, each principal or a pool. */
import { afterEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/domain/json.ts'
import type { GatewayConfig } from '../../src/gateway/gateway-config.ts'
import type { Instances } from '../../src/domain/server-traits.ts'
import { openAskedClient, type AskedClientOptions } from '../fakes/asked-client.ts'
import { startGatewayHost, type GatewayHost } from '../fakes/gateway-host.ts'
import { postModern } from '../fakes/raw-client.ts'
import { answerPlainly, INITIALIZE_RESULT } from '../fakes/scripted-server.ts'
import { SHARED } from '../fakes/traits.ts'
import { createMemoryUpstreams, type MemoryUpstreams } from '../fakes/upstreams.ts'

let upstreams: MemoryUpstreams
let host: GatewayHost
let url: string
afterEach(() => host.close())

async function start(
  instances: Instances,
  onStart?: Parameters<typeof createMemoryUpstreams>[3],
  config: Partial<GatewayConfig> = {},
) {
  upstreams = createMemoryUpstreams(INITIALIZE_RESULT, answerPlainly, { ...SHARED, instances }, onStart)
  host = await startGatewayHost({
    upstreams,
    tokens: { hvm_all: ['mcp:call'], hvm_other: ['mcp:call'] },
    config: { coalesceMs: 5, ...config },
  })
  url = host.url('mem')
}
const open = (options: Partial<AskedClientOptions> = {}) =>
  openAskedClient(url, { capabilities: { elicitation: {}, roots: {} }, ...options })
const said = (method: string) => upstreams.written.filter((message) => message['method'] === method)
const keyOf = ({ headers }: { headers: Record<string, string> }) =>
  `legacy|elicitation.form+roots|${headers['mcp-session-id']}|0`
const FORM = { message: 'Name?', requestedSchema: { type: 'object', properties: {} } }
const accept = { result: { action: 'accept' } }

describe('per_session', () => {
  it('gives each session a process, which ends with it', async () => {
    await start('per_session')
    const [one, other] = [await open(), await open()]
    expect(upstreams.living()).toEqual([keyOf(one), keyOf(other)])
    await one.call('echo', { message: 'a' })
    await fetch(url, { method: 'DELETE', headers: { authorization: 'Bearer hvm_all', ...one.headers } })
    expect(upstreams.living()).toEqual([keyOf(other)])
    expect(upstreams.released).toEqual([keyOf(one)])
    expect(await other.call('echo', { message: 'b' })).toMatchObject({
      result: { content: [{ text: '"b"' }] },
    })
  })

  it('gives clients of 2026-07-28, who have no session, one together', async () => {
    await start('per_session')
    await postModern(url, 'tools/list')
    await postModern(url, 'tools/list', {}, { authorization: 'Bearer hvm_other' })
    expect(upstreams.living()).toEqual(['legacy|||0'])
  })

  it('runs all calls of the session at once, also those that may be asked', async () => {
    await start('per_session')
    const client = await open()
    const calls = [client.call('wait'), client.call('wait')]
    await expect.poll(() => upstreams.asked).toHaveLength(2)
    while (upstreams.asked.length > 0) upstreams.asked[0]?.respond({ content: [] })
    await Promise.all(calls)
  })

  it('R110: brings questions outside of calls to the session’s GET stream', async () => {
    await start('per_session')
    const [client, other] = [await open({ answer: () => accept }), await open({ answer: () => accept })]
    const streams = [await client.listen(), await other.listen()]
    expect(await upstreams.push('elicitation/create', FORM, keyOf(client))).toMatchObject(accept)
    expect([client.questions.length, other.questions.length]).toEqual([1, 0])
    for (const stream of streams) stream.abort()
  })

  it('R110: brings them down the call that is waited for, where nothing else is open', async () => {
    await start('per_session')
    const client = await open({ answer: () => accept })
    const called = client.call('wait')
    await expect.poll(() => upstreams.asked).toHaveLength(1)
    expect(await upstreams.push('elicitation/create', FORM, keyOf(client))).toMatchObject(accept)
    upstreams.asked[0]?.respond({ content: [] })
    await called
    expect(client.questions).toHaveLength(1)
  })

  it('R110: keeps them, bounded, for the next stream', async () => {
    await start('per_session', undefined, { parkMs: 300 })
    const client = await open({ answer: () => accept })
    const answered = upstreams.push('elicitation/create', FORM, keyOf(client))
    for (let n = 0; n < 120; n++) upstreams.emit('notifications/message', { level: 'info', data: n })
    await new Promise((resolve) => setTimeout(resolve, 20))
    const stream = await client.listen()
    await expect.poll(() => client.told).toHaveLength(100)
    expect(client.told.at(-1)).toMatchObject({ params: { data: 119 } })
    // The question was the oldest, so it was dropped; it is refused in the end, as whatever nobody answers.
    expect(await answered).toMatchObject({ error: { code: -32603 } })
    expect(client.questions).toEqual([])
    stream.abort()
  })

  it('R132, R134: what a server asks right after its start waits for the session that it is for', async () => {
    const roots: JsonObject[] = []
    await start('per_session', ({ push }) => void push('roots/list').then((answer) => roots.push(answer)))
    const client = await open({ answer: () => ({ result: { roots: [{ uri: 'file:///a' }] } }) })
    const stream = await client.listen()
    await expect.poll(() => roots).toMatchObject([{ result: { roots: [{ uri: 'file:///a' }] } }])
    stream.abort()
  })

  it('relays what a server says, of whatever kind, to its session only', async () => {
    await start('per_session')
    const [client, other] = [await open(), await open()]
    const streams = [await client.listen(), await other.listen()]
    upstreams.emit('notifications/message', { level: 'debug', data: 'x' }, keyOf(client))
    upstreams.emit('notifications/custom', { any: true }, keyOf(client))
    upstreams.emit('notifications/tools/list_changed', undefined, keyOf(client))
    await expect
      .poll(() => client.told.map(({ method }) => method))
      .toEqual(['notifications/message', 'notifications/custom', 'notifications/tools/list_changed'])
    expect(other.told).toEqual([])
    for (const stream of streams) stream.abort()
  })

  it('passes on what concerns the whole process: its log level, down as well as up, and changed roots', async () => {
    await start('per_session')
    const client = await open()
    await client.ask('logging/setLevel', { level: 'debug' })
    await client.ask('logging/setLevel', { level: 'error' })
    await client.tell({ method: 'notifications/roots/list_changed' })
    expect(said('logging/setLevel').map(({ params }) => params)).toEqual([
      { level: 'debug' },
      { level: 'error' },
    ])
    expect(said('notifications/roots/list_changed')).toHaveLength(1)
  })

  it('tells a new process of the session what the old one knew', async () => {
    await start('per_session')
    const client = await open()
    await client.ask('logging/setLevel', { level: 'warning' })
    await client.ask('resources/subscribe', { uri: 'file:///a' })
    upstreams.crash()
    upstreams.recover()
    await client.call('echo')
    expect(said('logging/setLevel').map(({ params }) => params)).toEqual([
      { level: 'warning' },
      { level: 'warning' },
    ])
    expect(said('resources/subscribe')).toHaveLength(2)
    expect(upstreams.living()).toEqual([keyOf(client)])
  })
})

describe('shared', () => {
  it('keeps the roots of one client from the process of all', async () => {
    await start('shared')
    const client = await open()
    await client.tell({ method: 'notifications/roots/list_changed' })
    expect(said('notifications/roots/list_changed')).toEqual([])
  })
})

describe('per_principal', () => {
  it('K-4: shares a process among the sessions of a principal, and with nobody else', async () => {
    await start('per_principal')
    const mine = await open()
    await open()
    await open({ token: 'hvm_other' })
    await postModern(url, 'tools/list')
    expect(upstreams.living()).toEqual([
      'legacy|elicitation.form+roots|token:hvm_all|0',
      'legacy|elicitation.form+roots|token:hvm_other|0',
      'legacy||token:hvm_all|0',
    ])
    await fetch(url, { method: 'DELETE', headers: { authorization: 'Bearer hvm_all', ...mine.headers } })
    expect(upstreams.released).toEqual([])
  })

  it('announces to a principal what its own processes say', async () => {
    await start('per_principal')
    const [mine, others] = [await open(), await open({ token: 'hvm_other' })]
    const streams = [await mine.listen(), await others.listen()]
    const key = 'legacy|elicitation.form+roots|token:hvm_all|0'
    upstreams.emit('notifications/tools/list_changed', undefined, key)
    await expect.poll(() => mine.told).toHaveLength(1)
    expect(others.told).toEqual([])
    for (const stream of streams) stream.abort()
  })
})

describe('pool', () => {
  it('K-4, K-26: spreads sessions over its processes, each of which stays where it began', async () => {
    await start({ pool: 2 })
    const clients = [await open(), await open(), await open(), await open()]
    expect(upstreams.living()).toEqual([
      'legacy|elicitation.form+roots||0',
      'legacy|elicitation.form+roots||1',
    ])
    const calls = clients.map((client) => client.call('wait'))
    await expect.poll(() => new Set(upstreams.asked.map(({ key }) => key.member))).toEqual(new Set([0, 1]))
    for (let n = 0; n < 4; n++) {
      await expect.poll(() => upstreams.asked.length).toBeGreaterThan(0)
      upstreams.asked[0]?.respond({ content: [] })
    }
    await Promise.all(calls)
  })

  it('gives a request of 2026-07-28 the process with the fewest calls', async () => {
    await start({ pool: 2 })
    const wait = () => postModern(url, 'tools/call', { name: 'wait', arguments: {} })
    const calls = [wait()]
    await expect.poll(() => upstreams.asked).toHaveLength(1)
    calls.push(wait())
    await expect.poll(() => upstreams.asked.map(({ key }) => key.member)).toEqual([0, 1])
    while (upstreams.asked.length > 0) upstreams.asked[0]?.respond({ content: [] })
    await Promise.all(calls)
  })
})

describe('while a process is started', () => {
  /** Nothing starts before `go`. */
  async function startSlowly(instances: Instances, config: Partial<GatewayConfig> = {}) {
    const gate = Promise.withResolvers<void>()
    upstreams = createMemoryUpstreams(INITIALIZE_RESULT, answerPlainly, { ...SHARED, instances })
    const openSlowly: typeof upstreams.open = async (...asked) => {
      await gate.promise
      return upstreams.open(...asked)
    }
    host = await startGatewayHost({
      upstreams: { ...upstreams, open: openSlowly },
      tokens: { hvm_all: ['mcp:call'], hvm_other: ['mcp:call'] },
      config: { coalesceMs: 5, ...config },
    })
    url = host.url('mem')
    return gate.resolve
  }
  const other = { authorization: 'Bearer hvm_other' }

  it('lets only as many requests wait for it as calls, of one token and of all', async () => {
    const go = await startSlowly('shared', { maxQueued: 6, maxQueuedPerPrincipal: 4 })
    const mine = Array.from({ length: 20 }, () => postModern(url, 'tools/list'))
    await expect.poll(() => host.authenticated).toHaveLength(20)
    const theirs = Array.from({ length: 20 }, () => postModern(url, 'tools/list', {}, other))
    await expect.poll(() => host.authenticated).toHaveLength(40)
    go()
    const countOf = async (answers: readonly ReturnType<typeof postModern>[]) => {
      const all = await Promise.all(answers)
      const busy = all.filter(({ status, json }) => status === 503 && JSON.stringify(json).includes('"busy"'))
      return [all.filter(({ status }) => status === 200).length, busy.length]
    }
    expect([await countOf(mine), await countOf(theirs)]).toEqual([
      [4, 16],
      [2, 18],
    ])
    // Whoever waited has left.
    expect((await postModern(url, 'tools/list')).status).toBe(200)
  })

  it('spreads requests that wait over a pool', async () => {
    const go = await startSlowly({ pool: 3 })
    const asked = Array.from({ length: 9 }, () => postModern(url, 'tools/list'))
    await expect.poll(() => host.authenticated).toHaveLength(9)
    go()
    await Promise.all(asked)
    expect(upstreams.living().toSorted()).toEqual(['legacy|||0', 'legacy|||1', 'legacy|||2'])
  })
})
