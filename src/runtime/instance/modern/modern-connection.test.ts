import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { createFakeClock } from '../../../../test/fakes/clock.ts'
import { AppError } from '../../../domain/error.ts'
import type { JsonObject } from '../../../domain/json.ts'
import { createConnection } from '../connection.ts'
import { createModernConnection } from './modern-connection.ts'

const BASE = 3 * 2 ** 32
const META = 'io.modelcontextprotocol'

function open(capabilities: JsonObject = {}) {
  const stdin = new PassThrough()
  const stdout = new PassThrough()
  const noise: string[] = []
  const clock = createFakeClock()
  const base = createConnection({
    server: 'alpha',
    daemonGeneration: 3,
    stdin,
    stdout,
    adopted: false,
    redactor: null,
    onNoise: (line) => noise.push(line),
    onBroken: () => {},
    onDefect: (error) => {
      throw error
    },
  })
  const connection = createModernConnection(base, { capabilities, platformVersion: '1', clock, pings: false })
  const told: unknown[] = []
  connection.onNotification((method, params) => void told.push([method, params]))
  const turn = async () => {
    for (let n = 0; n < 5; n++) await new Promise((resolve) => setImmediate(resolve))
  }
  return {
    base,
    connection,
    clock,
    noise,
    told,
    sent: async (): Promise<JsonObject[]> => {
      await turn()
      const text = (stdin.read() as Buffer | null)?.toString('utf8') ?? ''
      return text
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as JsonObject)
    },
    say: async (...messages: readonly JsonObject[]): Promise<void> => {
      for (const message of messages) stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
      await turn()
    },
    call: (method: string, params?: JsonObject) =>
      new Promise<JsonObject | string>((resolve) => {
        connection.request(method, params, { onResponse: resolve, onLost: ({ code }) => resolve(code) })
      }),
  }
}

/** A notification of the subscription that was opened by the request with this number. */
const tagged = (number: number, method: string, params: JsonObject = {}): JsonObject => ({
  method,
  params: { ...params, _meta: { [`${META}/subscriptionId`]: BASE + number } },
})
const acknowledge = (number: number, notifications: JsonObject) =>
  tagged(number, 'notifications/subscriptions/acknowledged', { notifications })

describe('requests', () => {
  it('R30: have an envelope; one that has its own keeps it', async () => {
    const { sent, call } = open()
    void call('tools/list')
    const own = { [`${META}/protocolVersion`]: '2026-07-28', [`${META}/clientCapabilities`]: { roots: {} } }
    void call('tools/call', { name: 'x', _meta: own })
    expect((await sent()).map(({ params }) => params)).toEqual([
      {
        _meta: {
          [`${META}/protocolVersion`]: '2026-07-28',
          [`${META}/clientCapabilities`]: {},
          [`${META}/clientInfo`]: { name: 'haivemind', version: '1' },
        },
      },
      { name: 'x', _meta: own },
    ])
  })

  it('R41: ask for discover in the place of a ping, and set no log level', async () => {
    const { sent, call } = open()
    void call('ping')
    expect((await sent()).map(({ method }) => method)).toEqual(['server/discover'])
    expect(await call('logging/setLevel', { level: 'info' })).toEqual({ result: {} })
    expect(await sent()).toEqual([])
  })
})

it('R134: nothing that the server asks is answered', async () => {
  const { sent, say, noise } = open()
  await say({ id: 7, method: 'ping' }, { id: 8, method: 'roots/list' })
  expect(await sent()).toEqual([])
  expect(noise).toHaveLength(2)
})

describe('subscriptions', () => {
  const LISTENS = { tools: { listChanged: true }, prompts: {}, resources: { subscribe: true } }

  it('R80, R82: one is held for all that the server announces, and its tag goes no further', async () => {
    const { sent, say, told, base } = open(LISTENS)
    expect(await sent()).toMatchObject([
      { id: BASE + 1, method: 'subscriptions/listen', params: { notifications: { toolsListChanged: true } } },
    ])
    await say(
      tagged(1, 'notifications/tools/list_changed'),
      acknowledge(1, { toolsListChanged: true }),
      tagged(1, 'notifications/tools/list_changed'),
      tagged(9, 'notifications/tools/list_changed'),
    )
    expect(told).toEqual([['notifications/tools/list_changed', {}]])
    expect(base.vitals()).toEqual({ responses: 0, inFlight: 0, abandoned: 0 })
  })

  it('is none where the server announces nothing', async () => {
    expect(await open({ tools: {} }).sent()).toEqual([])
  })

  it('R81: a new one takes the place of the old one once it is acknowledged', async () => {
    const { sent, say, told, call } = open(LISTENS)
    await sent()
    await say(acknowledge(1, { toolsListChanged: true }))
    const first = call('resources/subscribe', { uri: 'a:1' })
    const second = call('resources/subscribe', { uri: 'a:2' })
    expect(await sent()).toMatchObject([
      { id: BASE + 2, params: { notifications: { resourceSubscriptions: ['a:1'] } } },
    ])
    await say(tagged(1, 'notifications/tools/list_changed'))
    expect(told).toHaveLength(1)
    await say(acknowledge(2, { toolsListChanged: true, resourceSubscriptions: ['a:1'] }))
    expect(await sent()).toMatchObject([
      { method: 'notifications/cancelled', params: { requestId: BASE + 1 } },
      { id: BASE + 3, params: { notifications: { resourceSubscriptions: ['a:1', 'a:2'] } } },
    ])
    await say(
      tagged(1, 'notifications/tools/list_changed'),
      tagged(2, 'notifications/resources/updated', { uri: 'a:1' }),
      acknowledge(3, { toolsListChanged: true, resourceSubscriptions: ['a:1'] }),
    )
    expect(told.slice(1)).toEqual([['notifications/resources/updated', { uri: 'a:1' }]])
    expect(await first).toEqual({ result: {} })
    expect(await second).toMatchObject({ error: { code: -32602, data: { uri: 'a:2' } } })
    await sent()
    expect(await call('resources/unsubscribe', { uri: 'a:1' })).toEqual({ result: {} })
  })

  it('R84: one that the server ends is opened again; one that it refuses is not', async () => {
    const { sent, say, clock } = open(LISTENS)
    await sent()
    await say(acknowledge(1, { toolsListChanged: true }), {
      id: BASE + 1,
      result: { resultType: 'complete' },
    })
    expect(await sent()).toEqual([])
    clock.advance(1000)
    expect(await sent()).toMatchObject([{ id: BASE + 2, method: 'subscriptions/listen' }])
    await say({ id: BASE + 2, error: { code: -32601, message: 'Method not found' } })
    clock.advance(60_000)
    expect(await sent()).toEqual([])
  })

  it('R64: the server may also cancel it', async () => {
    const { sent, say, clock } = open(LISTENS)
    await sent()
    await say(acknowledge(1, {}), { method: 'notifications/cancelled', params: { requestId: BASE + 1 } })
    await sent()
    clock.advance(1000)
    expect(await sent()).toMatchObject([{ id: BASE + 2, method: 'subscriptions/listen' }])
  })

  it('R135: who waits for one is told when the process ends', async () => {
    const { base, call } = open(LISTENS)
    const waiting = call('resources/subscribe', { uri: 'a:1' })
    base.close(new AppError('server_stopped_answering', 'gone'))
    expect(await waiting).toBe('server_stopped_answering')
  })
})
