/** What servers of earlier revisions ask of clients of earlier revisions, over processes that many share. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/domain/json.ts'
import { openAskedClient, type AskedClientOptions } from '../fakes/asked-client.ts'
import { startGatewayHost, type GatewayHost } from '../fakes/gateway-host.ts'
import { openSession, post } from '../fakes/raw-client.ts'
import { INITIALIZE_RESULT } from '../fakes/scripted-server.ts'
import { createMemoryUpstreams, type Asked, type MemoryUpstreams } from '../fakes/upstreams.ts'

const FORM = { message: 'Name?', requestedSchema: { type: 'object', properties: {} } }
const ELICITATION = { elicitation: {} }
const ALL = { elicitation: { form: {}, url: {} }, sampling: { tools: {} }, roots: { listChanged: true } }

let upstreams: MemoryUpstreams
let host: GatewayHost
let url: string
/** What the server got for each of its questions. */
let answers: JsonObject[]

/** Asks what its arguments say, and answers with what it got. */
async function askBack(asked: Asked): Promise<void> {
  const { method, params = {} } = asked
  if (method !== 'tools/call') return asked.respond(method === 'tools/list' ? { tools: [] } : {})
  const args = params['arguments'] as JsonObject
  if (params['name'] === 'wait') return
  const got: JsonObject[] = []
  for (const question of (args['questions'] ?? []) as { method: string; params?: JsonObject }[]) {
    const answer = await asked.push(question.method, question.params)
    answers.push(answer)
    got.push((answer['result'] ?? answer['error']) as JsonObject)
  }
  asked.respond({ content: [{ type: 'text', text: JSON.stringify(got) }] })
}

beforeEach(async () => {
  answers = []
  upstreams = createMemoryUpstreams(INITIALIZE_RESULT, (asked) => void askBack(asked))
  host = await startGatewayHost({
    upstreams,
    tokens: { hvm_all: ['mcp:call'], hvm_other: ['mcp:call'] },
    config: { coalesceMs: 5 },
  })
  url = host.url('mem')
})
afterEach(() => host.close())

const open = (options: AskedClientOptions) => openAskedClient(url, options)
const textOf = (response: JsonObject) => {
  const { content } = response['result'] as { content: { text: string }[] }
  return JSON.parse(content[0]?.text ?? '') as JsonObject[]
}
const elicit = { method: 'elicitation/create', params: FORM }

describe('a question of the server', () => {
  it('R4, R104: comes on the stream of its call, and the answer goes back', async () => {
    const statuses: Promise<number>[] = []
    const client = await open({ capabilities: ELICITATION })
    const called = client.call('ask', { questions: [elicit] }, 1)
    await expect.poll(() => client.questions).toHaveLength(1)
    const [question] = client.questions
    expect(question).toEqual({ jsonrpc: '2.0', id: expect.any(String), ...elicit })
    statuses.push(client.tell({ id: question!['id']!, result: { action: 'accept', content: { name: 'x' } } }))
    expect(textOf(await called)).toEqual([{ action: 'accept', content: { name: 'x' } }])
    expect(await Promise.all(statuses)).toEqual([202])
  })

  it('passes the client’s error on as it is', async () => {
    const error = { code: -1, message: 'User rejected sampling request', data: { why: 'no' } }
    const client = await open({ capabilities: { sampling: {} }, answer: () => ({ error }) })
    const sampling = { method: 'sampling/createMessage', params: { messages: [], maxTokens: 5 } }
    expect(textOf(await client.call('ask', { questions: [sampling] }))).toEqual([error])
  })

  it('R67: has an id of the gateway, and is answered by the client that was asked and by nobody else', async () => {
    const client = await open({ capabilities: ELICITATION })
    const called = client.call('ask', { questions: [elicit] })
    await expect.poll(() => client.questions).toHaveLength(1)
    const id = client.questions[0]?.['id'] as string
    expect(id).not.toContain('push-')
    const stranger = await open({ capabilities: ELICITATION, token: 'hvm_other' })
    const sibling = await open({ capabilities: ELICITATION })
    const forged = { id, result: { action: 'accept', content: { forged: true } } }
    expect(await stranger.tell(forged)).toBe(202)
    expect(await sibling.tell(forged)).toBe(202)
    expect(await client.tell({ ...forged, id: 'push-0' })).toBe(202)
    expect(await client.tell({ ...forged, id: 0 })).toBe(202)
    expect(answers).toEqual([])
    await client.tell({ id, result: { action: 'decline' } })
    await client.tell(forged)
    expect(textOf(await called)).toEqual([{ action: 'decline' }])
  })

  it('is refused where the client declared nothing of the kind', async () => {
    const plain = await open({ capabilities: {} })
    const called = await plain.call('ask', { questions: [elicit, { method: 'roots/list' }] })
    expect(textOf(called).map(({ code }) => code)).toEqual([-32601, -32601])
    expect(plain.questions).toEqual([])
  })

  it.each([
    ['2025-11-25', { elicitation: {} }, { mode: 'url', url: 'https://a.example', message: 'm' }, -32602],
    ['2025-11-25', { elicitation: { url: {} } }, FORM, -32602],
    ['2025-06-18', ALL, { mode: 'url', url: 'https://a.example', message: 'm' }, -32602],
    ['2025-03-26', ALL, FORM, -32601],
  ])('R111: a client of %s that declared %j is not asked %j', async (version, capabilities, params, code) => {
    const client = await open({ version, capabilities })
    const called = await client.call('ask', { questions: [{ method: 'elicitation/create', params }] })
    expect(textOf(called).map((error) => error['code'])).toEqual([code])
    expect(client.questions).toEqual([])
  })

  it('R111: sampling with tools is asked of those who declared it at a revision that has it', async () => {
    const params = { messages: [], maxTokens: 5, tools: [{ name: 't', inputSchema: { type: 'object' } }] }
    const sampling = { method: 'sampling/createMessage', params }
    const result = { role: 'assistant', content: { type: 'text', text: 'hi' }, model: 'm' }
    const able = await open({ capabilities: ALL, answer: () => ({ result }) })
    expect(textOf(await able.call('ask', { questions: [sampling] }))).toEqual([result])
    const older = await open({ version: '2025-06-18', capabilities: ALL, answer: () => ({ result }) })
    expect(textOf(await older.call('ask', { questions: [sampling] }))).toMatchObject([{ code: -32602 }])
  })

  it('R111: comes without what the client’s revision does not know, and with a token of the gateway', async () => {
    const client = await open({
      version: '2025-06-18',
      capabilities: ELICITATION,
      answer: () => ({ result: { action: 'cancel' } }),
    })
    const params = { ...FORM, mode: 'form', task: { ttl: 1 }, _meta: { progressToken: 7, keep: true } }
    await client.call('ask', { questions: [{ method: 'elicitation/create', params }] })
    const [question] = client.questions
    expect(question?.['params']).toEqual({ ...FORM, _meta: { keep: true, progressToken: question?.['id'] } })
  })

  it('R91: the client’s progress with it reaches the server under its own token', async () => {
    const client = await open({ capabilities: ELICITATION })
    const params = { ...FORM, _meta: { progressToken: 'mine' } }
    const called = client.call('ask', { questions: [{ method: 'elicitation/create', params }] })
    await expect.poll(() => client.questions).toHaveLength(1)
    const id = client.questions[0]!['id']!
    const progress = { method: 'notifications/progress', params: { progressToken: id, progress: 1 } }
    await client.tell(progress)
    await client.tell({ id, result: { action: 'decline' } })
    await called
    await client.tell(progress)
    expect(upstreams.written.filter(({ method }) => method === 'notifications/progress')).toEqual([
      {
        jsonrpc: '2.0',
        method: 'notifications/progress',
        params: { progressToken: 'mine', progress: 1 },
      },
    ])
  })

  it('R106, R134: ends with the call that the client cancels', async () => {
    const client = await open({ capabilities: ELICITATION })
    const called = client.call('ask', { questions: [elicit] }, 5).catch(() => 'no response')
    await expect.poll(() => client.questions).toHaveLength(1)
    const requestId = client.questions[0]?.['id']
    await client.tell({ method: 'notifications/cancelled', params: { requestId: 5 } })
    expect(await called).toBe('no response')
    expect(client.told).toMatchObject([{ method: 'notifications/cancelled', params: { requestId } }])
    await expect.poll(() => answers).toMatchObject([{ error: { code: -32603 } }])
  })

  it('R134: that the server takes back is taken back from the client', async () => {
    const client = await open({ capabilities: ELICITATION })
    const called = client.call('wait', {}, 5)
    await expect.poll(() => upstreams.asked).toHaveLength(1)
    void upstreams.push('elicitation/create', FORM)
    await expect.poll(() => client.questions).toHaveLength(1)
    const id = client.questions[0]?.['id']
    upstreams.emit('notifications/cancelled', { requestId: 'push-0', reason: 'not needed' })
    await expect
      .poll(() => client.told)
      .toMatchObject([{ method: 'notifications/cancelled', params: { requestId: id, reason: 'not needed' } }])
    upstreams.asked[0]?.respond({ content: [] })
    await called
    expect(await client.tell({ id: id!, result: { action: 'accept' } })).toBe(202)
    expect(upstreams.written.some((message) => message['id'] === 'push-0')).toBe(false)
  })

  it('R134: is refused when its server answers the call first, or the session ends', async () => {
    const client = await open({ capabilities: ELICITATION })
    const called = client.call('wait')
    await expect.poll(() => upstreams.asked).toHaveLength(1)
    const first = upstreams.push('elicitation/create', FORM)
    await expect.poll(() => client.questions).toHaveLength(1)
    upstreams.asked[0]?.respond({ content: [] })
    await called
    expect(await first).toMatchObject({ error: { code: -32603 } })
    void client.call('wait').catch(() => {})
    await expect.poll(() => upstreams.asked).toHaveLength(1)
    const second = upstreams.push('elicitation/create', FORM)
    await expect.poll(() => client.questions).toHaveLength(2)
    await fetch(url, { method: 'DELETE', headers: { authorization: 'Bearer hvm_all', ...client.headers } })
    expect(await second).toMatchObject({ error: { code: -32603 } })
  })

  it('R134: outside of a call is refused on a process that many share', async () => {
    const client = await open({ capabilities: ELICITATION })
    const stream = await client.listen()
    expect(await upstreams.push('elicitation/create', FORM)).toMatchObject({ error: { code: -32601 } })
    expect(client.questions).toEqual([])
    stream.abort()
  })

  it('the end of an elicitation by url is told to the client that was asked, once', async () => {
    const asks = (id: string) => ({
      method: 'elicitation/create',
      params: { mode: 'url', url: 'https://a.example', message: 'm', elicitationId: id },
    })
    const answer = () => ({ result: { action: 'accept' } })
    const [one, other] = await Promise.all([
      open({ capabilities: ALL, answer }),
      open({ capabilities: ALL, answer }),
    ])
    const streams = [await one.listen(), await other.listen()]
    await one.call('ask', { questions: [asks('e1')] })
    await other.call('ask', { questions: [asks('e2')] })
    upstreams.emit('notifications/elicitation/complete', { elicitationId: 'e1' })
    upstreams.emit('notifications/elicitation/complete', { elicitationId: 'e1' })
    upstreams.emit('notifications/elicitation/complete', { elicitationId: 'e2' })
    const complete = (elicitationId: string) => [
      { jsonrpc: '2.0', method: 'notifications/elicitation/complete', params: { elicitationId } },
    ]
    await expect.poll(() => other.told).toEqual(complete('e2'))
    expect(one.told).toEqual(complete('e1'))
    for (const stream of streams) stream.abort()
  })
})

describe('processes', () => {
  it('are one for each kind of client, told exactly what its clients can do', async () => {
    await open({ capabilities: {} })
    await open({ capabilities: ELICITATION })
    await open({ capabilities: { elicitation: { form: {} } } })
    await open({ capabilities: { roots: {}, sampling: {} } })
    await open({ version: '2025-03-26', capabilities: ELICITATION })
    expect(upstreams.living()).toEqual([
      'legacy|||0',
      'legacy|elicitation.form||0',
      'legacy|roots+sampling||0',
    ])
  })

  it('run one call that may be asked at a time, and any number of others beside it', async () => {
    const client = await open({ capabilities: ELICITATION })
    const first = client.call('wait')
    await expect.poll(() => upstreams.asked).toHaveLength(1)
    const second = client.call('wait')
    expect(await client.ask('tools/list', {})).toMatchObject({ result: { tools: [] } })
    expect(upstreams.asked).toHaveLength(1)
    upstreams.asked[0]?.respond({ content: [] })
    await first
    await expect.poll(() => upstreams.asked).toHaveLength(1)
    upstreams.asked[0]?.respond({ content: [] })
    await second
  })

  it('announce a changed list once to each client, whichever of them says so', async () => {
    const clients = await Promise.all([
      open({ capabilities: {} }),
      open({ capabilities: ELICITATION }),
      open({ capabilities: { roots: {} } }),
    ])
    const streams = await Promise.all(clients.map((client) => client.listen()))
    for (const key of upstreams.living()) upstreams.emit('notifications/tools/list_changed', undefined, key)
    const once = [{ jsonrpc: '2.0', method: 'notifications/tools/list_changed', params: {} }]
    for (const client of clients) await expect.poll(() => client.told).toEqual(once)
    await new Promise((resolve) => setTimeout(resolve, 20))
    for (const client of clients) expect(client.told).toEqual(once)
    for (const stream of streams) stream.abort()
  })

  it('a resource is subscribed to at one of them, until the last subscriber is gone', async () => {
    const [one, other] = await Promise.all([open({ capabilities: {} }), open({ capabilities: ELICITATION })])
    await one.ask('resources/subscribe', { uri: 'file:///a' })
    await other.ask('resources/subscribe', { uri: 'file:///a' })
    const said = (method: string) => upstreams.written.filter((message) => message['method'] === method)
    expect(said('resources/subscribe')).toHaveLength(1)
    const streams = [await one.listen(), await other.listen()]
    upstreams.emit('notifications/resources/updated', { uri: 'file:///a' }, 'legacy|||0')
    const told = [{ method: 'notifications/resources/updated', params: { uri: 'file:///a' } }]
    await expect.poll(() => one.told).toMatchObject(told)
    await expect.poll(() => other.told).toMatchObject(told)
    await one.ask('resources/unsubscribe', { uri: 'file:///a' })
    expect(said('resources/unsubscribe')).toHaveLength(0)
    await other.ask('resources/unsubscribe', { uri: 'file:///a' })
    expect(said('resources/unsubscribe')).toHaveLength(1)
    for (const stream of streams) stream.abort()
  })

  it('keep 8 clients with 3 calls each apart, each of which is asked twice', async () => {
    const rounds = (client: number, call: number) =>
      [1, 2].map((round) => ({ ...elicit, params: { ...FORM, message: `${client}/${call}/${round}` } }))
    const results = await Promise.all(
      Array.from({ length: 8 }, async (_, client) => {
        const asked = await open({
          capabilities: ELICITATION,
          token: client % 2 === 0 ? 'hvm_all' : 'hvm_other',
          answer: ({ params }) => ({
            result: {
              action: 'accept',
              content: { said: `${client}:${(params as { message: string }).message}` },
            },
          }),
        })
        const calls = [0, 1, 2].map((call) => asked.call('ask', { questions: rounds(client, call) }, call))
        return (await Promise.all(calls)).map(textOf)
      }),
    )
    for (const [client, calls] of results.entries()) {
      for (const [call, got] of calls.entries()) {
        expect(got).toEqual(
          [1, 2].map((round) => ({
            action: 'accept',
            content: { said: `${client}:${client}/${call}/${round}` },
          })),
        )
      }
    }
    expect(upstreams.living()).toEqual(['legacy|elicitation.form||0'])
  })

  it('an array of 2025-03-26 is asked on its one stream', async () => {
    const { headers } = await openSession(url, '2025-03-26', {}, { roots: {} })
    const batch = [1, 2].map((id) => ({
      jsonrpc: '2.0',
      id,
      method: 'tools/call',
      params: { name: 'ask', arguments: { questions: [{ method: 'roots/list' }] } },
    }))
    const answered = post(url, batch, headers)
    await expect.poll(() => upstreams.asked).toHaveLength(2 - 1)
    await fetch(url, { method: 'DELETE', headers: { authorization: 'Bearer hvm_all', ...headers } })
    const { events } = await answered
    expect(events.filter(({ method }) => method === 'roots/list')).toHaveLength(1)
  })
})
