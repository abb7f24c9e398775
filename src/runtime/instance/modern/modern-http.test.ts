/** The same over HTTP: no session, no stream beside the answers, and headers that mirror each request. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { afterEach, expect, it, vi } from 'vitest'
import type { JsonObject } from '../../../domain/json.ts'
import { systemClock } from '../../../system/clock.ts'
import { createHttpConnection } from '../http/http-connection.ts'
import { startDiscovery } from './discover.ts'
import { createModernConnection } from './modern-connection.ts'

let server: Server | null = null
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

type Asked = {
  readonly message: JsonObject
  readonly headers: IncomingMessage['headers']
  readonly res: ServerResponse
}

async function open(answer: (asked: Asked) => void) {
  const asked: Asked[] = []
  const others: (string | undefined)[] = []
  server = createServer((req, res) => {
    if (req.method !== 'POST') {
      others.push(req.method)
      res.writeHead(405).end()
      return
    }
    const parts: string[] = []
    req.on('data', (chunk) => parts.push(String(chunk)))
    req.on('end', () => {
      const one = { message: JSON.parse(parts.join('')) as JsonObject, headers: req.headers, res }
      asked.push(one)
      answer(one)
    })
  })
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const base = createHttpConnection({
    server: 'weather',
    daemonGeneration: 1,
    endpoint: {
      port,
      path: '/mcp',
      healthPath: null,
      open: async () => connect(port, '127.0.0.1'),
      readSession: async () => null,
      writeSession: () => {},
    },
    initializeParams: {},
    protocolVersion: null,
    clock: systemClock,
    redactor: null,
    onNoise: () => {},
    onDefect: (error) => {
      throw error
    },
  })
  return { base, asked, others }
}

const say = ({ res, message }: Asked, result: JsonObject) =>
  res
    .writeHead(200, { 'content-type': 'application/json' })
    .end(JSON.stringify({ jsonrpc: '2.0', id: message['id'], result }))

it('R20, R29: discover begins, and each request has its headers, those of its caller included', async () => {
  const { base, asked, others } = await open((one) =>
    say(one, { supportedVersions: ['2026-07-28'], capabilities: { tools: {} } }),
  )
  const ready = await new Promise((resolve) => {
    startDiscovery(base, '1', { onReady: resolve, onRefused: resolve })
  })
  expect(ready).toMatchObject({ era: 'modern', protocolVersion: '2026-07-28' })
  const connection = createModernConnection(base, {
    capabilities: {},
    platformVersion: '1',
    clock: systemClock,
    pings: false,
  })
  await new Promise((resolve) => {
    const headers = { 'mcp-param-region': 'eu' }
    connection.request('tools/call', { name: 'größe' }, { onResponse: resolve, onLost: resolve, headers })
  })
  expect(asked.map(({ headers }) => headers)).toMatchObject([
    { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'server/discover' },
    {
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': '=?base64?Z3LDtsOfZQ==?=',
      'mcp-param-region': 'eu',
    },
  ])
  expect(asked.map(({ headers }) => headers['mcp-session-id'])).toEqual([undefined, undefined])
  expect(others).toEqual([])
})

it('R63: who cancels ends the stream, and says nothing else', async () => {
  let closed = false
  const { base, asked } = await open(({ res }) => {
    res.on('close', () => (closed = true))
    res.writeHead(200, { 'content-type': 'text/event-stream' }).write(': here\n\n')
  })
  base.turnModern()
  const call = base.request('tools/call', { name: 'x' }, { onResponse: () => {}, onLost: () => {} })
  await vi.waitFor(() => expect(asked).toHaveLength(1))
  call.cancel('stop')
  await vi.waitFor(() => expect(closed).toBe(true))
  expect(asked).toHaveLength(1)
})

it('R82: a subscription is a stream of its own', async () => {
  const { base, asked } = await open(({ res, message }) => {
    const tag = { _meta: { 'io.modelcontextprotocol/subscriptionId': message['id'] ?? null } }
    const event = (method: string, params: JsonObject) =>
      `data: ${JSON.stringify({ jsonrpc: '2.0', method, params: { ...params, ...tag } })}\n\n`
    res.writeHead(200, { 'content-type': 'text/event-stream' })
    res.write(
      event('notifications/subscriptions/acknowledged', { notifications: { toolsListChanged: true } }),
    )
    res.write(event('notifications/tools/list_changed', {}))
  })
  base.turnModern()
  const told: string[] = []
  const connection = createModernConnection(base, {
    capabilities: { tools: { listChanged: true } },
    platformVersion: '1',
    clock: systemClock,
    pings: false,
  })
  connection.onNotification((method) => void told.push(method))
  await vi.waitFor(() => expect(told).toEqual(['notifications/tools/list_changed']))
  expect(asked.map(({ message }) => message['method'])).toEqual(['subscriptions/listen'])
  expect(base.vitals().inFlight).toBe(0)
})

it('R90: log messages on a request’s stream are its own, and of no other that runs', async () => {
  const { base, asked } = await open(({ res, message }) => {
    const name = (message['params'] as JsonObject)['name'] as string
    const log = { jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: name } }
    res.writeHead(200, { 'content-type': 'text/event-stream' }).write(`data: ${JSON.stringify(log)}\n\n`)
  })
  base.turnModern()
  const told: unknown[] = []
  base.onNotification((method) => void told.push(method))
  const logs: string[] = []
  const call = (name: string, hears: boolean) =>
    base.request(
      'tools/call',
      { name },
      {
        onResponse: () => {},
        onLost: () => {},
        ...(hears
          ? { onLog: ({ data }: JsonObject) => void logs.push(`${name} heard ${data as string}`) }
          : {}),
      },
    )
  call('a', true)
  call('b', true)
  call('c', false)
  await vi.waitFor(() => expect(logs.toSorted()).toEqual(['a heard a', 'b heard b']))
  await vi.waitFor(() => expect(asked).toHaveLength(3))
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(told).toEqual([])
})
