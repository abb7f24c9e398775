import { describe, expect, it } from 'vitest'
import { createFakeClock } from '../../../test/fakes/clock.ts'
import { AppError } from '../../domain/error.ts'
import type { JsonObject } from '../../domain/json.ts'
import { parseCapabilityClass } from '../../domain/process-key.ts'
import type { ServerRequest } from '../../domain/server-request.ts'
import type { CallRequest, Outcome } from '../call.ts'
import type { LegacyVersion } from '../envelope.ts'
import { requestFulfilled } from './request-fulfilled.ts'

const META = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' }
const ALL = { elicitation: { form: {}, url: {} }, sampling: { tools: {} }, roots: {} }

type Sent = { readonly request: CallRequest; readonly cancelled: string[]; answer(outcome: Outcome): void }

function start(
  options: {
    method?: string
    version?: LegacyVersion
    capabilities?: JsonObject
    canStream?: boolean
  } = {},
) {
  const { method = 'tools/call', version = '2025-11-25', capabilities = ALL, canStream = true } = options
  const clock = createFakeClock()
  const sent: Sent[] = []
  const pushes: ServerRequest[] = []
  const done: Outcome[] = []
  const lane = {
    request(request: CallRequest) {
      const cancelled: string[] = []
      sent.push({ request, cancelled, answer: (outcome) => request.onDone(outcome) })
      return { cancel: (reason: string) => void cancelled.push(reason), release: () => {}, sent: null }
    },
  }
  const ticket = requestFulfilled(
    lane,
    {
      method,
      params: { name: 'x', _meta: { 'own/key': 1 } },
      principalId: 'p',
      protocolVersion: version,
      onDone: (outcome) => void done.push(outcome),
      ...(canStream ? { onPush: (push: ServerRequest) => void pushes.push(push) } : {}),
    },
    { version, capabilities: parseCapabilityClass(capabilities, version), envelope: META, logLevel: null },
    { clock, createId: () => 'made' },
  )
  const asks = (inputRequests: JsonObject | undefined, more: JsonObject = {}) =>
    sent.at(-1)?.answer({
      kind: 'result',
      result: {
        resultType: 'input_required',
        ...(inputRequests === undefined ? {} : { inputRequests }),
        ...more,
      },
    })
  const finish = () =>
    sent.at(-1)?.answer({ kind: 'result', result: { resultType: 'complete', content: [] } })
  return { ticket, clock, sent, pushes, done, asks, finish }
}

const form = (message: string): JsonObject => ({
  method: 'elicitation/create',
  params: { mode: 'form', message, requestedSchema: { type: 'object' } },
})
const toolError = (why: string) => [
  {
    kind: 'result',
    result: { content: [{ type: 'text', text: `The server did not finish: ${why}.` }], isError: true },
  },
]

describe('a call that the server answers with questions', () => {
  it('R73: is made again with all that the client said, and the state byte for byte', () => {
    const { sent, pushes, done, asks, finish } = start()
    const state = ' {"a": 1}\u0000ü\\'
    asks({ who: form('Who?'), 'any key': { method: 'roots/list' } }, { requestState: state })
    expect(pushes.map(({ method, params }) => [method, params])).toEqual([
      ['elicitation/create', form('Who?')['params']],
      ['roots/list', undefined],
    ])
    pushes[1]?.respond({ roots: [] })
    expect(sent).toHaveLength(1)
    pushes[0]?.respond({ action: 'decline' })
    pushes[0]?.respond({ action: 'accept' })
    expect(sent).toHaveLength(2)
    expect(sent[1]?.request.params).toEqual({
      name: 'x',
      _meta: { 'own/key': 1, ...META },
      inputResponses: { who: { action: 'decline' }, 'any key': { roots: [] } },
      requestState: state,
    })
    expect(sent[1]?.request).not.toHaveProperty('onPush')
    finish()
    expect(done).toEqual([{ kind: 'result', result: { content: [] } }])
  })

  it('R71: is made again at once where the server only wants its state back', () => {
    const { sent, asks } = start()
    asks(undefined, { requestState: 's' })
    expect(sent[1]?.request.params).toMatchObject({ requestState: 's' })
    expect(sent[1]?.request.params).not.toHaveProperty('inputResponses')
  })

  it('has ten rounds', () => {
    const { sent, done, asks } = start()
    for (let round = 0; round < 11; round++) asks(undefined, { requestState: 's' })
    expect(sent).toHaveLength(11)
    expect(done).toEqual(toolError('it asked 10 times without coming to a result'))
  })

  it('waits ten minutes for the client, then takes its questions back', () => {
    const { clock, pushes, done, asks } = start()
    asks({ who: form('Who?') })
    const cancelled: string[] = []
    pushes[0]?.onCancelled((reason) => void cancelled.push(reason))
    clock.advance(10 * 60_000)
    expect(cancelled).toEqual(['its question was not answered in time'])
    expect(done).toEqual(toolError('its question was not answered in time'))
    pushes[0]?.respond({ action: 'accept' })
    expect(done).toHaveLength(1)
  })

  it('ends with the client’s refusal', () => {
    const { pushes, done, asks } = start({ method: 'prompts/get' })
    asks({ who: form('Who?') })
    pushes[0]?.refuse({ code: -1, message: 'no window' })
    expect(done).toEqual([
      {
        kind: 'error',
        error: {
          code: -32603,
          message: 'The server did not finish: the client did not answer elicitation/create: no window.',
        },
      },
    ])
  })

  it('is cancelled with its open questions, or at the server', () => {
    const asking = start()
    asking.asks({ who: form('Who?') })
    const cancelled: string[] = []
    asking.pushes[0]?.onCancelled((reason) => void cancelled.push(reason))
    asking.ticket.cancel('stop')
    expect(cancelled).toEqual(['stop'])
    asking.pushes[0]?.respond({ action: 'accept' })
    expect(asking.sent).toHaveLength(1)
    const running = start()
    running.ticket.cancel('stop')
    expect(running.sent[0]?.cancelled).toEqual(['stop'])
    running.finish()
    expect(running.done).toEqual([])
  })
})

describe('what a client is not asked', () => {
  it.each([
    [{ capabilities: {} }, form('?'), 'it needs elicitation.form, which this client did not declare'],
    [
      { version: '2025-06-18' as const, capabilities: { elicitation: { url: {} } } },
      { method: 'elicitation/create', params: { mode: 'url', url: 'https://a' } },
      'it needs elicitation.url, which this client did not declare',
    ],
    [
      { capabilities: { sampling: {} } },
      { method: 'sampling/createMessage', params: { tools: [] } },
      'it needs sampling.tools, which this client did not declare',
    ],
    [{}, { method: 'tools/call' }, 'it asks for tools/call, which no client of this revision knows'],
    [{}, {}, 'it asks for input in a form that is not known'],
    [{ canStream: false }, form('?'), 'it asks for input, and this request has no stream to ask on'],
  ])('R72: %j is not asked %j', (options, asked, why) => {
    const { pushes, done, asks } = start(options)
    asks({ key: asked })
    expect(pushes).toEqual([])
    expect(done).toEqual(toolError(why))
  })
})

it('an elicitation by URL gets the id that 2025-11-25 wants; before, a form has no mode', () => {
  const now = start()
  now.asks({ key: { method: 'elicitation/create', params: { mode: 'url', url: 'https://a' } } })
  expect(now.pushes[0]?.params).toEqual({ mode: 'url', url: 'https://a', elicitationId: 'made' })
  const before = start({ version: '2025-06-18', capabilities: { elicitation: {} } })
  before.asks({ key: form('?') })
  expect(before.pushes[0]?.params).toEqual({ message: '?', requestedSchema: { type: 'object' } })
})

it('what is no answer goes on as it is', () => {
  const { sent, done } = start()
  const error = new AppError('busy', 'busy')
  sent[0]?.answer({ kind: 'failed', error })
  expect(done).toEqual([{ kind: 'failed', error }])
})
