/** Clients of 2026-07-28 at servers of earlier revisions that ask back. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { JsonObject } from '../../src/domain/json.ts'
import type { GatewayConfig } from '../../src/gateway/gateway-config.ts'
import type { ParkRecord } from '../../src/gateway/ports.ts'
import { answerAsking, ASKING, form, SAMPLE, text } from '../fakes/asking-server.ts'
import { startGatewayHost, type GatewayHost } from '../fakes/gateway-host.ts'
import { buildModern, openSession, openStream, post, start, type Answer } from '../fakes/raw-client.ts'
import { createMemoryUpstreams, type MemoryUpstreams } from '../fakes/upstreams.ts'

const META = 'io.modelcontextprotocol'
const ALL = { elicitation: { form: {}, url: {} }, sampling: { tools: {} }, roots: {} }
const FORM = { elicitation: {} }
const CONFIG: Partial<GatewayConfig> = { maxParksPerPrincipal: 2, maxParksPerServer: 3, coalesceMs: 5 }
const TOKENS = { hvm_all: ['mcp:call'], hvm_b: ['mcp:call'], hvm_narrow: ['mcp:call:mem:two'] }
const FORM_KEY = 'legacy|elicitation.form||0'

let upstreams: MemoryUpstreams
let rows: Map<string, ParkRecord>
let host: GatewayHost

const open = (config: Partial<GatewayConfig> = {}) =>
  startGatewayHost({ upstreams, parks: rows, tokens: TOKENS, config: { ...CONFIG, ...config } })

beforeEach(async () => {
  upstreams = createMemoryUpstreams(ASKING, answerAsking)
  rows = new Map()
  host = await open()
})
afterEach(() => host.close())

type More = {
  readonly capabilities?: JsonObject
  readonly token?: string
  readonly id?: number
  readonly meta?: JsonObject
}
function build(method: string, params: JsonObject, more: More) {
  const { capabilities = FORM, token = 'hvm_all', id = 1, meta = {} } = more
  const _meta = { [`${META}/clientCapabilities`]: capabilities, ...meta }
  const { body, headers } = buildModern(method, { ...params, _meta }, id)
  return { body, headers: { ...headers, authorization: `Bearer ${token}` } }
}
async function send(method: string, params: JsonObject, more: More = {}): Promise<Answer> {
  const { body, headers } = build(method, params, more)
  return post(host.url('mem'), body, headers)
}
const call = (name: string, args: JsonObject = {}, extra: JsonObject = {}, more: More = {}) =>
  send('tools/call', { name, arguments: args, ...extra }, more)
const accept = (value: string): JsonObject => ({ action: 'accept', content: { value } })

type Result = {
  readonly resultType: string
  readonly requestState: string
  readonly inputRequests: Readonly<Record<string, JsonObject>>
}
const resultOf = ({ json }: Answer) => json?.['result'] as Result & JsonObject
const errorOf = ({ json }: Answer) => json?.['error'] as { code: number; message: string; data?: JsonObject }
const contentOf = (answer: Answer) => {
  const [item] = (resultOf(answer)?.['content'] ?? []) as unknown as { text: string }[]
  return item?.text
}
/** Asks, and returns the state that continues it. */
async function park(name = 'write', more: More = {}): Promise<string> {
  const { requestState } = resultOf(await call(name, {}, {}, more))
  expect(typeof requestState).toBe('string')
  return requestState
}
const cancelled = () => upstreams.written.filter(({ method }) => method === 'notifications/cancelled')
const calls = (name: string) =>
  upstreams.written.filter(
    ({ method, params }) => method === 'tools/call' && (params as JsonObject)['name'] === name,
  )

describe('asking back', () => {
  it('R71: ends the request with the questions, a state, and no hints for caches (R52)', async () => {
    const answer = await call('write')
    expect(answer.status).toBe(200)
    expect(resultOf(answer)).toEqual({
      resultType: 'input_required',
      inputRequests: { req_1: { method: 'elicitation/create', params: form('sure?') } },
      requestState: expect.stringMatching(/^[A-Za-z0-9_-]+$/),
      _meta: { [`${META}/serverInfo`]: ASKING['serverInfo'] },
    })
  })

  it('R70: may happen to tools/call, prompts/get and resources/read', async () => {
    for (const [method, params] of [
      ['tools/call', { name: 'write' }],
      ['prompts/get', { name: 'p' }],
      ['resources/read', { uri: 'test://a' }],
    ] as const) {
      const { requestState, resultType } = resultOf(await send(method, params))
      expect(resultType).toBe('input_required')
      const inputResponses = { req_1: accept('x') }
      const answer = await send(method, { ...params, requestState, inputResponses })
      expect(JSON.stringify(answer.json)).toContain('"text":"x"')
      expect(resultOf(answer).resultType).toBe('complete')
    }
  })

  it('R73, K-30: the retry has another id and gets the result of the same call', async () => {
    const requestState = await park()
    const answer = await call(
      'write',
      {},
      { requestState, inputResponses: { req_1: accept('x') } },
      { id: 9 },
    )
    expect(answer.json).toMatchObject({ id: 9, result: { resultType: 'complete', ...text('x') } })
    expect(calls('write')).toHaveLength(1)
    await vi.waitFor(() => expect(host.calls.filter(({ tool }) => tool === 'write')).toHaveLength(1), 3000)
    expect(host.calls.find(({ tool }) => tool === 'write')).toMatchObject({ outcome: 'ok' })
  })

  it('R73: takes as many rounds as the server needs', async () => {
    const args = { tag: 'a' }
    const first = resultOf(await call('two', args))
    const second = resultOf(
      await call('two', args, { requestState: first.requestState, inputResponses: { req_1: accept('1') } }),
    )
    expect(second.inputRequests).toEqual({
      req_2: { method: 'elicitation/create', params: form('a: second after 1') },
    })
    expect(second.requestState).not.toBe(first.requestState)
    const inputResponses = { req_2: accept('2') }
    expect(contentOf(await call('two', args, { requestState: second.requestState, inputResponses }))).toBe(
      'a: 1 2',
    )
  })

  it('R71: puts questions of one moment together; sampling and roots as well', async () => {
    const { inputRequests, requestState } = resultOf(await call('together', {}, {}, { capabilities: ALL }))
    expect(inputRequests).toEqual({
      req_1: { method: 'elicitation/create', params: form('one') },
      req_2: { method: 'sampling/createMessage', params: SAMPLE },
      req_3: { method: 'roots/list' },
    })
    const sampled = { role: 'assistant', content: { type: 'text', text: 'that' }, model: 'm' }
    const roots = { roots: [{ uri: 'file:///a' }] }
    const inputResponses = { req_1: { action: 'decline' }, req_2: sampled, req_3: roots }
    const answer = await call('together', {}, { requestState, inputResponses }, { capabilities: ALL })
    expect(JSON.parse(contentOf(answer) ?? '')).toEqual([{ action: 'decline' }, sampled, roots])
  })

  it('R72: sampling with tools reaches clients that declared it', async () => {
    const { inputRequests } = resultOf(await call('tools', {}, {}, { capabilities: ALL }))
    expect(inputRequests['req_1']).toMatchObject({ params: { tools: [{ name: 'add' }] } })
  })

  it.each([
    ['roots', FORM, -32601],
    ['roots', {}, -32601],
    ['tools', { sampling: {} }, -32602],
  ])('R72: what was not declared is refused to the server: %s for %j', async (name, capabilities, code) => {
    const answer = await call(name, {}, {}, { capabilities })
    expect(resultOf(answer).resultType).toBe('complete')
    expect(JSON.parse(contentOf(answer) ?? '')).toMatchObject({ error: { code } })
  })

  it('answers to nothing are ignored: a first request asks', async () => {
    const answer = await call('write', {}, { inputResponses: { req_1: accept('x') } })
    expect(resultOf(answer).resultType).toBe('input_required')
  })

  it('R60: progress before the questions comes first, on the stream that they end', async () => {
    const { body, headers } = build('tools/call', { name: 'write' }, { meta: { progressToken: 'p' } })
    const stream = await openStream(host.url('mem'), { method: 'POST', body, headers })
    await stream.ended
    expect(stream.events).toMatchObject([
      { method: 'notifications/progress', params: { progressToken: 'p', progress: 1 } },
      { id: 1, result: { resultType: 'input_required' } },
    ])
  })

  it('R91: progress after the answers goes to the retry, under its own token', async () => {
    const more = (progressToken: string) => ({ meta: { progressToken } })
    const { body, headers } = build('tools/call', { name: 'late', arguments: {} }, more('one'))
    const first = await post(host.url('mem'), body, headers)
    const { requestState } = resultOf(first)
    const [asked] = upstreams.asked
    asked?.progress(1)
    const params = { name: 'late', arguments: {}, requestState, inputResponses: { req_1: accept('x') } }
    const retry = build('tools/call', params, more('two'))
    const pending = openStream(host.url('mem'), { method: 'POST', ...retry })
    await vi.waitFor(() => expect(upstreams.written.at(-1)).toMatchObject({ result: accept('x') }))
    asked?.progress(2)
    const stream = await pending
    asked?.respond(text('done'))
    await stream.ended
    expect(stream.events).toMatchObject([
      { params: { progressToken: 'two', progress: 2 } },
      { result: { resultType: 'complete' } },
    ])
  })
})

describe('a retry', () => {
  it('R74: is asked again for what it did not answer; what nobody asked is ignored', async () => {
    const more = { capabilities: ALL }
    const { requestState } = resultOf(await call('together', {}, {}, more))
    const inputResponses = { req_1: accept('x'), req_3: { roots: [] }, req_8: 'what' }
    const again = resultOf(await call('together', {}, { requestState, inputResponses }, more))
    expect(Object.keys(again.inputRequests)).toEqual(['req_2'])
    const none = resultOf(await call('together', {}, { requestState: again.requestState }, more))
    expect(Object.keys(none.inputRequests)).toEqual(['req_2'])
    expect(calls('together')).toHaveLength(1)
  })

  it.each([
    [[]],
    ['x'],
    [null],
    [{ req_1: {} }],
    [{ req_1: { action: 'accept', content: 'x' } }],
    [{ req_1: { method: 'elicitation/create', result: { action: 'accept' } } }],
  ])('R74: with malformed answers is an error and uses nothing up: %j', async (inputResponses) => {
    const requestState = await park()
    const answer = await call('write', {}, { requestState, inputResponses: inputResponses as never })
    expect(answer.status).toBe(200)
    expect(errorOf(answer)).toMatchObject({
      code: -32602,
      message: expect.stringContaining('inputResponses'),
    })
    const right = { requestState, inputResponses: { req_1: accept('x') } }
    expect(contentOf(await call('write', {}, right))).toBe('x')
  })

  it('R75: is refused when its state was changed, anywhere', async () => {
    const state = await park()
    for (const at of [0, 10, 40, state.length - 1]) {
      const requestState = state.slice(0, at) + (state[at] === 'A' ? 'B' : 'A') + state.slice(at + 1)
      const answer = await call('write', {}, { requestState, inputResponses: { req_1: accept('x') } })
      expect(errorOf(answer).code).toBe(-32602)
    }
    for (const requestState of ['', 'x', 7, null, {}]) {
      expect(errorOf(await call('write', {}, { requestState })).code).toBe(-32602)
    }
    expect(calls('write')).toHaveLength(1)
  })

  it('R75: is refused to another principal, another server, another request', async () => {
    const requestState = await park()
    const more = { requestState, inputResponses: { req_1: accept('x') } }
    const foreign = await call('write', {}, more, { token: 'hvm_b' })
    expect(errorOf(foreign)).toMatchObject({ code: -32602, message: expect.stringContaining('caller') })
    for (const answer of [await call('read', {}, more), await call('write', { a: 1 }, more)]) {
      expect(errorOf(answer)).toMatchObject({
        code: -32602,
        message: expect.stringContaining('another request'),
      })
    }
    expect(contentOf(await call('write', {}, more))).toBe('x')
  })

  it('R75: works once, also for a client that no longer says what it can do', async () => {
    const requestState = await park()
    const retry = { requestState, inputResponses: { req_1: accept('x') } }
    expect(contentOf(await call('write', {}, retry))).toBe('x')
    for (const capabilities of [FORM, {}]) {
      expect(errorOf(await call('write', {}, retry, { capabilities })).code).toBe(-32602)
    }
    expect(calls('write')).toHaveLength(1)
  })

  it('R75: comes too late after the time limit, and the server was told', async () => {
    await host.close()
    host = await open({ parkMs: 50 })
    const requestState = await park()
    await vi.waitFor(() => expect(cancelled()).toHaveLength(1))
    expect(upstreams.written).toContainEqual(
      expect.objectContaining({
        error: expect.objectContaining({ message: expect.stringContaining('in time') }),
      }),
    )
    const answer = await call('write', {}, { requestState, inputResponses: { req_1: accept('x') } })
    expect(errorOf(answer)).toMatchObject({ code: -32602, message: expect.stringContaining('expired') })
    expect(rows.size).toBe(0)
  })

  it('is checked as any call is: a tool that is not granted stays closed', async () => {
    const more = { token: 'hvm_narrow' }
    const { requestState } = resultOf(await call('two', { tag: 'a' }, {}, more))
    expect(requestState).toBeDefined()
    expect((await call('write', {}, { requestState }, more)).status).toBe(403)
  })
})

describe('going away', () => {
  it('R63: before the questions cancels the call', async () => {
    await host.close()
    host = await open({ quietMs: 100_000 })
    const { body, headers } = build('tools/call', { name: 'write' }, {})
    const controller = new AbortController()
    const pending = start(host.url('mem'), body, headers, controller.signal)
    await vi.waitFor(() => expect(calls('write')).toHaveLength(1))
    controller.abort()
    await expect(pending).rejects.toThrow('aborted')
    await vi.waitFor(() => expect(cancelled()).toHaveLength(1))
    // R134: the question is answered too.
    expect(upstreams.written).toContainEqual(expect.objectContaining({ error: expect.anything() }))
  })

  it('R63: after the retry cancels it as well', async () => {
    const requestState = await park('late')
    const params = { name: 'late', arguments: {}, requestState, inputResponses: { req_1: accept('x') } }
    const { body, headers } = build('tools/call', params, {})
    const controller = new AbortController()
    const pending = start(host.url('mem'), body, headers, controller.signal)
    await vi.waitFor(() => expect(upstreams.written.at(-1)).toMatchObject({ result: accept('x') }))
    controller.abort()
    await expect(pending).rejects.toThrow('aborted')
    await vi.waitFor(() => expect(cancelled()).toHaveLength(1))
  })

  it('ends a revoked token’s parked calls', async () => {
    const state = await park()
    host.revoke('hvm_all')
    await vi.waitFor(() => expect(cancelled()).toHaveLength(1))
    expect(state).not.toBe('')
    expect(rows.size).toBe(0)
  })
})

describe('the slot', () => {
  it('of a parked call is not waited for: others of its kind get another process', async () => {
    const states = [await park(), await park(), await park('read', { token: 'hvm_b' })]
    expect(upstreams.living().filter((key) => key.includes('elicitation'))).toEqual([
      'legacy|elicitation.form||0',
      'legacy|elicitation.form||1',
      'legacy|elicitation.form||2',
    ])
    expect(contentOf(await call('plain', {}, {}, { capabilities: {} }))).toBe('plain')
    // Each goes on where it began.
    const inputResponses = { req_1: accept('x') }
    for (const requestState of states.slice(0, 2)) {
      expect(contentOf(await call('write', {}, { requestState, inputResponses }))).toBe('x')
    }
    await park()
    expect(upstreams.living()).toHaveLength(4)
  })

  it('is not all one token’s: one that answers nothing waits for itself, and others find a process', async () => {
    await host.close()
    host = await open({ maxSpareProcesses: 3, maxParksPerPrincipal: 8, maxParksPerServer: 8 })
    const [state] = [await park(), await park(), await park()]
    const waiting = call('write')
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(upstreams.living().filter((key) => key.includes('elicitation'))).toHaveLength(3)
    await park('write', { token: 'hvm_b' })
    expect(upstreams.living().filter((key) => key.includes('elicitation'))).toHaveLength(4)
    await call('write', {}, { requestState: state ?? '', inputResponses: { req_1: accept('x') } })
    expect(resultOf(await waiting).resultType).toBe('input_required')
  })

  it('is not waited for by calls that came together either: those behind one that parks go elsewhere', async () => {
    const answers = await Promise.all([
      call('write'),
      call('write'),
      call('read', {}, {}, { token: 'hvm_b' }),
    ])
    expect(answers.map((answer) => resultOf(answer).resultType)).toEqual(Array(3).fill('input_required'))
    const inputResponses = { req_1: accept('x') }
    const { requestState } = resultOf(answers[1])
    expect(contentOf(await call('write', {}, { requestState, inputResponses }))).toBe('x')
    // Left while it waited: nothing of it is sent anywhere.
    expect(cancelled()).toHaveLength(0)
  })

  it('is not waited for by sessions either: their calls go beside it', async () => {
    await park()
    const token = { authorization: 'Bearer hvm_b' }
    const { headers } = await openSession(host.url('mem'), '2025-11-25', token, { elicitation: {} })
    const answer = await post(
      host.url('mem'),
      { jsonrpc: '2.0', id: 5, method: 'tools/call', params: { name: 'plain', arguments: {} } },
      headers,
    )
    expect(contentOf(answer)).toBe('plain')
  })

  it('is waited for where there are no spare processes, and is free again with the end of the call', async () => {
    await host.close()
    host = await open({ maxSpareProcesses: 0 })
    const requestState = await park()
    const waiting = call('read')
    expect(contentOf(await call('plain', {}, {}, { capabilities: {} }))).toBe('plain')
    expect(calls('read')).toHaveLength(0)
    await call('write', {}, { requestState, inputResponses: { req_1: accept('x') } })
    expect(resultOf(await waiting).resultType).toBe('input_required')
  })

  it('R67: 8 clients × 3 calls of two rounds never get each other’s questions', async () => {
    // Spare processes take what the first is too busy for, so all of a token's calls may be parked at once (R154).
    await host.close()
    host = await open({ maxParksPerPrincipal: 12, maxParksPerServer: 24 })
    const run = async (tag: string, token: string) => {
      let answer = resultOf(await call('two', { tag }, {}, { token }))
      while (answer.resultType === 'input_required') {
        const inputResponses = Object.fromEntries(
          Object.entries(answer.inputRequests).map(([key, { params }]) => {
            const { message } = params as { message: string }
            expect(message.startsWith(`${tag}: `)).toBe(true)
            return [key, accept(`${tag}/${message.includes('second') ? 2 : 1}`)]
          }),
        )
        const { requestState } = answer
        answer = resultOf(await call('two', { tag }, { requestState, inputResponses }, { token }))
      }
      return answer['content']
    }
    const tags = Array.from({ length: 24 }, (_, n) => `c${n % 8}-${n}`)
    const tokens = ['hvm_all', 'hvm_b']
    const results = await Promise.all(tags.map((tag, n) => run(tag, tokens[n % 2] ?? '')))
    expect(results).toEqual(tags.map((tag) => text(`${tag}: ${tag}/1 ${tag}/2`)['content']))
  })

  it('R154: a caller parks only so many calls', async () => {
    await host.close()
    host = await open({ maxParksPerPrincipal: 1 })
    const first = await park('write')
    const other = { capabilities: ALL }
    const answer = await call('write', {}, {}, other)
    expect(answer.status).toBe(503)
    expect(errorOf(answer)).toMatchObject({ code: -32603, data: { code: 'busy' } })
    await vi.waitFor(() => expect(cancelled()).toHaveLength(1))
    await call('write', {}, { requestState: first, inputResponses: { req_1: accept('x') } })
    expect(resultOf(await call('write', {}, {}, other)).resultType).toBe('input_required')
  })
})

describe('a process that ends', () => {
  it('loses the parked call; a tool that does harm twice is not called again', async () => {
    const requestState = await park('write')
    upstreams.crash()
    const answer = await call('write', {}, { requestState, inputResponses: { req_1: accept('x') } })
    expect(errorOf(answer)).toMatchObject({ code: -32602, message: expect.stringContaining('process ended') })
    expect(calls('write')).toHaveLength(1)
    expect(rows.size).toBe(0)
  })

  it('is no loss to one that only reads: it is called again, and equal questions are answered', async () => {
    const requestState = await park('read')
    upstreams.crash()
    const retry = { requestState, inputResponses: { req_1: accept('x') } }
    expect(contentOf(await call('read', {}, retry))).toBe('x')
    expect(calls('read')).toHaveLength(2)
    expect(errorOf(await call('read', {}, retry)).code).toBe(-32602)
  })

  it('nor to a prompt or a resource', async () => {
    const { requestState } = resultOf(await send('resources/read', { uri: 'test://a' }))
    upstreams.crash()
    const inputResponses = { req_1: accept('x') }
    const answer = await send('resources/read', { uri: 'test://a', requestState, inputResponses })
    expect(JSON.stringify(answer.json)).toContain('"text":"x"')
  })

  it('is told as the end of the parked call where the server stays down', async () => {
    const { AppError } = await import('../../src/domain/error.ts')
    const requestState = await park('read')
    upstreams.crash(new AppError('server_not_running', 'mem ended.'))
    const answer = await call('read', {}, { requestState })
    expect(errorOf(answer)).toMatchObject({ code: -32602, message: expect.stringContaining('process ended') })
  })
})

describe('-32042', () => {
  it('R34, R44: asks a client that can be sent to a URL, and its retry calls again', async () => {
    const more = { capabilities: ALL }
    const { inputRequests, requestState } = resultOf(await call('sign_in', {}, {}, more))
    expect(inputRequests).toEqual({
      req_1: {
        method: 'elicitation/create',
        params: { mode: 'url', message: 'Sign in', url: 'https://a.example/' },
      },
    })
    const retry = { requestState, inputResponses: { req_1: { action: 'accept' } } }
    expect(resultOf(await call('sign_in', {}, retry, more)).resultType).toBe('input_required')
    expect(calls('sign_in')).toHaveLength(2)
    expect(errorOf(await call('sign_in', {}, retry, more)).code).toBe(-32602)
  })

  it('does not call again for somebody who declined', async () => {
    const more = { capabilities: ALL }
    const { requestState } = resultOf(await call('sign_in', {}, {}, more))
    const inputResponses = { req_1: { action: 'decline' } }
    const answer = resultOf(await call('sign_in', {}, { requestState, inputResponses }, more))
    expect(answer).toMatchObject({ resultType: 'complete', isError: true })
    expect(calls('sign_in')).toHaveLength(1)
  })

  it.each([[FORM], [{}]])('R34: names the capability that %j lacks', async (capabilities) => {
    const answer = await call('sign_in', {}, {}, { capabilities })
    expect(answer.status).toBe(400)
    expect(errorOf(answer)).toEqual({
      code: -32021,
      message: 'Sign in first',
      data: { requiredCapabilities: { elicitation: { url: {} } } },
    })
  })
})

describe('over a restart of the platform', () => {
  it('a parked call is kept sealed, and goes on in the process that lived on', async () => {
    const first = resultOf(await call('two', { tag: 'a' }))
    const [row] = rows.values()
    expect(rows.size).toBe(1)
    expect(JSON.stringify(row)).not.toMatch(/first|two/)
    await host.close()
    expect(cancelled()).toEqual([])

    host = await open()
    const [key] = upstreams.living().filter((name) => name === FORM_KEY)
    expect(key).toBe(FORM_KEY)
    expect(host.gateway.isAwaited('ins_mem_1')).toBe(true)
    host.gateway.resumeParked()
    expect(host.gateway.isAwaited('ins_mem_1')).toBe(false)
    const { requestState } = first
    const inputResponses = { req_1: accept('1') }
    const second = resultOf(await call('two', { tag: 'a' }, { requestState, inputResponses }))
    expect(Object.keys(second.inputRequests)).toEqual(['req_2'])
    const last = { requestState: second.requestState, inputResponses: { req_2: accept('2') } }
    expect(contentOf(await call('two', { tag: 'a' }, last))).toBe('a: 1 2')
    expect(calls('two')).toHaveLength(1)
    expect(rows.size).toBe(0)
  })

  it('holds the slot meanwhile', async () => {
    const requestState = await park('write')
    await host.close()
    host = await open({ maxSpareProcesses: 0 })
    host.gateway.resumeParked()
    const waiting = call('read')
    expect(contentOf(await call('plain', {}, {}, { capabilities: {} }))).toBe('plain')
    expect(calls('read')).toHaveLength(0)
    await call('write', {}, { requestState, inputResponses: { req_1: accept('x') } })
    expect(resultOf(await waiting).resultType).toBe('input_required')
  })

  it('is lost when its process did not live on', async () => {
    const [write, read] = [await park('write'), await park('read', { capabilities: ALL })]
    await host.close()
    upstreams.crash()
    host = await open()
    host.gateway.resumeParked()
    const inputResponses = { req_1: accept('x') }
    expect(errorOf(await call('write', {}, { requestState: write, inputResponses })).code).toBe(-32602)
    const again = await call('read', {}, { requestState: read, inputResponses }, { capabilities: ALL })
    expect(contentOf(again)).toBe('x')
  })
})
