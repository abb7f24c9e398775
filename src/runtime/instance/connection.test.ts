import { PassThrough, Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../domain/error.ts'
import type { JsonObject } from '../../domain/json.ts'
import { buildRedactor, type Redactor } from '../../domain/redaction.ts'
import { Secret } from '../../domain/secret.ts'
import { createConnection, MAX_IN_FLIGHT, type CallHandlers } from './connection.ts'

const BASE = 3 * 2 ** 32

function open(
  options: {
    adopted?: boolean
    awaited?: boolean
    highWaterMark?: number
    stdin?: Writable
    redactor?: Redactor | null
  } = {},
) {
  const readable = new PassThrough({ highWaterMark: options.highWaterMark ?? 16_384 })
  const stdin = options.stdin ?? readable
  const stdout = new PassThrough()
  const noise: string[] = []
  const broken: string[] = []
  const defects: unknown[] = []
  const connection = createConnection({
    server: 'alpha',
    daemonGeneration: 3,
    stdin,
    stdout,
    adopted: options.adopted ?? false,
    awaited: options.awaited ?? false,
    redactor: options.redactor ?? null,
    onNoise: (line) => noise.push(line),
    onBroken: (detail) => broken.push(detail),
    onDefect: (error) => defects.push(error),
  })
  return {
    connection,
    stdin: readable,
    stdout,
    noise,
    broken,
    defects,
    async sent(): Promise<JsonObject[]> {
      await turn()
      const text = (readable.read() as Buffer | null)?.toString('utf8') ?? ''
      return text
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as JsonObject)
    },
    async say(...lines: readonly (JsonObject | string)[]): Promise<void> {
      for (const line of lines) stdout.write(`${typeof line === 'string' ? line : JSON.stringify(line)}\n`)
      await turn()
    },
  }
}

async function turn(): Promise<void> {
  for (let n = 0; n < 5; n++) await new Promise((resolve) => setImmediate(resolve))
}

function record() {
  const answers: JsonObject[] = []
  const lost: AppError[] = []
  const handlers: CallHandlers = {
    onResponse: (message) => answers.push(message),
    onLost: (error) => lost.push(error),
  }
  return { answers, lost, handlers }
}

describe('secrets', () => {
  it('are masked in whatever the server says, and no frame is touched', async () => {
    const line = open({ redactor: buildRedactor([{ name: 'KEY', value: new Secret('s3cr3t-value') }]) })
    const call = record()
    const progress: JsonObject[] = []
    const told: unknown[] = []
    line.connection.onNotification((method, params) => told.push([method, params]))
    line.connection.request('tools/call', undefined, {
      ...call.handlers,
      onProgress: (params) => progress.push(params),
    })
    await line.say(
      { jsonrpc: '2.0', method: 'notifications/message', params: { data: 's3cr3t-value' } },
      {
        jsonrpc: '2.0',
        method: 'notifications/progress',
        params: { progressToken: BASE + 1, message: 's3cr3t-value' },
      },
      {
        jsonrpc: '2.0',
        id: BASE + 1,
        result: { content: [{ type: 'text', text: `${btoa('x s3cr3t-value x')} %s3cr3t-value%` }] },
      },
      'noise s3cr3t-value',
    )
    const all = JSON.stringify([call.answers, progress, told])
    expect(all).not.toContain('s3cr3t-value')
    expect(all.match(/\[secret:KEY\]/g)).toHaveLength(4)
    expect(call.answers[0]?.['id']).toBe(BASE + 1)
    expect(progress).toEqual([{ progressToken: BASE + 1, message: '[secret:KEY]' }])
    // Lines that are no messages are masked as log lines, by who stores them.
    expect(line.noise).toEqual(['noise s3cr3t-value'])
  })
})

describe('requests', () => {
  it('get ids of the daemon’s generation, and their answers in any order', async () => {
    const line = open()
    const first = record()
    const second = record()
    line.connection.request('tools/list', undefined, first.handlers)
    line.connection.request('tools/call', { name: 'x' }, second.handlers)
    expect(await line.sent()).toEqual([
      { jsonrpc: '2.0', id: BASE + 1, method: 'tools/list' },
      { jsonrpc: '2.0', id: BASE + 2, method: 'tools/call', params: { name: 'x' } },
    ])
    await line.say(
      { jsonrpc: '2.0', id: BASE + 2, result: { b: 2 } },
      { jsonrpc: '2.0', id: BASE + 1, result: { a: 1 } },
    )
    expect(first.answers).toEqual([{ jsonrpc: '2.0', id: BASE + 1, result: { a: 1 } }])
    expect(second.answers).toEqual([{ jsonrpc: '2.0', id: BASE + 2, result: { b: 2 } }])
  })

  it('leave in one write a turn', async () => {
    const line = open()
    const writes: number[] = []
    line.stdin.on('data', (chunk: Buffer) => writes.push(chunk.length))
    for (let n = 0; n < 10; n++) line.connection.request('ping', undefined, record().handlers)
    await turn()
    expect(writes).toHaveLength(1)
  })

  it('are answered once: second answers, unknown ids and those of an earlier daemon go nowhere', async () => {
    const line = open()
    const call = record()
    line.connection.request('ping', undefined, call.handlers)
    const answer = { jsonrpc: '2.0', id: BASE + 1, result: {} }
    await line.say(
      { ...answer, id: 2 * 2 ** 32 + 1 },
      { ...answer, id: 1 },
      { ...answer, id: 'x' },
      answer,
      answer,
    )
    expect(call.answers).toEqual([answer])
    expect(line.connection.vitals()).toEqual({ responses: 5, inFlight: 0, abandoned: 0 })
  })

  it('hear of an answer that is none', async () => {
    const line = open()
    const call = record()
    line.connection.request('ping', undefined, call.handlers)
    await line.say({ jsonrpc: '2.0', id: BASE + 1 })
    expect(call.answers[0]?.['error']).toEqual({
      code: -32603,
      message: 'The server answered without a result',
    })
  })

  it('can be cancelled once; the late answer is dropped', async () => {
    const line = open()
    const call = record()
    const sent = line.connection.request('tools/call', undefined, call.handlers)
    sent.cancel('deadline')
    sent.cancel('again')
    await line.say({ jsonrpc: '2.0', id: BASE + 1, result: {} })
    expect(call.answers).toEqual([])
    expect((await line.sent()).slice(1)).toEqual([
      {
        jsonrpc: '2.0',
        method: 'notifications/cancelled',
        params: { requestId: BASE + 1, reason: 'deadline' },
      },
    ])
  })

  it('count as abandoned until the server answers anything', async () => {
    const line = open()
    for (let n = 0; n < 2; n++)
      line.connection.request('ping', undefined, record().handlers).cancel('deadline')
    line.connection.request('ping', undefined, record().handlers)
    expect(line.connection.vitals()).toEqual({ responses: 0, inFlight: 1, abandoned: 2 })
    await line.say({ jsonrpc: '2.0', id: BASE + 3, result: {} })
    expect(line.connection.vitals()).toEqual({ responses: 1, inFlight: 0, abandoned: 0 })
  })

  it('wait while the server does not read, and leave together when it does', async () => {
    const written: string[] = []
    let goOn = () => {}
    const stdin = new Writable({
      highWaterMark: 1,
      write(chunk: Buffer, _encoding, done) {
        written.push(chunk.toString())
        goOn = done
      },
    })
    const line = open({ stdin })
    for (const method of ['first', 'second', 'third']) {
      line.connection.request(method, undefined, record().handlers)
      await turn()
    }
    expect(written.map((text) => text.split('\n').length - 1)).toEqual([1])
    goOn()
    await turn()
    expect(written.map((text) => text.split('\n').length - 1)).toEqual([1, 2])
  })

  it('are refused beyond 256 in flight, and taken again after an answer', async () => {
    const line = open()
    for (let n = 0; n < MAX_IN_FLIGHT; n++) line.connection.request('ping', undefined, record().handlers)
    expect(() => line.connection.request('ping', undefined, record().handlers)).toThrow('alpha has 256 calls')
    await line.say({ jsonrpc: '2.0', id: BASE + 1, result: {} })
    expect(line.connection.vitals().inFlight).toBe(255)
    line.connection.request('ping', undefined, record().handlers)
  })

  it('R131: are refused while 1 MiB is unread, and flow again after drain', async () => {
    const line = open({ highWaterMark: 1024 })
    const big = { text: 'x'.repeat(1_200_000) }
    line.connection.request('tools/call', big, record().handlers)
    await turn()
    expect(() => line.connection.request('ping', undefined, record().handlers)).toThrow('does not read')
    line.stdin.resume()
    await turn()
    line.connection.request('ping', undefined, record().handlers)
    expect(line.connection.vitals().inFlight).toBe(2)
  })

  it('are all lost when the connection closes, and refused with the same error after', () => {
    const line = open()
    const calls = [record(), record()]
    for (const call of calls) line.connection.request('ping', undefined, call.handlers)
    const closed: AppError[] = []
    line.connection.onClosed((error) => closed.push(error))
    const error = new AppError('server_stopped_answering', 'gone')
    line.connection.close(error)
    line.connection.close(new AppError('internal', 'twice'))
    expect(calls.map((call) => call.lost)).toEqual([[error], [error]])
    expect(closed).toEqual([error])
    expect(() => line.connection.request('ping', undefined, record().handlers)).toThrow(error)
  })
})

describe('progress', () => {
  it('goes to its call and no other, under a token of the connection', async () => {
    const line = open()
    const heard: JsonObject[] = []
    const others: string[] = []
    line.connection.onNotification((method) => others.push(method))
    const handlers = { ...record().handlers, onProgress: (params: JsonObject) => heard.push(params) }
    line.connection.request('tools/call', { name: 'x', _meta: { progressToken: 'mine', trace: 1 } }, handlers)
    expect((await line.sent())[0]?.['params']).toEqual({
      name: 'x',
      _meta: { progressToken: BASE + 1, trace: 1 },
    })
    await line.say(
      { jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: BASE + 1, progress: 1 } },
      { jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: BASE + 9, progress: 2 } },
      { jsonrpc: '2.0', method: 'notifications/progress' },
    )
    expect(heard).toEqual([{ progressToken: BASE + 1, progress: 1 }])
    expect(others).toEqual(['notifications/progress'])
  })

  it('takes a token out that nobody would hear', async () => {
    const line = open()
    line.connection.request('tools/call', { _meta: { progressToken: 7, trace: 1 } }, record().handlers)
    expect((await line.sent())[0]?.['params']).toEqual({ _meta: { trace: 1 } })
  })
})

describe('what a server says unasked', () => {
  it('reaches every listener until it unsubscribes', async () => {
    const line = open()
    const heard: unknown[] = []
    const stop = line.connection.onNotification((method, params) => heard.push([method, params]))
    await line.say({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' })
    stop()
    await line.say({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' })
    expect(heard).toEqual([['notifications/tools/list_changed', undefined]])
  })

  it('is answered when it asks for something', async () => {
    const line = open()
    await line.say(
      { jsonrpc: '2.0', id: 0, method: 'ping' },
      { jsonrpc: '2.0', id: 'r', method: 'roots/list' },
    )
    expect(await line.sent()).toEqual([
      { jsonrpc: '2.0', id: 0, result: {} },
      {
        jsonrpc: '2.0',
        id: 'r',
        error: { code: -32601, message: 'The client takes no such request here' },
      },
    ])
  })

  it('cannot make the platform hold answers that it does not read', async () => {
    const line = open({ highWaterMark: 1024 })
    const ping = `${JSON.stringify({ jsonrpc: '2.0', id: 'p'.repeat(1000), method: 'ping' })}\n`
    for (let n = 0; n < 30; n++) {
      line.stdout.write(ping.repeat(100))
      await turn()
    }
    expect(line.stdin.readableLength + line.stdin.writableLength).toBeLessThan(1_200_000)
  })

  it('is noise when it is no message', async () => {
    const line = open()
    await line.say(
      'Listening ...',
      '',
      '  ',
      '42',
      '[1]',
      '{"jsonrpc":"2.0","id":null,"error":{"code":-32700}}',
    )
    expect(line.noise).toEqual([
      'Listening ...',
      '42',
      '[1]',
      '{"jsonrpc":"2.0","id":null,"error":{"code":-32700}}',
    ])
  })

  it('may come with a byte order mark, with CRLF, or in a batch', async () => {
    const line = open()
    const calls = [record(), record(), record()]
    for (const call of calls) line.connection.request('ping', undefined, call.handlers)
    const answer = (n: number) => ({ jsonrpc: '2.0', id: BASE + n, result: {} })
    await line.say(`\uFEFF${JSON.stringify(answer(1))}\r`, JSON.stringify([answer(2), answer(3)]))
    expect(calls.map((call) => call.answers.length)).toEqual([1, 1, 1])
    expect(line.noise).toEqual([])
  })

  it('is an error for its caller when it is nested deeper than the stack could write again', async () => {
    const line = open()
    const call = record()
    line.connection.request('ping', undefined, call.handlers)
    const nest = (depth: number) => '{"0":'.repeat(depth) + '1' + '}'.repeat(depth)
    await line.say(
      `{"jsonrpc":"2.0","method":"notifications/message","params":${nest(100_000)}}`,
      `{"jsonrpc":"2.0","id":${BASE + 1},"result":${nest(100_000)}}`,
    )
    expect(call.answers).toEqual([
      {
        jsonrpc: '2.0',
        id: BASE + 1,
        error: { code: -32603, message: "The server's answer is nested deeper than 1000 levels" },
      },
    ])
    expect(line.noise).toHaveLength(1)
    expect(line.defects).toEqual([])
  })

  it('is an error for its caller, and the end of nothing else, when it is too large', async () => {
    const line = open()
    const calls = [record(), record(), record()]
    for (const call of calls) line.connection.request('ping', undefined, call.handlers)
    const text = '"id":1}'.repeat(700_000)
    await line.say(
      { jsonrpc: '2.0', id: BASE + 1, result: { text } },
      { result: { text }, jsonrpc: '2.0', id: BASE + 2 },
      { jsonrpc: '2.0', method: 'notifications/message', params: { text } },
      { jsonrpc: '2.0', id: BASE + 3, result: {} },
    )
    for (let n = 0; n < 400; n++) await turn()
    const refused = (n: number) => [
      {
        jsonrpc: '2.0',
        id: BASE + n,
        error: { code: -32603, message: "The server's answer is larger than 4 MiB" },
      },
    ]
    expect(calls.map(({ answers }) => answers)).toEqual([
      refused(1),
      refused(2),
      [{ jsonrpc: '2.0', id: BASE + 3, result: {} }],
    ])
    expect(line.noise).toHaveLength(1)
    expect(line.broken).toEqual([])
  })

  it('R131: breaks the connection when a line has no end', async () => {
    const line = open()
    for (let n = 0; n < 5; n++) {
      line.stdout.write(Buffer.alloc(1024 * 1024, 120))
      await turn()
    }
    expect(line.broken).toEqual(['It wrote a line of more than 4 MiB to standard output.'])
  })

  it('survives a listener that throws', async () => {
    const line = open()
    const call = record()
    line.connection.request('ping', undefined, {
      ...call.handlers,
      onResponse: () => {
        throw new Error('defect')
      },
    })
    line.connection.request('ping', undefined, call.handlers)
    await line.say({ jsonrpc: '2.0', id: BASE + 1, result: {} }, { jsonrpc: '2.0', id: BASE + 2, result: {} })
    expect(line.defects).toHaveLength(1)
    expect(call.answers).toHaveLength(1)
  })
})

describe('a call of an earlier daemon', () => {
  const EARLIER = 2 * 2 ** 32 + 5
  const QUESTION = { id: 0, method: 'elicitation/create', params: { message: 'a' } }
  const answer = { jsonrpc: '2.0', id: EARLIER, result: { a: 1 } }

  it('goes on: what it asked can be answered, and its answer arrives', async () => {
    const there = open({ adopted: true, awaited: true })
    const { answers, handlers } = record()
    const { call, requests } = there.connection.reclaim?.(EARLIER, [QUESTION], handlers) ?? {}
    expect(call?.id).toBe(EARLIER)
    requests?.[0]?.respond({ action: 'decline' })
    requests?.[0]?.respond({ action: 'accept' })
    expect(await there.sent()).toEqual([{ jsonrpc: '2.0', id: 0, result: { action: 'decline' } }])
    await there.say(answer)
    expect(answers).toEqual([answer])
  })

  it('misses nothing that came before it was taken up, in order', async () => {
    const there = open({ adopted: true, awaited: true })
    const { answers, handlers } = record()
    const log: string[] = []
    await there.say(
      answer,
      { jsonrpc: '2.0', id: 'p', method: 'ping' },
      { jsonrpc: '2.0', id: 1, method: 'roots/list' },
      { jsonrpc: '2.0', id: 2 * 2 ** 32 + 6, result: {} },
    )
    expect(await there.sent()).toEqual([{ jsonrpc: '2.0', id: 'p', result: {} }])
    there.connection.onRequest((push) => {
      log.push(push.method)
      push.respond({ roots: [] })
      return true
    })
    there.connection.reclaim?.(EARLIER, [], { ...handlers, onResponse: () => log.push('answer') })
    expect(log).toEqual([])
    expect(await there.sent()).toEqual([{ jsonrpc: '2.0', id: 1, result: { roots: [] } }])
    expect(log).toEqual(['roots/list', 'answer'])
    await there.say(answer)
    expect(answers).toEqual([])
  })

  it('can be cancelled, and is lost with its process', async () => {
    const there = open({ adopted: true, awaited: true })
    const { lost, handlers } = record()
    const other = { ...handlers, onLost: () => {} }
    there.connection.reclaim?.(EARLIER, [], other).call.cancel('late')
    expect(await there.sent()).toMatchObject([
      { method: 'notifications/cancelled', params: { requestId: EARLIER } },
    ])
    const cancelled: string[] = []
    const found = there.connection.reclaim?.(EARLIER, [QUESTION], handlers)
    found?.requests[0]?.onCancelled((reason) => cancelled.push(reason))
    there.connection.close(new AppError('server_stopped_answering', 'gone'))
    expect([lost.length, cancelled.length]).toEqual([1, 1])
  })

  it('is nobody’s where none is awaited', async () => {
    const there = open({ adopted: true })
    const { answers, handlers } = record()
    await there.say(answer, { jsonrpc: '2.0', id: 1, method: 'roots/list' })
    expect(await there.sent()).toMatchObject([{ id: 1, error: { code: -32601 } }])
    there.connection.reclaim?.(EARLIER, [], handlers)
    await turn()
    expect(answers).toEqual([])
  })
})

describe('an adopted connection', () => {
  it('drops the rest of a cut line, and only that', async () => {
    const line = open({ adopted: true })
    const call = record()
    line.connection.request('ping', undefined, call.handlers)
    await line.say('t":{"a":1}}', 'noise', { jsonrpc: '2.0', id: BASE + 1, result: {} })
    expect(line.noise).toEqual(['noise'])
    expect(call.answers).toHaveLength(1)
  })

  it('takes a whole first line', async () => {
    const line = open({ adopted: true })
    const heard: string[] = []
    line.connection.onNotification((method) => heard.push(method))
    await line.say({ jsonrpc: '2.0', method: 'notifications/message' }, 'noise')
    expect(heard).toEqual(['notifications/message'])
    expect(line.noise).toEqual(['noise'])
  })
})

describe('a server that asks and does not read', () => {
  const listen = (answer: JsonObject | null) => {
    const stuck = new Writable({ highWaterMark: 1, write: () => {} })
    const opened = open({ stdin: stuck })
    opened.connection.onRequest((push) => {
      if (answer === null) push.refuse({ code: -32601, message: 'no' })
      else setImmediate(() => push.respond(answer))
      return true
    })
    return opened
  }
  const ask = (id: string) => ({ jsonrpc: '2.0', id, method: 'roots/list' })

  it('fills no memory with refusals', async () => {
    const opened = listen(null)
    for (let round = 0; round < 40; round++) {
      await opened.say(...Array.from({ length: 500 }, (_, at) => ask(`${round}-${at}-${'x'.repeat(900)}`)))
    }
    expect(opened.broken).toEqual([])
    // What waits for it is still below the bound for calls: 40 times 500 kB would be far above.
    expect(() =>
      opened.connection.request('ping', undefined, { onResponse: () => {}, onLost: () => {} }),
    ).toThrow(/does not read: 1[01]\d{5} bytes/)
  })

  it('gets no second large answer, and is ended when even small ones pile up', async () => {
    const large = listen({ roots: ['x'.repeat(1024 * 1024)] })
    for (let at = 0; at < 12; at++) await large.say(ask(`${at}`))
    expect(large.broken).toEqual([])
    const small = listen({ roots: ['x'.repeat(60 * 1024)] })
    for (let at = 0; at < 200; at++) await small.say(ask(`${at}`))
    expect(small.broken[0]).toMatch(/^It does not read: \d+ bytes of answers wait for it\.$/)
  })
})
