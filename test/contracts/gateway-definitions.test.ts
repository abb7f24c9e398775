/** What a server may say of itself, through the gateway with the book behind it. */
import { FOR_GOOD } from '../../src/domain/lifetime.ts'
import { afterEach, describe, expect, it } from 'vitest'
import { hashDrift, type PinMode } from '../../src/domain/definition.ts'
import type { ServerId, VersionId } from '../../src/domain/id.ts'
import type { JsonObject } from '../../src/domain/json.ts'
import { createDefinitionBook } from '../../src/hosting/definition-book.ts'
import { mergePins } from '../../src/hosting/merge-pins.ts'
import { openStore } from '../../src/store/open-store.ts'
import { systemClock } from '../../src/system/clock.ts'
import { startGatewayHost, TOKEN } from '../fakes/gateway-host.ts'
import { silent } from '../fakes/hosting.ts'
import { buildLaunchSpec } from '../fakes/launch-spec.ts'
import { createMemoryUpstreams, type Asked } from '../fakes/upstreams.ts'
import { vaultDeps } from '../fakes/vault-deps.ts'

const undo: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step()
})

const SERVER = 'srv_mem' as ServerId
const VERSION = 'ver_1' as VersionId
const CAPABILITIES = { tools: { listChanged: true }, prompts: {} }

async function open(pin: PinMode, instructions = 'Adds numbers.') {
  const store = openStore(':memory:', { clock: systemClock, log: silent, ...vaultDeps })
  undo.push(() => store.close())
  await store.servers.create({
    id: SERVER,
    name: 'mem',
    desired: 'running',
    activeVersion: VERSION,
    uid: null,
    overrides: { pin },
    lastState: { kind: 'stopped', lastExit: null },
    restarts: 0,
    lifetime: FOR_GOOD,
    watch: null,
    createdAt: 1,
    updatedAt: 1,
  })
  await store.versions.create({
    id: VERSION,
    serverId: SERVER,
    number: 1,
    treeHash: 't',
    archiveHash: 'a',
    archiveFormat: 'zip',
    archiveBytes: 1,
    config: buildLaunchSpec().config,
    detection: { runtime: 'bash', command: ['x'], installer: null, reasons: [], notices: [] },
    scan: null,
    review: null,
    eras: null,
    failure: null,
    createdVia: null,
    createdAt: 1,
    createdBy: 'local',
  })
  const judged: string[][] = []
  const offered: { tools: JsonObject[]; more: JsonObject[]; calls: string[]; isFit: boolean } = {
    tools: [{ name: 'add', description: 'Adds', inputSchema: { type: 'object' } }],
    /** To clients that can be asked for input; in the place of one of the same name. */
    more: [],
    calls: [],
    isFit: true,
  }
  const listTools = ({ key }: Asked) => {
    const more = key.capabilities === '' ? [] : offered.more
    return [...offered.tools.filter(({ name }) => !more.some((each) => each['name'] === name)), ...more]
  }
  const answer = (asked: Asked) => {
    if (asked.method === 'tools/list') asked.respond({ tools: listTools(asked) })
    else if (asked.method === 'prompts/list') asked.fail(-32601, 'no')
    else if (asked.method === 'tools/call') {
      offered.calls.push(JSON.stringify(asked.params?.['name']))
      asked.respond({ content: [] })
    }
  }
  const upstreams = createMemoryUpstreams(
    {
      protocolVersion: '2025-11-25',
      capabilities: CAPABILITIES,
      serverInfo: { name: 'm', version: '1' },
      instructions,
    },
    answer,
  )
  const book = createDefinitionBook({
    ...store,
    clock: systemClock,
    judge(_subject, definitions) {
      judged.push(definitions.map(({ name }) => name))
      return Promise.resolve(offered.isFit)
    },
    onDefect: (error) => {
      throw error
    },
  })
  const host = await startGatewayHost({ upstreams, definitions: book })
  undo.push(() => host.close())
  const send = async (method: string, params: JsonObject = {}, capabilities: JsonObject = {}) => {
    const response = await fetch(host.url('mem'), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        authorization: `Bearer ${TOKEN}`,
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': method,
        ...(typeof params['name'] === 'string' ? { 'mcp-name': params['name'] } : {}),
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method,
        params: {
          ...params,
          _meta: {
            'io.modelcontextprotocol/protocolVersion': '2026-07-28',
            'io.modelcontextprotocol/clientInfo': { name: 't', version: '1' },
            'io.modelcontextprotocol/clientCapabilities': capabilities,
          },
        },
      }),
    })
    return (await response.json()) as {
      result?: JsonObject
      error?: { code: number; data?: { code?: string } }
    }
  }
  const listNames = async (capabilities: JsonObject = {}) =>
    ((await send('tools/list', {}, capabilities)).result!['tools'] as JsonObject[]).map(({ name }) => name)
  const drift = async () =>
    (await store.pins.find(VERSION, ''))?.drift.map(({ name, change }) => `${name} ${change}`)
  return { store, upstreams, book, offered, judged, send, listNames, drift }
}

describe('definitions that are pinned', () => {
  it('learns them at the first look, before a client sees any', async () => {
    const { store, listNames } = await open('block')
    expect(await listNames()).toEqual(['add'])
    const record = await store.pins.find(VERSION, '')
    expect(record?.definitions.map(({ kind, name }) => `${kind}:${name}`)).toEqual([
      'instructions:instructions',
      'tool:add',
    ])
  })

  it('with block: keeps what changed and what is new from clients, and lets the rest go on', async () => {
    const { offered, listNames, send, drift } = await open('block')
    offered.tools.push({ name: 'mul', description: 'Multiplies', inputSchema: {} })
    expect(await listNames()).toEqual(['add', 'mul'])
    offered.tools = [
      { ...offered.tools[0]!, description: 'Adds, and sends' },
      offered.tools[1]!,
      { name: 'new', inputSchema: {} },
    ]
    expect(await listNames()).toEqual(['mul'])
    expect((await send('tools/call', { name: 'add', arguments: {} })).error?.data?.code).toBe(
      'tool_definition_changed',
    )
    expect((await send('tools/call', { name: 'new', arguments: {} })).error?.data?.code).toBe(
      'tool_definition_changed',
    )
    expect((await send('tools/call', { name: 'mul', arguments: {} })).result).toBeDefined()
    expect(offered.calls).toEqual(['"mul"'])
    expect(await drift()).toEqual(['add changed', 'new added'])
  })

  it('releases what is accepted, as it was seen and not as it is by then', async () => {
    const { book, offered, listNames, send, store } = await open('block')
    await listNames()
    offered.tools = [{ ...offered.tools[0]!, description: 'second' }]
    expect(await listNames()).toEqual([])
    const shown = hashDrift((await store.pins.find(VERSION, ''))?.drift ?? []) ?? ''
    // A server that changes while it is read is not accepted by it.
    offered.tools = [{ ...offered.tools[0]!, description: 'other' }]
    expect(await listNames()).toEqual([])
    await expect(book.accept(SERVER, VERSION, 'local', shown)).rejects.toMatchObject({ code: 'conflict' })
    offered.tools = [{ ...offered.tools[0]!, description: 'second' }]
    expect(await listNames()).toEqual([])
    await book.accept(SERVER, VERSION, 'local', shown)
    expect(await listNames()).toEqual(['add'])
    expect((await send('tools/call', { name: 'add', arguments: {} })).result).toBeDefined()
    offered.tools = [{ ...offered.tools[0]!, description: 'third' }]
    expect(await listNames()).toEqual([])
    expect((await store.pins.find(VERSION, ''))?.pinnedBy).toBe('local')
  })

  it.each(['off', 'warn', 'block'] as const)(
    'with %s: a tool that is switched off is neither listed nor called, at once, and comes back',
    async (pin) => {
      const { store, offered, listNames, send } = await open(pin)
      offered.tools.push({ name: 'mul', inputSchema: {} })
      expect(await listNames()).toEqual(['add', 'mul'])
      const set = async (disabledTools: string[]) => {
        await store.servers.update(SERVER, { overrides: { pin, disabledTools } })
        store.events.emit({ type: 'server.updated', serverId: SERVER, server: 'mem', changed: [] })
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      await set(['add'])
      expect(await listNames()).toEqual(['mul'])
      const refused = await send('tools/call', { name: 'add', arguments: {} })
      expect(refused.error?.data?.code).toBe('tool_disabled')
      expect(offered.calls).toEqual([])
      await set([])
      expect(await listNames()).toEqual(['add', 'mul'])
      expect((await send('tools/call', { name: 'add', arguments: {} })).result).toBeDefined()
    },
  )

  it('with warn: tells once and lets everything go on', async () => {
    const { store, offered, listNames, send } = await open('warn')
    const events: string[] = []
    store.events.subscribe(({ event }) => void events.push(event.type))
    await listNames()
    offered.tools = [{ ...offered.tools[0]!, description: 'Adds, and sends' }]
    expect(await listNames()).toEqual(['add'])
    expect(await listNames()).toEqual(['add'])
    expect((await send('tools/call', { name: 'add', arguments: {} })).result).toBeDefined()
    expect(events).toEqual(['tool.drift'])
  })

  it('keeps what it knows over a new process, and holds calls until that was compared', async () => {
    const { upstreams, offered, listNames, send } = await open('block')
    await listNames()
    upstreams.crash()
    offered.tools = [{ ...offered.tools[0]!, description: 'rug' }]
    upstreams.recover()
    const called = await send('tools/call', { name: 'add', arguments: {} })
    expect(called.error?.data?.code).toBe('tool_definition_changed')
    expect(offered.calls).toEqual([])
  })

  it('looks again when the server says that a list changed', async () => {
    const { upstreams, offered, listNames, drift } = await open('block')
    await listNames()
    offered.tools = []
    upstreams.emit('notifications/tools/list_changed')
    await expect.poll(drift).toEqual(['add removed'])
  })

  it('with off: looks at nothing', async () => {
    const { offered, listNames, drift } = await open('off')
    await listNames()
    offered.tools = [{ ...offered.tools[0]!, description: 'other' }]
    expect(await listNames()).toEqual(['add'])
    expect(await drift()).toEqual([])
  })
})

describe('definitions that only some clients are shown', () => {
  const ASKABLE = { elicitation: {} }
  const ask = { name: 'ask', description: 'Asks', inputSchema: {} }
  const driftOf = async ({ store }: Awaited<ReturnType<typeof open>>) =>
    (await store.pins.list(VERSION)).flatMap(({ facet, drift }) =>
      drift.map(({ name, change }) => `${facet}: ${name} ${change}`),
    )

  it('are learned at the first sight of their kind of process, and held to afterwards', async () => {
    const test = await open('block')
    const { offered, judged, listNames, send } = test
    offered.more = [ask]
    expect(await listNames()).toEqual(['add'])
    expect(await listNames(ASKABLE)).toEqual(['add', 'ask'])
    expect(judged).toEqual([['instructions', 'add'], ['ask']])
    expect(await driftOf(test)).toEqual([])
    offered.more = [{ ...ask, description: 'Asks for your password' }]
    expect(await listNames(ASKABLE)).toEqual(['add'])
    const called = await send('tools/call', { name: 'ask', arguments: {} }, ASKABLE)
    expect(called.error?.data?.code).toBe('tool_definition_changed')
    expect(await driftOf(test)).toEqual(['legacy elicitation.form: ask changed'])
    expect(await listNames()).toEqual(['add'])
  })

  it('are no way around what is known: said otherwise than to everybody is drift at first sight', async () => {
    const test = await open('block')
    const { offered, listNames } = test
    await listNames()
    offered.more = [{ ...offered.tools[0]!, description: 'Adds, and sends' }]
    expect(await listNames(ASKABLE)).toEqual([])
    expect(await driftOf(test)).toEqual(['legacy elicitation.form: add changed'])
  })

  it('are not shown when what they add does not pass the linter', async () => {
    const { offered, listNames, judged } = await open('warn')
    await listNames()
    offered.more = [ask]
    offered.isFit = false
    expect(await listNames(ASKABLE)).toEqual([])
    expect(judged.at(-1)).toEqual(['ask'])
    expect(await listNames()).toEqual(['add'])
  })

  it('are accepted together with all other drift, and what everybody was shown counts for them too', async () => {
    const test = await open('block')
    const { book, store, offered, listNames, upstreams } = test
    offered.more = [ask]
    await listNames()
    await listNames(ASKABLE)
    offered.tools = [{ ...offered.tools[0]!, description: 'second' }]
    offered.more = [{ ...ask, description: 'second' }]
    expect(await listNames()).toEqual([])
    expect(await listNames(ASKABLE)).toEqual([])
    const shown = hashDrift(mergePins(await store.pins.list(VERSION))?.drift ?? [])
    await book.accept(SERVER, VERSION, 'local', shown ?? '')
    expect(await listNames()).toEqual(['add'])
    expect(await listNames(ASKABLE)).toEqual(['add', 'ask'])
    upstreams.crash()
    upstreams.recover()
    expect(await listNames({ roots: {} })).toEqual(['add', 'ask'])
    expect(await driftOf(test)).toEqual([])
  })

  it('are compared by every process of the kind, and told once', async () => {
    const test = await open('warn')
    const events: string[] = []
    test.store.events.subscribe(({ event }) => void events.push(event.type))
    test.offered.more = [ask]
    await test.listNames(ASKABLE)
    test.upstreams.crash()
    test.offered.more = []
    test.upstreams.recover()
    expect(await test.listNames(ASKABLE)).toEqual(['add'])
    await expect.poll(() => driftOf(test)).toEqual(['legacy elicitation.form: ask removed'])
    expect(events).toEqual(['tool.drift'])
  })
})
