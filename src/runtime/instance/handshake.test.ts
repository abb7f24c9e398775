import { describe, expect, it } from 'vitest'
import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import type { JsonObject } from '../../domain/json.ts'
import { createConnection, type CallHandlers, type Connection } from './connection.ts'
import { parseInitializeResult, startHandshake } from './handshake.ts'

function shake(answer: JsonObject) {
  const log: unknown[] = []
  const connection = {
    request(method: string, params: JsonObject | undefined, handlers: CallHandlers) {
      log.push(['request', method, params])
      handlers.onResponse({ jsonrpc: '2.0', id: 1, ...answer })
      return { cancel() {} }
    },
    notify: (method: string) => log.push(['notify', method]),
  } as unknown as Connection
  startHandshake(
    connection,
    { platformVersion: '1.2.3', capabilities: '' },
    {
      onReady: (initialized) => log.push(['ready', initialized.protocolVersion]),
      onRefused: (detail) => log.push(['refused', detail]),
    },
  )
  return log
}

const RESULT = { protocolVersion: '2025-06-18', capabilities: {}, serverInfo: { name: 'a', version: '1' } }

describe('startHandshake', () => {
  it('declares no capability, and says initialized before anybody may call', () => {
    expect(shake({ result: RESULT })).toEqual([
      [
        'request',
        'initialize',
        {
          protocolVersion: '2025-11-25',
          capabilities: {},
          clientInfo: { name: 'haivemind', version: '1.2.3' },
        },
      ],
      ['notify', 'notifications/initialized'],
      ['ready', '2025-06-18'],
    ])
  })

  it.each([
    [
      { error: { code: -32022, message: 'no', data: { supported: ['2026-07-28'] } } },
      'It speaks only MCP 2026-07-28, without initialize; this platform speaks 2024-11-05, 2025-03-26, 2025-06-18, 2025-11-25 and 2026-07-28.',
    ],
    [
      { error: { code: -32601, message: 'Method not found' } },
      'It knows no initialize (error -32601); this platform speaks 2024-11-05, 2025-03-26, 2025-06-18, 2025-11-25 and 2026-07-28.',
    ],
    [
      { error: { code: -32000, message: 'API_KEY is not set' } },
      'It refused initialize with error -32000: API_KEY is not set.',
    ],
    [
      { result: { ...RESULT, protocolVersion: '2030-01-01' } },
      'It speaks MCP "2030-01-01"; this platform speaks 2024-11-05, 2025-03-26, 2025-06-18, 2025-11-25 to hosted servers.',
    ],
  ])('tells why a server is refused', (answer: JsonObject, detail) => {
    expect(shake(answer).slice(1)).toEqual([['refused', detail]])
  })
})

describe('parseInitializeResult', () => {
  it('keeps members it does not know', () => {
    const result = { ...RESULT, instructions: 'be kind', serverInfo: { name: 'a', version: '1', title: 'A' } }
    expect(parseInitializeResult(result)).toEqual({
      era: 'legacy',
      result,
      protocolVersion: '2025-06-18',
      serverInfo: { name: 'a', version: '1' },
    })
  })

  it.each([
    [null],
    [[]],
    ['text'],
    [{}],
    [{ ...RESULT, capabilities: 1 }],
    [{ ...RESULT, serverInfo: undefined }],
  ])('names what is wrong with %j', (result) => {
    expect(parseInitializeResult(result)).toMatch(/^Its answer to initialize is malformed: /)
  })
})

describe('on the wire', () => {
  it('R132: a server may say something before it answers', async () => {
    const stdin = new PassThrough()
    const stdout = new PassThrough()
    const log: unknown[] = []
    const connection = createConnection({
      server: 'early',
      daemonGeneration: 1,
      stdin,
      stdout,
      adopted: false,
      redactor: null,
      onNoise: (line) => log.push(['noise', line]),
      onBroken: (detail) => log.push(['broken', detail]),
      onDefect: (error) => log.push(['defect', error]),
    })
    const ready = new Promise((resolve) => {
      startHandshake(
        connection,
        { platformVersion: '1.2.3', capabilities: '' },
        {
          onReady: resolve,
          onRefused: (detail) => log.push(['refused', detail]),
        },
      )
    })
    const say = (message: JsonObject) => stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
    say({ method: 'notifications/tools/list_changed' })
    say({ method: 'notifications/message', params: { level: 'info', data: 'starting' } })
    const [asked] = (await once(stdin, 'data')) as [Buffer]
    say({ id: (JSON.parse(asked.toString()) as { readonly id: number }).id, result: RESULT })
    expect(await ready).toMatchObject({ protocolVersion: '2025-06-18' })
    expect(log).toEqual([])
  })
})
