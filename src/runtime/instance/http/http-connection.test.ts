import { createServer, type Server } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { createFakeClock } from '../../../../test/fakes/clock.ts'
import { AppError } from '../../../domain/error.ts'
import type { JsonObject } from '../../../domain/json.ts'
import type { HttpEndpoint } from '../../ports.ts'
import { createHttpConnection } from './http-connection.ts'

let server: Server | null = null
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

type Answer = { readonly status?: number; readonly type?: string; readonly body: string }
type Asked = { readonly message: JsonObject; readonly session: string | undefined }

/** A server that answers each POST as `answer` says; GET has no stream. */
async function open(answer: (asked: Asked) => Answer, way?: HttpEndpoint['open']) {
  const asked: Asked[] = []
  server = createServer((request, response) => {
    const parts: string[] = []
    request.on('data', (chunk) => parts.push(String(chunk)))
    request.on('end', () => {
      if (request.method !== 'POST') {
        response.writeHead(405).end()
        return
      }
      const session = request.headers['mcp-session-id'] as string | undefined
      const one = { message: JSON.parse(parts.join('')) as JsonObject, session }
      asked.push(one)
      const { status = 200, type = 'application/json', body } = answer(one)
      const fresh = one.message['method'] === 'initialize' ? { 'mcp-session-id': `s${asked.length}` } : {}
      response.writeHead(status, { 'content-type': type, ...fresh }).end(body)
    })
  })
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const kept: (string | null)[] = []
  const clock = createFakeClock()
  const connection = createHttpConnection({
    server: 'weather',
    daemonGeneration: 1,
    endpoint: {
      port,
      path: '/mcp',
      healthPath: null,
      open: way ?? (async () => connect(port, '127.0.0.1')),
      readSession: async () => 'old',
      writeSession: (id) => void kept.push(id),
    },
    initializeParams: { protocolVersion: '2025-11-25', capabilities: {} },
    protocolVersion: '2025-11-25',
    clock,
    redactor: {
      text: (text: string) => text.replaceAll('hush', '***'),
      json: (value: unknown) => JSON.parse(JSON.stringify(value).replaceAll('hush', '***')),
    } as never,
    onNoise: () => {},
    onDefect: (error) => {
      throw error
    },
  })
  const call = (method: string) =>
    new Promise<JsonObject | string>((resolve) => {
      connection.request(method, undefined, { onResponse: resolve, onLost: ({ code }) => resolve(code) })
    })
  return { connection, asked, kept, call, clock }
}

const result = (id: unknown, value: unknown) => JSON.stringify({ jsonrpc: '2.0', id, result: value })

it('goes on with the session that an earlier daemon kept', async () => {
  const { asked, call } = await open(({ message }) => ({ body: result(message['id'], { ok: true }) }))
  expect(await call('tools/list')).toMatchObject({ result: { ok: true } })
  expect(asked.map(({ session }) => session)).toEqual(['old'])
})

it('opens a lost session once, and sends again what had met it, whether it is told by 404 or by 400', async () => {
  for (const [status, body] of [
    [404, ''],
    [400, '{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"No valid session id"}}'],
  ] as const) {
    const { asked, kept, call } = await open(({ message, session }) => {
      if (message['method'] === 'initialize')
        return { body: result(message['id'], { protocolVersion: '2025-06-18' }) }
      if (session === 'old') return { status, body }
      return { body: message['id'] === undefined ? '' : result(message['id'], {}) }
    })
    const answers = await Promise.all(['a', 'b', 'c'].map(call))
    expect(answers.map((answer) => typeof answer === 'object' && 'result' in answer)).toEqual([
      true,
      true,
      true,
    ])
    expect(asked.filter(({ message }) => message['method'] === 'initialize')).toHaveLength(1)
    expect(kept).toHaveLength(1)
    server?.closeAllConnections()
    server?.close()
  }
})

it('brings what the server asks beside an answer to whoever listens, and the answer back', async () => {
  const question = { jsonrpc: '2.0', id: 'q', method: 'elicitation/create', params: { message: 'hush' } }
  const { connection, asked, call } = await open(({ message }) => {
    if (message['method'] !== 'tools/call') return { status: 202, body: '' }
    return {
      type: 'text/event-stream',
      body: `data: ${JSON.stringify(question)}\n\ndata: ${result(message['id'], {})}\n\n`,
    }
  })
  connection.onRequest((push) => {
    push.respond({ action: 'accept', content: push.params ?? {} })
    return true
  })
  await call('tools/call')
  const answers = () => asked.map(({ message }) => message).filter(({ id }) => id === 'q')
  await expect
    .poll(answers)
    .toEqual([{ jsonrpc: '2.0', id: 'q', result: { action: 'accept', content: { message: '***' } } }])
})

it('masks secrets in answers, in errors and in what comes beside them', async () => {
  const { connection, call } = await open(({ message }) => {
    const beside = { jsonrpc: '2.0', method: 'notifications/message', params: { data: 'hush' } }
    if (message['method'] === 'fails') return { status: 500, type: 'text/plain', body: 'hush' }
    return {
      type: 'text/event-stream',
      body: `data: ${JSON.stringify(beside)}\n\ndata: ${result(message['id'], 'hush')}\n\n`,
    }
  })
  const told: unknown[] = []
  connection.onNotification((_method, params) => void told.push(params))
  expect(await call('works')).toMatchObject({ result: '***' })
  expect(told).toEqual([{ data: '***' }])
  expect(await call('fails')).toMatchObject({
    error: { code: -32603, message: 'The server answered HTTP 500: ***' },
  })
})

it('takes an answer that is none as an error for a caller, and as no sign of life', async () => {
  const { connection, call } = await open(() => ({ type: 'text/html', body: '<html>' }))
  expect(await call('tools/list')).toMatchObject({
    error: { message: 'The server answered something else than JSON: <html>' },
  })
  expect(await call('ping')).toBe('server_stopped_answering')
  expect(connection.vitals()).toEqual({ responses: 0, inFlight: 0, abandoned: 0 })
})

it('tells everything that waits when it is closed, and refuses what comes later', async () => {
  const { connection, call } = await open(() => ({ type: 'text/event-stream', body: ': nothing yet\n\n' }))
  const waiting = call('tools/list')
  connection.close(new AppError('server_stopped_answering', 'gone'))
  expect(await waiting).toBe('server_stopped_answering')
  expect(() => connection.request('x', undefined, { onResponse: () => {}, onLost: () => {} })).toThrow('gone')
})

it('leaves the word to the end of a server whose sandbox is gone before it answered', async () => {
  let tries = 0
  const { call, clock } = await open(
    () => ({ body: '' }),
    async () => {
      tries++
      throw Object.assign(new Error('its sandbox has ended'), { code: 'ESRCH' })
    },
  )
  const answer = call('initialize')
  await expect.poll(() => tries).toBeGreaterThan(0)
  // The end comes within two seconds; until then nothing is told, and then no answer of the server is made up.
  const before = await Promise.race([
    answer,
    new Promise((resolve) => setImmediate(() => resolve('nothing'))),
  ])
  expect(before).toBe('nothing')
  await expect
    .poll(async () => {
      clock.advance(2000)
      return Promise.race([answer, new Promise((resolve) => setImmediate(() => resolve('nothing')))])
    })
    .toBe('server_stopped_answering')
})
